// Looks into a data directory and a folder of backups that no server has, past the API.
//
// Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace codeset::crash {

// That everything in a data directory is there because something names it, and everything that is
// named is there: pages, kept sources, addenda, content of pages of codes, marks. It is opened as
// a server opens it first, which sweeps what an interrupted change left.
absl::Status CheckNothingIsLeft(const std::string& data_dir);

// The usage counts of a data directory, by dotted code.
absl::StatusOr<std::map<std::string, int64_t>> ReadUsage(const std::string& data_dir);

// That every file that was copied into a folder of backups is one of a backup's.
absl::Status CheckBackupFiles(const std::string& folder);

}  // namespace codeset::crash
