#include "server/backup.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/error.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup.h"

namespace codeset::server {
namespace {

int64_t MillisecondsSince(absl::Time start) {
  return absl::ToInt64Milliseconds(absl::Now() - start);
}

// An error about a folder as one about the request that names it.
absl::Status AboutRequest(const absl::Status& status, uint32_t number = 0) {
  if (model::ReasonOf(status) == model::Reason::kBackupNotFound) {
    return NotFound(model::Reason::kBackupNotFound, "backup",
                    number == 0 ? "the newest" : absl::StrCat(number), status.message());
  }
  return AtField(status, "folder");
}

}  // namespace

absl::StatusOr<v1::CreateBackupResponse> CreateBackup(store::Store& store,
                                                      const v1::CreateBackupRequest& request,
                                                      std::function<bool()> cancelled) {
  const absl::Time start = absl::Now();
  store::BackupOptions options;
  options.server_version = CODESET_VERSION;
  options.keep = request.keep();
  options.cancelled = std::move(cancelled);
  absl::StatusOr<store::CreatedBackup> created = store.CreateBackup(request.folder(), options);
  if (!created.ok()) return AboutRequest(created.status());
  v1::CreateBackupResponse response;
  *response.mutable_backup() = std::move(created->backup);
  response.set_bytes_added(created->bytes_added);
  response.mutable_deleted()->Add(created->deleted.begin(), created->deleted.end());
  response.set_elapsed_milliseconds(MillisecondsSince(start));
  return response;
}

absl::StatusOr<v1::ListBackupsResponse> ListBackups(const v1::ListBackupsRequest& request) {
  absl::StatusOr<store::BackupList> list = store::ListBackups(request.folder());
  if (!list.ok()) return AboutRequest(list.status());
  v1::ListBackupsResponse response;
  for (v1::Backup& backup : list->backups) *response.add_backups() = std::move(backup);
  response.mutable_damaged()->Add(list->damaged.begin(), list->damaged.end());
  response.set_folder_bytes(list->folder_bytes);
  return response;
}

absl::StatusOr<v1::VerifyBackupResponse> VerifyBackup(const v1::VerifyBackupRequest& request) {
  const absl::Time start = absl::Now();
  absl::StatusOr<v1::Backup> backup = store::VerifyBackup(request.folder(), request.number());
  if (!backup.ok()) return AboutRequest(backup.status(), request.number());
  v1::VerifyBackupResponse response;
  *response.mutable_backup() = *std::move(backup);
  response.set_elapsed_milliseconds(MillisecondsSince(start));
  return response;
}

}  // namespace codeset::server
