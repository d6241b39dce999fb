// How codesetctl says that something went wrong, and with which exit code it ends.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/codesetctl/environment.h"

namespace codeset::ctl {

// Who an error is from, for the next step to be named right.
enum class Peer { kServer, kAdminServer };

// `message` with the last word that is the id `typed` in another spelling given as typed.
std::string AsTyped(const std::string& message, const std::string& typed);

// `codesetctl: message [REASON]`, then a line for every refused field that the message
// does not quote, then the next step where there is one. `address` is that of the server. A concept
// that was not found is named as it was `typed`.
std::string FailureText(const absl::Status& status, Peer peer, const std::string& address,
                        const std::vector<std::string>& typed = {});

// kNo for a code that was not found, kUsage for what was typed wrongly, else kRefused.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace codeset::ctl
