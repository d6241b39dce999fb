// Connections over gRPC.
//
// Thread-safe: a connection may be shared by any number of clients and threads.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/connection.h"
#include "client/cpp/connection_options.h"

namespace codeset::client {

// A connection to the server at `address` (`host:port` or `unix:path`), without transport
// security. Dials when first used, so it does not fail here; a call to nobody ends with
// UNAVAILABLE. Calls that end with UNAVAILABLE before they gave an answer are tried up to
// four times, at growing intervals, within their deadline: all rpcs here only read. Those that the
// server refuses with OVERLOADED are asked again when it says (ConnectionOptions).
std::shared_ptr<Connection> MakeConnection(const std::string& address);

// The same to an admin listener. Nothing is ever tried twice.
std::shared_ptr<AdminConnection> MakeAdminConnection(const std::string& address);

// The same with TLS, with a certificate of the client's own, or with a token, which admin calls
// alone carry. INVALID_ARGUMENT where the options contradict each other, a file cannot be read, or
// a token would travel to another machine in the clear. Files are read here, once.
absl::StatusOr<std::shared_ptr<Connection>> MakeConnection(const std::string& address,
                                                           const ConnectionOptions& options);
absl::StatusOr<std::shared_ptr<AdminConnection>> MakeAdminConnection(
    const std::string& address, const ConnectionOptions& options);

// The service config of MakeConnection, as gRPC's JSON.
std::string RetryServiceConfig();

}  // namespace codeset::client
