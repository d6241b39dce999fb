// Makes gRPC channels by ConnectionOptions.
//
// Thread-safe: free functions.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/connection_options.h"

namespace codeset::client {

// A channel to the server at `address`; it dials when first used. `with_token` has every call carry
// the token of the options. INVALID_ARGUMENT where a file cannot be read, certificate and key are
// not both named, or a token would travel in the clear to another machine.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& address,
                                                           const ConnectionOptions& options,
                                                           const grpc::ChannelArguments& arguments,
                                                           bool with_token);

}  // namespace codeset::client
