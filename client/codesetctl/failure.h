// How codesetctl says that something went wrong, and with which exit code it ends.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/codesetctl/environment.h"

namespace codeset::ctl {

// Who an error is from, for the next step to be named right.
enum class Peer { kServer, kAdminServer };

// `codesetctl: message [REASON]`, then a line for every refused field that the message
// does not quote, then the next step where there is one. `address` is that of the server.
std::string FailureText(const absl::Status& status, Peer peer, const std::string& address);

// kNo for a code that was not found, kUsage for what was typed wrongly, else kRefused.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace codeset::ctl
