// The handlers of backups: CreateBackup, ListBackups, VerifyBackup. They read and write a lot of
// files: never on a thread that answers requests.
//
// Thread-safe.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "codeset/v1/backup.pb.h"
#include "storage/store/store.h"

namespace codeset::server {

// Is told of a backup once it is made.
using MadeListener = std::function<void(const v1::Backup&)>;

// Backs the store up. `cancelled` is asked from other threads while files are copied; `made` is
// told of the backup also where an error says that older ones could not be deleted. Errors as
// Store::CreateBackup.
absl::StatusOr<v1::CreateBackupResponse> CreateBackup(store::Store& store,
                                                      const v1::CreateBackupRequest& request,
                                                      std::function<bool()> cancelled,
                                                      const MadeListener& made = {});

// Errors as store::ListBackups.
absl::StatusOr<v1::ListBackupsResponse> ListBackups(const v1::ListBackupsRequest& request);

// Errors as store::VerifyBackup.
absl::StatusOr<v1::VerifyBackupResponse> VerifyBackup(const v1::VerifyBackupRequest& request,
                                                      const std::function<bool()>& cancelled);

}  // namespace codeset::server
