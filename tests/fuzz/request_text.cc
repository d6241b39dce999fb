#include "tests/fuzz/request_text.h"

#include <google/protobuf/text_format.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/fuzz/fuzz.h"

namespace codeset::fuzz {

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type) {
  google::protobuf::MessageFactory& factory =
      *google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<google::protobuf::Message>(factory.GetPrototype(type)->New());
}

std::vector<Call> ReadCalls(const google::protobuf::ServiceDescriptor& service,
                            absl::string_view text) {
  std::vector<Call> calls;
  bool goes_on = false;
  for (const Part& part : SplitParts(text)) {
    const bool is_next = part.name == "+";
    if (is_next && !goes_on) continue;
    const google::protobuf::MethodDescriptor* method =
        is_next ? calls.back().method : service.FindMethodByName(part.name);
    if (!is_next) goes_on = false;
    if (method == nullptr || (is_next && !method->client_streaming())) continue;
    std::unique_ptr<google::protobuf::Message> message = NewMessage(method->input_type());
    if (!ReadTextFormat(part.text, *message)) continue;
    if (!is_next) calls.push_back({method, {}});
    calls.back().messages.push_back(std::move(message));
    goes_on = true;
  }
  return calls;
}

std::string WriteCalls(const std::vector<Call>& calls) {
  std::string text;
  for (const Call& call : calls) {
    for (size_t i = 0; i < call.messages.size(); ++i) {
      std::string fields;
      google::protobuf::TextFormat::PrintToString(*call.messages[i], &fields);
      absl::StrAppend(&text, "%% ", i == 0 ? call.method->name() : "+", "\n", fields);
    }
  }
  return text;
}

}  // namespace codeset::fuzz
