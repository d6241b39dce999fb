// Backups of a data directory (storage/FORMAT.md §5), made by RocksDB's backup engine: incremental,
// and taken while the directory is in use (Store::CreateBackup).
//
//   ASSIGN_OR_RETURN(CreatedBackup made, store->CreateBackup("/mnt/backup", {"1.0"}));
//   ASSIGN_OR_RETURN(BackupList list, ListBackups("/mnt/backup"));
//   RETURN_IF_ERROR(VerifyBackup("/mnt/backup", list.backups.back().number()).status());
//
// A folder has the backups of one data directory. It is named by its absolute path and must be
// there: what is missing may be a disk that is not mounted. One process at a time writes to a
// folder, checks it or restores from it.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/backup.pb.h"

namespace codeset::store {

// How a backup is made.
struct BackupOptions {
  // The version of Codeset that makes it, for the record.
  std::string server_version;
  // Once the new backup has been read back, all but so many of the newest are deleted, itself
  // included; 0 deletes none.
  uint32_t keep = 0;
  // Asked while files are copied and read back, from other threads; true ends it with CANCELLED.
  std::function<bool()> cancelled;
};

// A backup that was made.
struct CreatedBackup {
  v1::Backup backup;
  // What it added to the folder, before others were deleted, in bytes.
  int64_t bytes_added = 0;
  // The numbers of those that were deleted, oldest first.
  std::vector<uint32_t> deleted;
  // Why those that were to go could not be deleted; the backup is made all the same.
  absl::Status older_deleted;
  // How many files of older backups, which it shares, were damaged and have been made whole.
  int mended = 0;
};

// What a folder has.
struct BackupList {
  // By number.
  std::vector<v1::Backup> backups;
  // The numbers of those that cannot be read.
  std::vector<uint32_t> damaged;
  // The size of all files, in bytes.
  int64_t folder_bytes = 0;
};

// The backups of a folder; their files are not read. ARGUMENT_INVALID for a folder that is missing,
// not named by an absolute path, or has none; FORMAT_UNSUPPORTED; BACKUP_IN_PROGRESS; DATA_DAMAGED;
// STORAGE_FAILED.
absl::StatusOr<BackupList> ListBackups(const std::string& folder);

// Reads the files of a backup, the newest for 0, and holds them against the checksums that they
// were written with. `cancelled` is asked, often and from another thread; it may be empty.
// Errors as ListBackups; BACKUP_NOT_FOUND; DATA_DAMAGED names what does not match; CANCELLED.
absl::StatusOr<v1::Backup> VerifyBackup(const std::string& folder, uint32_t number,
                                        const std::function<bool()>& cancelled = {});

}  // namespace codeset::store
