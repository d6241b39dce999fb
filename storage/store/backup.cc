#include "storage/store/backup.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/utilities/backup_engine.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup_folder.h"
#include "storage/store/backup_mend.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"
#include "storage/store/step.h"
#include "storage/store/store.h"
#include "storage/store/watched_env.h"

namespace codeset::store {
namespace {

using model::Reason;

absl::Status Cancelled() {
  return model::MakeError(Reason::kCancelled,
                          "the backup was cancelled; the folder has no part of it");
}

// Opens the engine to write. Not where a backup of the folder is damaged: the engine deletes what
// no backup that it can read names whenever it has to clear up, and so what is left of that one.
absl::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> OpenEngine(rocksdb::Env& env,
                                                                  const std::string& folder) {
  rocksdb::BackupEngine* opened = nullptr;
  const rocksdb::Status status = rocksdb::BackupEngine::Open(EngineOptions(folder), &env, &opened);
  RETURN_IF_ERROR(FromBackupEngine(status, absl::StrCat("opening folder ", folder)));
  std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  std::vector<rocksdb::BackupID> damaged;
  engine->GetCorruptedBackups(&damaged);
  if (damaged.empty()) return engine;
  return model::MakeError(
      Reason::kDataDamaged,
      absl::StrCat("no backup was made: backup ", damaged.front(), " of folder ", folder,
                   " is damaged, and making another could delete what is left of it. Back up into "
                   "another folder; or give that one up: remove ",
                   folder, "/meta/", damaged.front(), " and try again"),
      {{"folder", folder}});
}

// What a backup of now has.
v1::Backup Describe(const Catalog& catalog, const Ledger& ledger) {
  v1::Backup backup;
  backup.set_data_format(std::string(kFormat));
  for (const CatalogRelease& release : catalog.releases()) {
    v1::BackedUpRelease* entry = backup.add_releases();
    entry->set_id(release.id.ToString());
    entry->set_effective_date(model::FormatDate(release.effective));
    entry->set_fingerprint(release.entry.release().fingerprint());
  }
  backup.set_labels(static_cast<int64_t>(LabelsOf(catalog).size()));
  int64_t verifications = 0;
  const PageList list = ledger.pages();
  for (const std::shared_ptr<const PageSummary>& page : list.pages) {
    verifications += static_cast<int64_t>(page->events.size());
  }
  backup.set_pages(static_cast<int64_t>(list.pages.size()));
  backup.set_verifications(verifications);
  return backup;
}

// Deletes all but the newest backups; `deleted` gets the numbers of those that went.
absl::Status DeleteOlder(rocksdb::BackupEngine& engine, uint32_t keep,
                         std::vector<uint32_t>& deleted) {
  std::vector<rocksdb::BackupInfo> all;
  engine.GetBackupInfo(&all);
  if (all.size() <= keep) return absl::OkStatus();
  RETURN_IF_ERROR(
      FromBackupEngine(engine.PurgeOldBackups(keep),
                       "the new backup is made and sound, but older ones could not be deleted"));
  for (size_t i = 0; i + keep < all.size(); ++i) deleted.push_back(all[i].backup_id);
  Reach("backup.older_deleted");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CreatedBackup> Store::CreateBackup(const std::string& folder,
                                                  const BackupOptions& options) {
  const auto is_cancelled = [&] { return options.cancelled && options.cancelled(); };
  rocksdb::Env& env = *database_->db().GetEnv();
  const std::string directory =
      std::filesystem::path(database_->db().GetName()).parent_path().string();
  ASSIGN_OR_RETURN(const FolderLock lock, PrepareFolder(env, folder, directory, journal_id_));
  const int64_t before = BytesIn(folder);
  Reach("backup.folder_ready");
  ASSIGN_OR_RETURN(const std::unique_ptr<rocksdb::BackupEngine> engine, OpenEngine(env, folder));
  if (is_cancelled()) return Cancelled();

  // The engine takes the files of one instant, and then copies them. Writes wait until it copies,
  // so that the record says what is in these files; the thread is there since nothing but the
  // first piece that is copied tells that the instant is over.
  std::promise<void> taken;
  std::atomic<bool> told = false;
  const auto tell = [&] {
    if (!told.exchange(true)) taken.set_value();
  };
  rocksdb::CreateBackupOptions create;
  create.flush_before_backup = true;
  create.progress_callback = [&] {
    tell();
    Reach("backup.copying");
    if (is_cancelled()) engine->StopBackup();
  };
  rocksdb::IOStatus status;
  rocksdb::BackupID number = 0;
  std::thread copying;
  {
    const std::lock_guard<std::mutex> write_lock(write_mutex_);
    // Also what could not be secured, of which the record tells.
    RETURN_IF_ERROR(database_->FlushPages());
    v1::Backup record = Describe(*catalog(), *ledger_);
    record.set_created_at(FormatInstant(clock_()));
    record.set_server_version(options.server_version);
    record.set_data_id(journal_id_);
    record.set_journal_end(journal_end_);
    Reach("backup.described");
    copying = std::thread([&, metadata = EncodeRecord(record)] {
      status = engine->CreateNewBackupWithMetadata(create, &database_->db(), metadata, &number);
      tell();
    });
    taken.get_future().wait();
  }
  copying.join();
  if (!status.ok()) {
    if (is_cancelled()) return Cancelled();
    if (status.IsCorruption()) {
      return model::MakeError(
          Reason::kDataDamaged,
          absl::StrCat("no backup was made, since a file of the data directory is damaged: ",
                       status.ToString(),
                       "; codesetctl scrub tells what is damaged and what to do"));
    }
    return FromBackupEngine(status, absl::StrCat("making a backup in ", folder));
  }
  Reach("backup.copied");
  // Before any older one is given up.
  const auto read_back = [&]() -> absl::StatusOr<CreatedBackup> {
    CreatedBackup made;
    ASSIGN_OR_RETURN(made.mended, ReadBack(database_->db(), folder, number, options.cancelled));
    made.bytes_added = BytesIn(folder) - before;
    rocksdb::BackupInfo info;
    RETURN_IF_ERROR(
        FromBackupEngine(engine->GetBackupInfo(number, &info), "reading the new backup"));
    ASSIGN_OR_RETURN(made.backup, DecodeRecord(folder, info));
    return made;
  };
  absl::StatusOr<CreatedBackup> created = read_back();
  if (!created.ok()) {
    engine->DeleteBackup(number).PermitUncheckedError();
    return is_cancelled() ? Cancelled() : created.status();
  }
  Reach("backup.read_back");
  // What backups that were cut off have left, which no backup names.
  engine->GarbageCollect().PermitUncheckedError();
  if (options.keep > 0) {
    created->older_deleted = DeleteOlder(*engine, options.keep, created->deleted);
  }
  return created;
}

absl::StatusOr<BackupList> ListBackups(const std::string& folder) {
  rocksdb::Env& env = *rocksdb::Env::Default();
  RETURN_IF_ERROR(CheckFolder(env, folder));
  ASSIGN_OR_RETURN(const std::optional<FolderLock> lock, LockToRead(env, folder));
  ASSIGN_OR_RETURN(const std::unique_ptr<rocksdb::BackupEngineReadOnly> engine,
                   OpenEngineToRead(env, folder));
  BackupList list;
  list.folder_bytes = BytesIn(folder);
  if (engine == nullptr) return list;
  engine->GetCorruptedBackups(&list.damaged);
  std::vector<rocksdb::BackupInfo> all;
  engine->GetBackupInfo(&all);
  for (const rocksdb::BackupInfo& info : all) {
    absl::StatusOr<v1::Backup> backup = DecodeRecord(folder, info);
    if (backup.ok()) {
      list.backups.push_back(*std::move(backup));
    } else {
      list.damaged.push_back(info.backup_id);
    }
  }
  std::sort(list.damaged.begin(), list.damaged.end());
  return list;
}

absl::StatusOr<v1::Backup> VerifyBackup(const std::string& folder, uint32_t number,
                                        const std::function<bool()>& cancelled) {
  // Not while the folder is opened: a backup that cannot be read then is taken for a damaged one.
  bool reading = false;
  WatchedEnv env(rocksdb::Env::Default(),
                 [&](size_t) { return !reading || !cancelled || !cancelled(); });
  RETURN_IF_ERROR(CheckFolder(env, folder));
  ASSIGN_OR_RETURN(const std::optional<FolderLock> lock, LockToRead(env, folder));
  ASSIGN_OR_RETURN(const std::unique_ptr<rocksdb::BackupEngineReadOnly> engine,
                   OpenEngineToRead(env, folder));
  ASSIGN_OR_RETURN(v1::Backup backup, FindBackup(engine.get(), folder, number));
  reading = true;
  const absl::Status status = CheckFiles(*engine, folder, backup.number());
  if (!status.ok() && cancelled && cancelled()) {
    return model::MakeError(Reason::kCancelled, "the check of the backup was cancelled");
  }
  RETURN_IF_ERROR(status);
  return backup;
}

}  // namespace codeset::store
