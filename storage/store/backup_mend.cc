#include "storage/store/backup_mend.h"

#include <filesystem>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/file_system.h"
#include "rocksdb/utilities/backup_engine.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup_folder.h"
#include "storage/store/database.h"
#include "storage/store/file_check.h"
#include "storage/store/watched_env.h"

namespace codeset::store {
namespace {

namespace fs = std::filesystem;
using model::Reason;

constexpr size_t kPiece = 256 << 10;

// The files of a database by their names.
using Files = std::map<std::string, rocksdb::LiveFileStorageInfo>;

absl::StatusOr<Files> FilesOf(rocksdb::DB& db) {
  std::vector<rocksdb::LiveFileStorageInfo> list;
  RETURN_IF_ERROR(FromBackupEngine(ListFiles(db, list), "listing the files of the database"));
  Files files;
  for (rocksdb::LiveFileStorageInfo& file : list) {
    files.emplace(file.relative_filename, std::move(file));
  }
  return files;
}

// The name of the file of the database that a shared one was copied from: `000012_sABC_1234.sst` is
// a copy of `000012.sst`. Empty for one that is not shared.
std::string OriginalOf(const std::string& copy) {
  const fs::path path(copy);
  if (path.parent_path().filename() != "shared_checksum") return "";
  const std::string name = path.stem().string();
  return name.substr(0, name.find('_')) + path.extension().string();
}

// Puts a proved copy of `original` in the place of `copy`. Corruption where the original is
// damaged.
rocksdb::Status CopyAnew(rocksdb::Env& env, const rocksdb::LiveFileStorageInfo& original,
                         const std::string& copy) {
  const std::string unfinished = copy + ".new";
  std::unique_ptr<rocksdb::FSSequentialFile> in;
  rocksdb::Status status = env.GetFileSystem()->NewSequentialFile(
      absl::StrCat(original.directory, "/", original.relative_filename), rocksdb::FileOptions(),
      &in, nullptr);
  rocksdb::EnvOptions options;
  options.use_mmap_writes = false;
  std::unique_ptr<rocksdb::WritableFile> out;
  if (status.ok()) status = env.NewWritableFile(unfinished, &out, options);
  std::vector<char> piece(kPiece);
  while (status.ok()) {
    rocksdb::Slice bytes;
    status = in->Read(kPiece, rocksdb::IOOptions(), &bytes, piece.data(), nullptr);
    if (bytes.empty()) break;
    if (status.ok()) status = out->Append(bytes);
  }
  if (status.ok()) status = out->Fsync();
  if (status.ok()) status = out->Close();
  // What is proved is what will be there.
  if (status.ok()) status = ProveContent(env, unfinished, original);
  if (status.ok()) status = env.RenameFile(unfinished, copy);
  if (!status.ok()) {
    env.DeleteFile(unfinished).PermitUncheckedError();
    return status;
  }
  return SyncFolder(env, fs::path(copy).parent_path().string());
}

// Mends the damaged ones of a backup's files that the database still has. How many.
absl::StatusOr<int> MendCopies(rocksdb::Env& env, rocksdb::DB& db, const std::string& folder,
                               const rocksdb::BackupInfo& backup) {
  ASSIGN_OR_RETURN(const Files files, FilesOf(db));
  int mended = 0;
  std::string damaged;
  for (const rocksdb::BackupFileInfo& file : backup.file_details) {
    const std::string copy = absl::StrCat(folder, "/", file.relative_filename);
    const auto original = files.find(OriginalOf(copy));
    if (original == files.end()) continue;
    rocksdb::Status status = ProveContent(env, copy, original->second);
    if (status.ok()) continue;
    if (status.IsCorruption()) status = CopyAnew(env, original->second, copy);
    if (status.IsCorruption()) {
      // The others are mended all the same.
      damaged = original->first;
    } else if (!status.ok()) {
      return FromBackupEngine(status, absl::StrCat("mending ", copy));
    } else {
      ++mended;
    }
  }
  if (damaged.empty()) return mended;
  return model::MakeError(
      Reason::kDataDamaged,
      absl::StrCat("no backup was made: file ", damaged,
                   " of the data directory is damaged, and so is the folder's older copy of it; "
                   "codesetctl scrub tells what is damaged and what to do"));
}

}  // namespace

absl::StatusOr<int> ReadBack(rocksdb::DB& db, const std::string& folder, uint32_t number,
                             const std::function<bool()>& cancelled) {
  rocksdb::Env& env = *db.GetEnv();
  // Not while the folder is opened: a backup that cannot be read then is taken for a damaged one.
  bool reading = false;
  WatchedEnv watched(&env, [&](size_t) { return !reading || !cancelled || !cancelled(); });
  int mended = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::unique_ptr<rocksdb::BackupEngineReadOnly> engine,
                     OpenEngineToRead(watched, folder));
    reading = true;
    const rocksdb::Status status = engine->VerifyBackup(number, /*verify_with_checksum=*/true);
    reading = false;
    if (status.ok()) return mended;
    if (cancelled && cancelled()) return model::MakeError(Reason::kCancelled, "");
    const std::string what = absl::StrCat("reading back the new backup in ", folder);
    if (!status.IsCorruption()) return FromBackupEngine(status, what);
    rocksdb::BackupInfo info;
    RETURN_IF_ERROR(FromBackupEngine(
        engine->GetBackupInfo(number, &info, /*include_file_details=*/true), what));
    if (mended == 0) {
      // So that originals stay while they are copied.
      RETURN_IF_ERROR(FromBackupEngine(db.DisableFileDeletions(), what));
      reading = true;
      const absl::StatusOr<int> copied = MendCopies(watched, db, folder, info);
      reading = false;
      db.EnableFileDeletions(/*force=*/false).PermitUncheckedError();
      if (!copied.ok() && cancelled && cancelled()) {
        return model::MakeError(Reason::kCancelled, "");
      }
      RETURN_IF_ERROR(copied.status());
      mended = *copied;
      if (mended > 0) continue;
    }
    return model::MakeError(
        Reason::kDataDamaged,
        absl::StrCat(what, ": ", status.ToString(),
                     "; no backup was made. Is the disk of the folder sound? Back up into a folder "
                     "on another one"),
        {{"folder", folder}});
  }
}

}  // namespace codeset::store
