// The commands of codesetd that make a data directory of what there is: `restore`, `migrate` and
// `adopt`. What they did goes to standard output, steps to standard error. SIGINT and SIGTERM end
// the first two with CANCELLED.
//
// Thread-safety: to be called before other threads are there, since they take signals.
#pragma once

#include <iosfwd>
#include <string>

#include "absl/status/status.h"
#include "server/options.h"

namespace codeset::server {

// Restores a backup into an empty data directory. `owner` is told to another process that finds
// the directory in use. Errors as store::RestoreBackup.
absl::Status Restore(const RestoreCommand& command, const std::string& owner);

// Rebuilds a data directory into an empty one. Errors as Migrate of migrate.h.
absl::Status Migrate(const MigrateCommand& command, const std::string& owner);

// Takes a data directory that is refused as it is, and says on `out` what was lost, as far as that
// can be told, what there is, and what of it is damaged. What was lost is told once, even where an
// error comes after it: a second call does not know it. Errors as store::WriteGenerationOf and
// Store::Open.
absl::Status Adopt(const AdoptCommand& command, const std::string& owner, std::ostream& out);

}  // namespace codeset::server
