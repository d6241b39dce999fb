// The client in a minute: a look-up on a date of service, and the children of a category.
//
//   client_quickstart 127.0.0.1:7460 2025-11-15
#include <iostream>
#include <string>

#include "client/cpp/client.h"
#include "client/cpp/grpc_connection.h"

namespace client = codeset::client;
namespace v1 = codeset::v1;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: client_quickstart ADDRESS DATE\n";
    return 2;
  }
  const std::string address = argv[1], date = argv[2];
  const client::Client codeset(client::MakeConnection(address));

  const auto answer = codeset.GetConcept(client::OnDate(date), "M99.86");
  if (!answer.ok()) {
    std::cerr << answer.status().message() << "\n";
    return 1;
  }
  std::cout << answer->found().title() << ", release " << answer->release().release_id() << "\n";

  // Pinned to the release that answered: pages and calls fit together.
  v1::ListRelativesRequest request;
  *request.mutable_release() = client::ById(answer->release().release_id());
  request.set_id("M99");
  request.set_relation(v1::RELATION_CHILDREN);
  auto children = codeset.ListRelatives(request);
  for (const auto& child : children) {
    if (!child.ok()) return 1;
    std::cout << child->id() << "  " << child->title() << "\n";
  }
  return 0;
}
