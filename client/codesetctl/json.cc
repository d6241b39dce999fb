#include "client/codesetctl/json.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>

#include "absl/strings/str_cat.h"

namespace codeset::ctl {

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  // Fails only for messages with Any fields of unknown types; ours have none.
  if (!google::protobuf::util::MessageToJsonString(message, &json).ok()) return "{}";
  return json;
}

std::string JsonLine(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string line = "{";
  for (const auto& [name, value] : members) {
    absl::StrAppend(&line, line.size() > 1 ? "," : "", "\"", name, "\":", value);
  }
  return line + "}\n";
}

std::string JsonString(const std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(text);
  return ToJson(value);
}

}  // namespace codeset::ctl
