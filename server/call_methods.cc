#include "server/call_methods.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "codeset/v1/admin.pb.h"
#include "codeset/v1/monitoring.pb.h"
#include "codeset/v1/references.pb.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/selector.pb.h"
#include "codeset/v1/terminology.pb.h"
#include "google/protobuf/message.h"
#include "server/reactor.h"
#include "server/services.h"

namespace codeset::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;

std::string SelectorText(const v1::ReleaseSelector& selector) {
  if (!selector.date().empty()) return selector.date();
  return selector.release().empty() ? "current" : selector.release();
}

std::string ReleasesIn(const Message& request) {
  std::vector<std::string> releases;
  const google::protobuf::Descriptor& type = *request.GetDescriptor();
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) continue;
    if (field.message_type() == v1::ReleaseSelector::descriptor()) {
      // Of a generated message, so that it is one, too.
      releases.push_back(SelectorText(
          static_cast<const v1::ReleaseSelector&>(reflection.GetMessage(request, &field))));
    } else if (field.name() == "release_id" && field.type() == FieldDescriptor::TYPE_STRING) {
      releases.push_back(reflection.GetString(request, &field));
    }
  }
  return absl::StrJoin(releases, " ");
}

}  // namespace

CallMethods::CallMethods() {
  // By a message of each, so that the linker keeps the files.
  for (const FileDescriptor* const file :
       {v1::GetConceptRequest::descriptor()->file(), v1::ListReleasesRequest::descriptor()->file(),
        v1::GetReferenceRequest::descriptor()->file(), v1::LoadReleaseRequest::descriptor()->file(),
        v1::GetServerStatusRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      const google::protobuf::ServiceDescriptor& service = *file->service(i);
      for (int j = 0; j < service.method_count(); ++j) {
        const google::protobuf::MethodDescriptor& method = *service.method(j);
        CallMethod& told = methods_.emplace_back();
        told.index = methods_.size() - 1;
        told.service = service.name();
        told.name = method.name();
        told.path = absl::StrCat("/", service.full_name(), "/", method.name());
        told.request = method.input_type();
        told.client_streams = method.client_streaming();
        told.server_streams = method.server_streaming();
        told.raw = IsRawMethod(told.path);
      }
    }
  }
  for (const CallMethod& method : methods_) by_path_.emplace(method.path, method.index);
}

std::string ReleasesOf(const CallMethod& method, const void* request) {
  if (request == nullptr || method.client_streams) return "";
  // The first base of generated messages, which void pointers to them can be taken for.
  if (!method.raw) return ReleasesIn(*static_cast<const Message*>(request));
  const std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.request)->New());
  if (!ReadRequest(*static_cast<const grpc::ByteBuffer*>(request), *message).ok()) return "";
  return ReleasesIn(*message);
}

}  // namespace codeset::server
