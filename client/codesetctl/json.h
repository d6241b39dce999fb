// Protobuf JSON on one line.
//
// Thread-safe: free functions.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <vector>

namespace codeset::ctl {

// The message as protobuf JSON: camelCase names, enums by name, fields without presence
// left out where they have their default, so that an empty list never looks like a
// statement about facts that the release does not know.
std::string ToJson(const google::protobuf::Message& message);

// A JSON object of members that are JSON already, in the order given, with a line end.
std::string JsonLine(const std::vector<std::pair<std::string, std::string>>& members);

// A JSON string.
std::string JsonString(const std::string& text);

}  // namespace codeset::ctl
