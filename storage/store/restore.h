// Makes a data directory of a backup (backup.h), offline: no server has the directory.
//
//   ASSIGN_OR_RETURN(Restored restored, RestoreBackup("/mnt/backup", "/var/lib/codeset", {}));
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "codeset/v1/backup.pb.h"
#include "storage/store/check.h"

namespace codeset::store {

// What to restore and how.
struct RestoreOptions {
  // The backup's number; 0 for the newest.
  uint32_t number = 0;
  // Do all but keep what was restored.
  bool dry_run = false;
  // Told to another process that finds the directory in use (StoreOptions).
  std::string owner = "codeset";
  // `cancelled` is asked from another thread too.
  WorkHooks hooks;
};

// What was restored.
struct Restored {
  v1::Backup backup;
  StoreCheck check;
};

// Restores a backup into a data directory that is empty, or missing in a folder that is there. The
// files are copied, against their checksums, into a folder within it, opened there, and all that
// is in them is proved (CheckStore) and held against the backup's record; then they are renamed
// into place. Anything but success leaves the directory as it was, but where its folder cannot be
// synced at last: then it is there, and the error says so.
// ARGUMENT_INVALID where the directory is not empty, or the folder has no backups; those of
// VerifyBackup; DATA_DAMAGED names what does not match; CANCELLED; STORAGE_FAILED.
absl::StatusOr<Restored> RestoreBackup(const std::string& folder, const std::string& directory,
                                       const RestoreOptions& options);

}  // namespace codeset::store
