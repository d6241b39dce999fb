#include "storage/store/backup_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/step.h"

namespace codeset::store {
namespace {

namespace fs = std::filesystem;
using model::MakeError;
using model::Reason;

// The mark of a folder: a line with this word, the layout's number, and whose backups they are.
constexpr absl::string_view kMark = "codeset-backups";
constexpr absl::string_view kLayout = "1";
constexpr absl::string_view kLock = "LOCK";
// What may be in a folder that is to be marked: what an attempt before this left, and what stands
// at the root of a file system.
constexpr std::array<absl::string_view, 3> kIgnored = {kLock, "codeset-backups.new", "lost+found"};

std::string MarkFile(const std::string& folder) { return absl::StrCat(folder, "/", kMark); }

absl::Status CheckThere(const std::string& folder) {
  if (folder.empty() || folder.front() != '/') {
    return MakeError(Reason::kArgumentInvalid,
                     "the folder of backups is named by its absolute path on the server's machine");
  }
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) {
    return MakeError(Reason::kArgumentInvalid,
                     absl::StrCat("there is no folder ", folder,
                                  " on the server's machine; make it, or mount the disk that it "
                                  "lies on, and try again"));
  }
  if (error) {
    return MakeError(Reason::kStorageFailed,
                     absl::StrCat("folder ", folder, " cannot be read: ", error.message()));
  }
  if (!fs::is_directory(status)) {
    return MakeError(Reason::kArgumentInvalid, absl::StrCat(folder, " is no folder"));
  }
  return absl::OkStatus();
}

// Whether `inner` is `outer` or lies in it, behind all links.
bool LiesIn(const std::string& inner, const std::string& outer) {
  std::error_code error;
  const fs::path in = fs::canonical(inner, error);
  if (error) return false;
  const fs::path out = fs::canonical(outer, error);
  if (error) return false;
  return std::mismatch(out.begin(), out.end(), in.begin(), in.end()).first == out.end();
}

// What is damaged is in the folder, not in a data directory.
absl::Status Damaged(const std::string& folder, absl::string_view message) {
  return MakeError(Reason::kDataDamaged, message, {{"folder", folder}});
}

// Whose backups a folder has; nothing where it is not marked.
absl::StatusOr<std::optional<std::string>> ReadMark(rocksdb::Env& env, const std::string& folder) {
  std::string text;
  const rocksdb::Status status = rocksdb::ReadFileToString(&env, MarkFile(folder), &text);
  if (status.IsNotFound() || status.IsPathNotFound()) return std::nullopt;
  RETURN_IF_ERROR(FromBackupEngine(status, absl::StrCat("reading ", MarkFile(folder))));
  const std::vector<std::string> words = absl::StrSplit(text, absl::ByAnyChar(" \n"));
  if (words.size() != 4 || words[0] != kMark || words[2].size() != 32 || !words[3].empty()) {
    return Damaged(
        folder, absl::StrCat(MarkFile(folder), " is damaged: it should be one line, ", kMark, " ",
                             kLayout, " and the identity that a backup's data_id tells"));
  }
  if (words[1] != kLayout) {
    return MakeError(
        Reason::kFormatUnsupported,
        absl::StrCat("folder ", folder, " has backups of layout ", words[1],
                     "; this version reads layout ", kLayout, ": use the version that made them"));
  }
  return words[2];
}

// Something in a folder that is not ours; empty if there is nothing.
absl::StatusOr<std::string> StrangerIn(const std::string& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (std::find(kIgnored.begin(), kIgnored.end(), name) == kIgnored.end()) return name;
  }
  if (error) {
    return MakeError(Reason::kStorageFailed,
                     absl::StrCat("folder ", folder, " cannot be read: ", error.message()));
  }
  return std::string();
}

absl::Status WriteMark(rocksdb::Env& env, const std::string& folder, const std::string& data_id) {
  const std::string unfinished = MarkFile(folder) + ".new";
  const std::string text = absl::StrCat(kMark, " ", kLayout, " ", data_id, "\n");
  rocksdb::Status status = rocksdb::WriteStringToFile(&env, text, unfinished, /*should_sync=*/true);
  Reach("backup.mark_written");
  if (status.ok()) status = env.RenameFile(unfinished, MarkFile(folder));
  if (status.ok()) status = SyncFolder(env, folder);
  return FromBackupEngine(status, absl::StrCat("marking folder ", folder));
}

}  // namespace

