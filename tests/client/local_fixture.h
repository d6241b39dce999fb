// A server with the miniature's releases, and local code sets pulled from it.
//
// Not thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>

#include "client/cpp/client.h"
#include "client/cpp/grpc_connection.h"
#include "client/cpp/local_code_set.h"
#include "client/cpp/selector.h"
#include "tests/server/fixture.h"

namespace codeset::client {

class LocalCodeSetFixture : public ::testing::Test {
 protected:
  LocalCodeSetFixture() {
    fixture_.Load("2025");
    fixture_.Load("2026");
    fixture_.Load("2027");
  }

  std::shared_ptr<Connection> connection() { return MakeConnection(fixture_.server().address()); }
  Client server() { return Client(connection()); }
  PullResult Pull(LocalCodeSet& codes, const v1::ReleaseSelector& selector) {
    const absl::StatusOr<PullResult> result = codes.Pull(connection(), selector);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : PullResult();
  }
  LocalCodeSet All() {
    LocalCodeSet codes;
    for (const char* id : kIds) Pull(codes, ById(id));
    return codes;
  }
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  static std::string Content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  // The digests of the pages that a file holds.
  static std::set<std::string> PagesIn(const std::string& path) {
    std::set<std::string> pages;
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("page\t", 0) == 0) pages.insert(line.substr(0, line.rfind('\t')));
    }
    return pages;
  }

  static constexpr const char* kIds[] = {"2025", "2026", "2027"};
  server::ServerFixture fixture_;
  server::TemporaryFolder folder_;
};

}  // namespace codeset::client
