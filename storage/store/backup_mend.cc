#include "storage/store/backup_mend.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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
constexpr absl::string_view kTable = ".sst";
constexpr absl::string_view kBlobs = ".blob";

bool SameBytes(const std::string& first, const std::string& second) {
  std::ifstream one(first, std::ios::binary), other(second, std::ios::binary);
  std::vector<char> left(kPiece), right(kPiece);
  while (one && other) {
    one.read(left.data(), kPiece);
    other.read(right.data(), kPiece);
    if (one.gcount() != other.gcount()) return false;
    if (!std::equal(left.begin(), left.begin() + one.gcount(), right.begin())) return false;
  }
  return one.eof() && other.eof();
}

// The file of the database that a shared one was copied from: `000012_sABC_1234.sst` is a copy of
// `000012.sst`. Nothing for one that is not shared, or no longer there.
std::optional<std::string> OriginalOf(const std::string& database, const std::string& copy) {
  const fs::path path(copy);
  if (path.parent_path().filename() != "shared_checksum") return std::nullopt;
  const std::string name = path.stem().string();
  const size_t end = name.find('_');
  if (end == std::string::npos) return std::nullopt;
  std::string original =
      absl::StrCat(database, "/", name.substr(0, end), path.extension().string());
  std::error_code error;
  if (!fs::is_regular_file(original, error)) return std::nullopt;
  return original;
}

// Puts a proved copy of `original` in the place of `copy`. False where the original is damaged.
absl::StatusOr<bool> CopyAnew(rocksdb::Env& env, const std::string& original,
                              const std::string& copy) {
  const std::string unfinished = copy + ".new";
  const auto failed = [&](const rocksdb::Status& status) {
    return FromBackupEngine(status, absl::StrCat("copying ", original, " to ", copy));
  };
  std::error_code error;
  fs::copy_file(original, unfinished, fs::copy_options::overwrite_existing, error);
  if (error) return failed(rocksdb::Status::IOError(error.message()));
  // What is proved is what will be there.
  const rocksdb::Status proved =
      absl::EndsWith(copy, kTable) ? ProveTable(env, unfinished) : ProveBlobFile(env, unfinished);
  if (!proved.ok()) {
    fs::remove(unfinished, error);
    if (proved.IsCorruption()) return false;
    return failed(proved);
  }
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.ReopenWritableFile(unfinished, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Fsync();
  if (status.ok()) status = file->Close();
  if (status.ok()) status = env.RenameFile(unfinished, copy);
  if (status.ok()) status = SyncFolder(env, fs::path(copy).parent_path().string());
  if (!status.ok()) return failed(status);
  return true;
}

// Mends the files of a backup that differ from the database's. How many.
absl::StatusOr<int> MendCopies(rocksdb::Env& env, const std::string& database,
                               const std::string& folder, const rocksdb::BackupInfo& backup) {
  int mended = 0;
  for (const rocksdb::BackupFileInfo& file : backup.file_details) {
    const std::string copy = absl::StrCat(folder, "/", file.relative_filename);
    if (!absl::EndsWith(copy, kTable) && !absl::EndsWith(copy, kBlobs)) continue;
    const std::optional<std::string> original = OriginalOf(database, copy);
    if (!original.has_value() || SameBytes(*original, copy)) continue;
    ASSIGN_OR_RETURN(const bool sound, CopyAnew(env, *original, copy));
    if (!sound) {
      return model::MakeError(
          Reason::kDataDamaged,
          absl::StrCat("no backup was made: ", *original,
                       " of the data directory is damaged, of which the folder of backups has an "
                       "older copy; codesetctl scrub tells what is damaged"));
    }
    ++mended;
  }
  return mended;
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
      const absl::StatusOr<int> copied = MendCopies(env, db.GetName(), folder, info);
      db.EnableFileDeletions(/*force=*/false).PermitUncheckedError();
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