absl::Status FromBackupEngine(const rocksdb::Status& status, absl::string_view what) {
  if (!MeansNoSpace(status)) return FromRocksDb(status, what);
  return MakeError(
      Reason::kStorageFailed,
      absl::StrCat(what, ": the disk is full; free some space and try again. ", status.ToString()));
}

absl::StatusOr<FolderLock> FolderLock::Take(rocksdb::Env& env, const std::string& folder) {
  // By one name, however the folder is spelled: the system's locks do not keep a process from
  // itself, RocksDB does that by the name.
  std::error_code error;
  const std::string name = fs::canonical(folder, error).string();
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status =
      env.LockFile(absl::StrCat(error ? folder : name, "/", kLock), &lock);
  if (status.ok()) return FolderLock(env, lock);
  if (!MeansHeld(status)) {
    return FromBackupEngine(status, absl::StrCat("folder ", folder, " cannot be written"));
  }
  return MakeError(Reason::kBackupInProgress,
                   absl::StrCat("folder ", folder,
                                " is in use: a backup is being made, checked or restored; try "
                                "again when it is done"),
                   {{"folder", folder}});
}

FolderLock::~FolderLock() {
  if (lock_ != nullptr) env_.UnlockFile(lock_).PermitUncheckedError();
}

absl::StatusOr<FolderLock> PrepareFolder(rocksdb::Env& env, const std::string& folder,
                                         const std::string& directory, const std::string& data_id) {
  RETURN_IF_ERROR(CheckThere(folder));
  if (LiesIn(folder, directory)) {
    return MakeError(Reason::kArgumentInvalid,
                     absl::StrCat("folder ", folder, " lies in the data directory ", directory,
                                  ", with which it would be lost; name one elsewhere, best on "
                                  "another disk"));
  }
  ASSIGN_OR_RETURN(std::optional<std::string> owner, ReadMark(env, folder));
  if (!owner.has_value()) {
    ASSIGN_OR_RETURN(const std::string stranger, StrangerIn(folder));
    if (!stranger.empty()) {
      return MakeError(Reason::kArgumentInvalid,
                       absl::StrCat("folder ", folder, " has no backups of Codeset in it, but ",
                                    stranger, "; name an empty folder"));
    }
  }
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Take(env, folder));
  if (!owner.has_value()) {
    // Another process may have marked it meanwhile.
    ASSIGN_OR_RETURN(owner, ReadMark(env, folder));
  }
  if (!owner.has_value()) {
    RETURN_IF_ERROR(WriteMark(env, folder, data_id));
    owner = data_id;
  }
  if (*owner != data_id) {
    return MakeError(
        Reason::kArgumentInvalid,
        absl::StrCat("folder ", folder, " has backups of another data directory (", *owner,
                     ", and this is ", data_id, "); name a folder of its own for each"));
  }
  return lock;
}

absl::Status CheckFolder(rocksdb::Env& env, const std::string& folder) {
  RETURN_IF_ERROR(CheckThere(folder));
  ASSIGN_OR_RETURN(const std::optional<std::string> owner, ReadMark(env, folder));
  if (owner.has_value()) return absl::OkStatus();
  return MakeError(Reason::kArgumentInvalid,
                   absl::StrCat("folder ", folder,
                                " has no backups of Codeset; codesetctl backup create FOLDER makes "
                                "one"));
}

absl::StatusOr<std::optional<FolderLock>> LockToRead(rocksdb::Env& env, const std::string& folder) {
  absl::StatusOr<FolderLock> lock = FolderLock::Take(env, folder);
  if (lock.ok()) return std::optional<FolderLock>(*std::move(lock));
  if (model::ReasonOf(lock.status()) == Reason::kBackupInProgress) return lock.status();
  return std::optional<FolderLock>();
}

