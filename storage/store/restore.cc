#include "storage/store/restore.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "rocksdb/utilities/backup_engine.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup_folder.h"
#include "storage/store/generation.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"
#include "storage/store/new_directory.h"
#include "storage/store/watched_env.h"

namespace codeset::store {
namespace {

using model::MakeError;
using model::Reason;

constexpr absl::string_view kCancelled =
    "the restore was cancelled; the data directory is as it was";

// That a store is what the record of its backup says.
absl::Status CheckAgainstRecord(const Store& store, const v1::Backup& backup,
                                const StoreCheck& check) {
  const auto differs = [&](absl::string_view what) {
    return MakeError(Reason::kDataDamaged, absl::StrCat("backup ", backup.number(),
                                                        " is not what its record says: ", what,
                                                        " differ; restore another one"));
  };
  const std::shared_ptr<const Catalog> catalog = store.catalog();
  const std::vector<CatalogRelease>& releases = catalog->releases();
  const bool same = std::equal(
      releases.begin(), releases.end(), backup.releases().begin(), backup.releases().end(),
      [](const CatalogRelease& release, const v1::BackedUpRelease& recorded) {
        return release.id.ToString() == recorded.id() &&
               model::FormatDate(release.effective) == recorded.effective_date() &&
               release.entry.release().fingerprint() == recorded.fingerprint();
      });
  if (!same) return differs("releases");
  if (static_cast<int64_t>(LabelsOf(*catalog).size()) != backup.labels()) return differs("labels");
  if (store.journal_id() != backup.data_id() || store.journal_end() != backup.journal_end()) {
    return differs("journals");
  }
  if (static_cast<int64_t>(store.ledger().pages().pages.size()) != backup.pages()) {
    return differs("numbers of pages of codes");
  }
  if (check.verifications != backup.verifications()) return differs("numbers of verifications");
  return absl::OkStatus();
}

absl::Status CheckFormat(const v1::Backup& backup) {
  if (backup.data_format() == kFormat) return absl::OkStatus();
  return MakeError(Reason::kFormatUnsupported,
                   absl::StrCat("backup ", backup.number(), " has data format ",
                                backup.data_format(), "; this version reads format ", kFormat,
                                ": restore it with the version that made it, codesetd ",
                                backup.server_version()),
                   {{"format", backup.data_format()}, {"supported", std::string(kFormat)}});
}

}  // namespace

absl::StatusOr<Restored> RestoreBackup(const std::string& folder, const std::string& directory,
                                       const RestoreOptions& options) {
  rocksdb::Env& env = *rocksdb::Env::Default();
  Restored restored;
  RETURN_IF_ERROR(CheckFolder(env, folder));
  ASSIGN_OR_RETURN(const std::optional<FolderLock> lock, LockToRead(env, folder));
  const auto is_cancelled = [&] { return options.hooks.cancelled && options.hooks.cancelled(); };
  // Not while the folder is opened: a backup that cannot be read then is taken for a damaged one.
  bool copying = false;
  WatchedEnv watched(&env, [&](size_t) { return !copying || !is_cancelled(); });
  ASSIGN_OR_RETURN(std::unique_ptr<rocksdb::BackupEngineReadOnly> engine,
                   OpenEngineToRead(watched, folder));
  ASSIGN_OR_RETURN(restored.backup, FindBackup(engine.get(), folder, options.number));
  RETURN_IF_ERROR(CheckFormat(restored.backup));
  ASSIGN_OR_RETURN(NewDirectory target, NewDirectory::Prepare(directory));
  const uint32_t number = restored.backup.number();
  RETURN_IF_ERROR(
      BeginStep(options.hooks,
                absl::StrCat("copying backup ", number, " of ", restored.backup.created_at(), ", ",
                             restored.backup.bytes(), " bytes"),
                kCancelled));
  const std::string database = target.staging() + "/db";
  copying = true;
  const rocksdb::Status copied =
      engine->RestoreDBFromBackup(rocksdb::RestoreOptions(), number, database, database);
  // When a file has failed, its threads go on with others, and end with it alone: before what they
  // write is removed.
  engine.reset();
  if (!copied.ok() && is_cancelled()) return MakeError(Reason::kCancelled, kCancelled);
  RETURN_IF_ERROR(
      FromBackupEngine(copied, absl::StrCat("restoring backup ", number, " of ", folder)));
  // A backup has the database alone; what counts its writes is made anew.
  RETURN_IF_ERROR(WriteGenerationOf(target.staging()).status());
  {
    StoreOptions store_options;
    store_options.create_if_missing = false;
    store_options.owner = options.owner;
    // What is damaged is the backup, and not the directory that the error would be about.
    const auto of_backup = [&](const absl::Status& status) {
      if (model::ReasonOf(status) != Reason::kDataDamaged) return status;
      return MakeError(Reason::kDataDamaged,
                       absl::StrCat("backup ", number, " of folder ", folder,
                                    " is damaged, and nothing was restored: ", status.message(),
                                    ". Restore another one; codesetctl backup list shows which "
                                    "there are"),
                       {{"folder", folder}});
    };
    const absl::StatusOr<std::unique_ptr<Store>> opened =
        Store::Open(target.staging(), store_options);
    RETURN_IF_ERROR(of_backup(opened.status()));
    const std::unique_ptr<Store>& store = *opened;
    const absl::StatusOr<StoreCheck> check = CheckStore(*store, options.hooks);
    if (model::ReasonOf(check.status()) == Reason::kCancelled) {
      return MakeError(Reason::kCancelled, kCancelled);
    }
    RETURN_IF_ERROR(of_backup(check.status()));
    restored.check = *check;
    RETURN_IF_ERROR(CheckAgainstRecord(*store, restored.backup, restored.check));
    RETURN_IF_ERROR(store->RenewJournal());
  }
  RETURN_IF_ERROR(WriteGenerationOf(target.staging()).status());
  RETURN_IF_ERROR(BeginStep(options.hooks, "keeping what was restored", kCancelled));
  if (!options.dry_run) RETURN_IF_ERROR(target.Keep());
  return restored;
}

}  // namespace codeset::store
