#include "server/backup.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup.h"

namespace codeset::server {
namespace {

int64_t MillisecondsSince(absl::Time start) {
  return absl::ToInt64Milliseconds(absl::Now() - start);
}

}  // namespace

absl::StatusOr<v1::CreateBackupResponse> CreateBackup(store::Store& store,
                                                      const v1::CreateBackupRequest& request,
                                                      std::function<bool()> cancelled,
                                                      const MadeListener& made) {
  const absl::Time start = absl::Now();
  store::BackupOptions options;
  options.server_version = CODESET_VERSION;
  options.keep = request.keep();
  options.cancelled = std::move(cancelled);
  absl::StatusOr<store::CreatedBackup> created = store.CreateBackup(request.folder(), options);
  if (!created.ok()) return AtField(created.status(), "folder");
  if (made) made(created->backup);
  if (!created->older_deleted.ok()) return AtField(created->older_deleted, "folder");
  v1::CreateBackupResponse response;
  *response.mutable_backup() = std::move(created->backup);
  response.set_bytes_added(created->bytes_added);
  response.set_mended_files(created->mended);
  response.mutable_deleted()->Add(created->deleted.begin(), created->deleted.end());
  response.set_elapsed_milliseconds(MillisecondsSince(start));
  return response;
}

absl::StatusOr<v1::ListBackupsResponse> ListBackups(const v1::ListBackupsRequest& request) {
  absl::StatusOr<store::BackupList> list = store::ListBackups(request.folder());
  if (!list.ok()) return AtField(list.status(), "folder");
  v1::ListBackupsResponse response;
  for (v1::Backup& backup : list->backups) *response.add_backups() = std::move(backup);
  response.mutable_damaged()->Add(list->damaged.begin(), list->damaged.end());
  response.set_folder_bytes(list->folder_bytes);
  return response;
}

absl::StatusOr<v1::VerifyBackupResponse> VerifyBackup(const v1::VerifyBackupRequest& request,
                                                      const std::function<bool()>& cancelled) {
  const absl::Time start = absl::Now();
  absl::StatusOr<v1::Backup> backup =
      store::VerifyBackup(request.folder(), request.number(), cancelled);
  if (!backup.ok()) return AtField(backup.status(), "folder");
  v1::VerifyBackupResponse response;
  *response.mutable_backup() = *std::move(backup);
  response.set_elapsed_milliseconds(MillisecondsSince(start));
  return response;
}

}  // namespace codeset::server
