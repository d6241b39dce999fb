// Calls as text, for corpora that people can read and write: the name of a method, and its request
// in protobuf's text format. What a client streams has further messages.
//
//   %% GetConcept
//   id: "M99.86" release { release: "2026" }
//   %% CheckCodeList
//   pins { … }
//   %% +
//   entries { … }
//
// Thread-safe: free functions.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace codeset::fuzz {

// A call of a method of some service, with one message at least.
struct Call {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::vector<std::unique_ptr<google::protobuf::Message>> messages;
};

// A message of a type that is linked in.
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type);

// The calls in a text. Parts of methods that the service does not have, and parts that are no such
// message, are passed over.
std::vector<Call> ReadCalls(const google::protobuf::ServiceDescriptor& service,
                            absl::string_view text);

// The text of calls.
std::string WriteCalls(const std::vector<Call>& calls);

}  // namespace codeset::fuzz
