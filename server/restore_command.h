// `codesetd restore`.
//
// Thread-safety: to be called before other threads are there, since it takes signals.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/options.h"

namespace codeset::server {

// Restores a backup into an empty data directory and tells what it is on standard output, steps on
// standard error. SIGINT and SIGTERM end it between two steps with CANCELLED. `owner` is told to
// another process that finds the directory in use. Errors as store::RestoreBackup.
absl::Status Restore(const RestoreCommand& command, const std::string& owner);

}  // namespace codeset::server
