// The id by which a caller, an answer and the logs name the same call: metadata `x-request-id`.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "grpcpp/server_context.h"

namespace codeset::server {

// The metadata, of requests and of answers (trailing).
inline constexpr char kRequestIdMetadata[] = "x-request-id";

// The id that the caller gave the call: printable ASCII without spaces, at most 128 characters.
// Empty where it gave none, or another text.
std::string GivenRequestId(const grpc::ServerContextBase& context);

// A new one: 16 hexadecimal digits.
std::string NewRequestId();

}  // namespace codeset::server
