// Asks a server for everything that it was told, and has it prove what it has stored.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/crash/contents.h"
#include "tests/crash/server_process.h"

namespace codeset::crash {

// What Lines (told.h) says of what it was told. Waits for what comes about by itself: each release
// that is in force and not held back is told to be active, once since it was loaded or let go.
absl::StatusOr<std::vector<std::string>> ReadLines(const ServerProcess& server,
                                                   const Contents& contents);

// What BackupLines says of the folder; their numbers go up. The newest is read against its
// checksums.
absl::StatusOr<std::vector<std::string>> ReadBackupLines(const ServerProcess& server,
                                                         const std::string& folder);

// Recomputes the digests of all releases, and proves all else that is stored.
absl::Status ProveAll(const ServerProcess& server);

}  // namespace codeset::crash