rocksdb::BackupEngineOptions EngineOptions(const std::string& folder) {
  rocksdb::BackupEngineOptions options(folder);
  // Logs are not copied. Files are taken at one instant and the log a moment later, so that it
  // could tell of a release whose pages, which are never logged, are not there. What is
  // acknowledged is flushed into files first, and files of all families are of one instant
  // (atomic_flush).
  options.backup_log_files = false;
  // The engine calls back so many times a piece of some 5 MB, all at once when it is copied; small
  // enough that the first file that is copied tells that copying has begun.
  options.callback_trigger_interval_size = 4096;
  return options;
}

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenEngineToRead(
    rocksdb::Env& env, const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder + "/meta", error)) {
    return std::unique_ptr<rocksdb::BackupEngineReadOnly>();
  }
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const rocksdb::Status status =
      rocksdb::BackupEngineReadOnly::Open(EngineOptions(folder), &env, &engine);
  RETURN_IF_ERROR(FromBackupEngine(status, absl::StrCat("opening folder ", folder)));
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine);
}

absl::Status CheckFiles(const rocksdb::BackupEngineReadOnly& engine, const std::string& folder,
                        uint32_t number) {
  const rocksdb::Status status = engine.VerifyBackup(number, /*verify_with_checksum=*/true);
  if (status.IsCorruption()) {
    return Damaged(folder, absl::StrCat("backup ", number, " of folder ", folder,
                                        " is damaged: ", status.ToString()));
  }
  return FromBackupEngine(status, absl::StrCat("checking backup ", number, " of ", folder));
}

std::string EncodeRecord(const v1::Backup& backup) {
  const std::string bytes = backup.SerializeAsString();
  return absl::StrCat(model::DigestOf(bytes).view(), bytes);
}

absl::StatusOr<v1::Backup> DecodeRecord(const std::string& folder,
                                        const rocksdb::BackupInfo& info) {
  const absl::string_view text = info.app_metadata;
  v1::Backup backup;
  constexpr size_t kDigest = sizeof(model::Digest);
  if (text.size() < kDigest ||
      model::DigestOf(text.substr(kDigest)).view() != text.substr(0, kDigest) ||
      !backup.ParseFromArray(text.data() + kDigest, static_cast<int>(text.size() - kDigest))) {
    return Damaged(folder, absl::StrCat("what describes backup ", info.backup_id, " of folder ",
                                        folder, " is damaged"));
  }
  backup.set_number(info.backup_id);
  backup.set_files(info.number_files);
  backup.set_bytes(static_cast<int64_t>(info.size));
  return backup;
}

absl::StatusOr<v1::Backup> FindBackup(const rocksdb::BackupEngineReadOnly* engine,
                                      const std::string& folder, uint32_t number) {
  rocksdb::BackupInfo info;
  rocksdb::Status status = rocksdb::Status::NotFound();
  std::vector<rocksdb::BackupID> damaged;
  if (engine != nullptr) {
    status =
        number == 0 ? engine->GetLatestBackupInfo(&info) : engine->GetBackupInfo(number, &info);
    engine->GetCorruptedBackups(&damaged);
  }
  // An older one in the place of the newest would be taken for it.
  const auto newest = std::max_element(damaged.begin(), damaged.end());
  if (number == 0 && newest != damaged.end() && (!status.ok() || *newest > info.backup_id)) {
    return Damaged(
        folder, absl::StrCat("the newest backup of folder ", folder, ", ", *newest,
                             ", is damaged: a file is missing or has another length, or what "
                             "describes it cannot be read; an older one is named with --backup"));
  }
  if (status.IsNotFound()) {
    const std::string which = number == 0 ? "no backup yet" : absl::StrCat("no backup ", number);
    return MakeError(Reason::kBackupNotFound, absl::StrCat("folder ", folder, " has ", which),
                     {{"folder", folder}, {"backup", number == 0 ? "" : absl::StrCat(number)}});
  }
  if (status.IsCorruption()) {
    return Damaged(folder, absl::StrCat("backup ", number, " of folder ", folder,
                                        " is damaged: ", status.ToString()));
  }
  RETURN_IF_ERROR(FromBackupEngine(status, absl::StrCat("backup ", number, " of ", folder)));
  return DecodeRecord(folder, info);
}

int64_t BytesIn(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone)) continue;
    const std::uintmax_t size = entry->file_size(gone);
    if (!gone) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace codeset::store
