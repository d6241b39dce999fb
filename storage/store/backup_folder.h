// A folder of backups: its mark, its lock, and what the backup engine keeps for us beside files.
// Used by what makes, checks and restores backups alone.
//
// Thread-safe: free functions; a lock belongs to whoever took it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/backup.pb.h"
#include "rocksdb/env.h"
#include "rocksdb/utilities/backup_engine.h"

namespace codeset::store {

// A status of the backup engine as ours, as FromRocksDb; that the disk is full is said, and what
// to do. `what` says what was being done.
absl::Status FromBackupEngine(const rocksdb::Status& status, absl::string_view what);

// The lock of a folder, held until it is destroyed.
class FolderLock {
 public:
  // BACKUP_IN_PROGRESS if it is held, by this process or another; STORAGE_FAILED where the folder
  // cannot be written, in which case there is nobody to exclude who writes.
  static absl::StatusOr<FolderLock> Take(rocksdb::Env& env, const std::string& folder);
  FolderLock(FolderLock&& other) noexcept : env_(other.env_), lock_(other.lock_) {
    other.lock_ = nullptr;
  }
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  FolderLock(rocksdb::Env& env, rocksdb::FileLock* lock) : env_(env), lock_(lock) {}

  rocksdb::Env& env_;
  rocksdb::FileLock* lock_;
};

// Makes a folder ready for a backup of the data directory at `directory`, whose identity is
// `data_id`, and locks it: marks it if it is empty, else holds its mark against the identity.
// ARGUMENT_INVALID for a folder that is missing, lies in the data directory, has something else in
// it, or backups of another data directory; FORMAT_UNSUPPORTED; BACKUP_IN_PROGRESS; DATA_DAMAGED;
// STORAGE_FAILED.
absl::StatusOr<FolderLock> PrepareFolder(rocksdb::Env& env, const std::string& folder,
                                         const std::string& directory, const std::string& data_id);

// Whether a folder has backups that can be read: ARGUMENT_INVALID, FORMAT_UNSUPPORTED,
// DATA_DAMAGED.
absl::Status CheckFolder(rocksdb::Env& env, const std::string& folder);

// Locks a folder so that nobody deletes what is read; nothing where it cannot be written, since
// then nobody does. BACKUP_IN_PROGRESS.
absl::StatusOr<std::optional<FolderLock>> LockToRead(rocksdb::Env& env, const std::string& folder);

// How the engine keeps backups in a folder; the same whenever it is opened.
rocksdb::BackupEngineOptions EngineOptions(const std::string& folder);

// Opens the engine to read. Null for a folder in which no backup was ever completed.
absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenEngineToRead(
    rocksdb::Env& env, const std::string& folder);

// Reads all files of a backup and compares their checksums. DATA_DAMAGED; STORAGE_FAILED.
absl::Status CheckFiles(const rocksdb::BackupEngineReadOnly& engine, const std::string& folder,
                        uint32_t number);

// What is kept with a backup: the record, and its digest, since the engine has no checksum of it.
std::string EncodeRecord(const v1::Backup& backup);

// The record of a backup with what the engine knows of it. DATA_DAMAGED.
absl::StatusOr<v1::Backup> DecodeRecord(const std::string& folder, const rocksdb::BackupInfo& info);

// A backup by its number, the newest for 0. BACKUP_NOT_FOUND; DATA_DAMAGED.
absl::StatusOr<v1::Backup> FindBackup(const rocksdb::BackupEngineReadOnly* engine,
                                      const std::string& folder, uint32_t number);

// The size of all files in a folder, in bytes. Files that go meanwhile count nothing.
int64_t BytesIn(const std::string& folder);

}  // namespace codeset::store
