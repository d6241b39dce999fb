#include "tests/fuzz/request_service.h"

#include <google/protobuf/stubs/logging.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "codeset/v1/error.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/error.h"
#include "storage/model/error.h"
#include "storage/model/text.h"
#include "tests/fuzz/fuzz.h"

namespace codeset::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// What gRPC's clients accept in trailers; the message is there twice.
constexpr size_t kMaxErrorBytes = 8 << 10;

const FieldDescriptor* Field(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

// The bytes of a message as a client sends them; nothing where it cannot, for text that is no
// UTF-8.
bool Resend(const Message& message, Message& received) {
  return received.ParseFromString(message.SerializeAsString());
}

bool IsOfRequest(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

}  // namespace

Service::Service(const std::string& full_name)
    : descriptor_(
          *google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(full_name)) {
  // Of text that is no UTF-8, with each of it.
  google::protobuf::SetLogHandler(nullptr);
}

void Service::Add(const std::string& method, Handler handler) {
  Expect(descriptor_.FindMethodByName(method) != nullptr, "the service has no such method", method);
  handlers_[method] = std::move(handler);
}

void Service::CheckComplete() const {
  for (int i = 0; i < descriptor_.method_count(); ++i) {
    Expect(handlers_.count(descriptor_.method(i)->name()) == 1, "a method is not fuzzed",
           descriptor_.method(i)->full_name());
  }
}

Service::Answer Service::Ask(const Call& call) const {
  Messages messages;
  messages.reserve(call.messages.size());
  for (const auto& message : call.messages) messages.push_back(message.get());
  return handlers_.at(call.method->name())(messages);
}

void Service::CheckAnswer(const Call& call, const Answer& answer) const {
  if (!answer.ok()) {
    ExpectRequestError(answer.status());
    return;
  }
  const std::unique_ptr<Message> response = NewMessage(call.method->output_type());
  for (const std::string& bytes : *answer) {
    Expect(response->ParseFromString(bytes), "an answer is not the method's response",
           call.method->full_name());
  }
}

void Service::CheckNextPage(const Call& call, const std::string& answer) const {
  const std::unique_ptr<Message> response = NewMessage(call.method->output_type());
  const FieldDescriptor* next = Field(*response, "next_page_token");
  const FieldDescriptor* token = Field(*call.messages.front(), "page_token");
  if (next == nullptr || token == nullptr) return;
  response->ParseFromString(answer);
  const std::string page_token = response->GetReflection()->GetString(*response, next);
  if (page_token.empty()) return;
  Call following{call.method, {}};
  following.messages.push_back(NewMessage(call.method->input_type()));
  Message& request = *following.messages.front();
  request.CopyFrom(*call.messages.front());
  request.GetReflection()->SetString(&request, token, page_token);
  const Answer page = Ask(following);
  ExpectOk(page.status(), "the page after a page is refused");
  response->ParseFromString(page->front());
  Expect(page->front() != answer &&
             response->GetReflection()->GetString(*response, next) != page_token,
         "the page after a page is the same");
}

int Service::Run(absl::string_view text, bool repeatable) {
  int answered = 0;
  for (Call& call : ReadCalls(descriptor_, text)) {
    bool sent = true;
    for (std::unique_ptr<Message>& message : call.messages) {
      std::unique_ptr<Message> received = NewMessage(call.method->input_type());
      sent = sent && Resend(*message, *received);
      message = std::move(received);
    }
    if (!sent) continue;
    const Answer answer = Ask(call);
    CheckAnswer(call, answer);
    if (answer.ok()) ++answered;
    if (!repeatable) continue;
    const Answer again = Ask(call);
    Expect(again.status() == answer.status() && (!answer.ok() || *again == *answer),
           "a call is answered otherwise when made again", call.method->full_name());
    if (answer.ok() && answer->size() == 1) CheckNextPage(call, answer->front());
  }
  return answered;
}

void ExpectRequestError(const absl::Status& status) {
  const grpc::Status sent = server::ToGrpcStatus(status);
  const std::string shown = status.ToString();
  Expect(IsOfRequest(static_cast<absl::StatusCode>(sent.error_code())),
         "a request brings about an error that no request may", shown);
  Expect(sent.error_details().size() <= kMaxErrorBytes, "an error does not fit into trailers");
  Expect(model::EscapeInvalidUtf8(sent.error_message()) == sent.error_message(),
         "an error's message is no UTF-8", shown);
  google::rpc::Status details;
  Expect(details.ParseFromString(sent.error_details()), "an error's details are none", shown);
  Expect(details.code() == static_cast<int>(sent.error_code()), "an error has two codes", shown);
  int infos = 0;
  int places = 0;
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest fields;
    google::rpc::ResourceInfo resource;
    if (any.UnpackTo(&info)) {
      ++infos;
      v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
      Expect(v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", info.reason()), &reason),
             "an error has a reason that the proto does not have", info.reason());
      const std::optional<model::Reason> known = model::ReasonOf(status);
      Expect(known.has_value() && model::ReasonName(*known) == info.reason() &&
                 status.code() == model::ReasonCode(*known),
             "an error has another code than its reason", shown);
    } else if (any.UnpackTo(&fields)) {
      Expect(fields.field_violations_size() > 0 && !fields.field_violations(0).field().empty() &&
                 !fields.field_violations(0).description().empty(),
             "a violation does not say of what field, or why", shown);
      ++places;
    } else if (any.UnpackTo(&resource)) {
      Expect(!resource.resource_type().empty(), "what was not found is not said", shown);
      ++places;
    }
  }
  Expect(infos == 1, "an error has not exactly one ErrorInfo", shown);
  Expect(status.code() != absl::StatusCode::kNotFound || places > 0,
         "what was not found is not said", shown);
}

}  // namespace codeset::fuzz
