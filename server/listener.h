// Addresses that a server listens on: `HOST:PORT`, or `unix:PATH` for a Unix socket.
//
// Thread-safe: values and free functions.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace codeset::server {

// Whether an address is of either form. ARGUMENT_INVALID says what is wrong; also for a
// socket's path that is longer than the system takes.
absl::Status CheckAddress(absl::string_view address);

// Whether an address is that of a Unix socket.
bool IsUnixSocket(absl::string_view address);

// Whether an address is of this machine alone, as it is written: 127.x.x.x, [::1], localhost, or a
// Unix socket.
bool IsLoopback(absl::string_view address);

// Makes way for a Unix socket: removes one that nobody listens on any more. STORAGE_FAILED
// where somebody does, or where something else is in its place. Nothing is to be done for
// other addresses.
absl::Status ClearStaleSocket(absl::string_view address);

// The address with the port that was really taken (0 in the address means any).
std::string WithPort(absl::string_view address, int port);

}  // namespace codeset::server
