#include "storage/store/restore.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/utilities/backup_engine.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup_folder.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"

namespace codeset::store {
namespace {

namespace fs = std::filesystem;
using model::MakeError;
using model::Reason;

constexpr absl::string_view kCancelled =
    "the restore was cancelled; the data directory is as it was";

// The folder within the data directory that files are restored into. Within, and not beside it: a
// data directory is often a disk of its own, or all that its owner may write.
constexpr char kStaging[] = "restoring";
// What is renamed out of it, in this order. The database is the last: it is what makes the folder a
// data directory.
constexpr std::array<const char*, 1> kParts = {"db"};

absl::Status Refused(const std::string& directory, absl::string_view why) {
  return MakeError(Reason::kArgumentInvalid,
                   absl::StrCat("data directory ", directory, " ", why));
}

absl::Status Failed(absl::string_view what, const std::string& path, const std::error_code& error) {
  return MakeError(Reason::kStorageFailed, absl::StrCat(what, " ", path, ": ", error.message()));
}

// A path without slashes at its end, which would be taken for an empty name.
std::string WithoutSlash(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  return normal.has_filename() ? normal.string() : normal.parent_path().string();
}

// The data directory while it is being restored into: what was put there goes with it, until it is
// kept.
class Target {
 public:
  static absl::StatusOr<Target> Prepare(const std::string& directory) {
    Target target(directory);
    std::error_code error;
    const fs::file_status status = fs::status(directory, error);
    if (status.type() == fs::file_type::not_found) {
      const fs::path parent = fs::absolute(directory, error).parent_path();
      if (error || !fs::is_directory(parent, error)) {
        return Refused(directory, "cannot be made: the folder that it is to lie in is missing");
      }
      if (!fs::create_directory(directory, error)) {
        return Failed("making data directory", directory, error);
      }
      target.made_ = true;
    } else if (error) {
      return Failed("reading data directory", directory, error);
    } else if (!fs::is_directory(status)) {
      return Refused(directory, "is no folder");
    } else {
      RETURN_IF_ERROR(target.CheckEmpty());
    }
    if (!fs::create_directory(target.staging(), error)) {
      return Failed("making", target.staging(), error);
    }
    return target;
  }

  Target(Target&& other) noexcept
      : directory_(std::move(other.directory_)),
        made_(other.made_),
        kept_(std::exchange(other.kept_, true)) {}
  Target& operator=(Target&&) = delete;

  ~Target() {
    if (kept_) return;
    std::error_code ignored;
    fs::remove_all(staging(), ignored);
    if (made_) fs::remove(directory_, ignored);
  }

  std::string staging() const { return absl::StrCat(directory_, "/", kStaging); }

  // Renames what was restored into its place.
  absl::Status Keep(rocksdb::Env& env) {
    for (const char* part : kParts) {
      const std::string from = absl::StrCat(staging(), "/", part);
      const std::string to = absl::StrCat(directory_, "/", part);
      RETURN_IF_ERROR(FromBackupEngine(env.RenameFile(from, to), absl::StrCat("making ", to)));
    }
    kept_ = true;
    std::unique_ptr<rocksdb::Directory> synced;
    rocksdb::Status status = env.NewDirectory(directory_, &synced);
    if (status.ok()) status = synced->Fsync();
    std::error_code ignored;
    fs::remove_all(staging(), ignored);
    return FromBackupEngine(status, absl::StrCat("syncing ", directory_));
  }

 private:
  explicit Target(std::string directory) : directory_(std::move(directory)) {}

  // That the directory is empty but for what a restore left that was killed, which goes.
  absl::Status CheckEmpty() const {
    std::error_code error;
    const bool interrupted = fs::exists(staging(), error) && !fs::exists(directory_ + "/db", error);
    for (fs::directory_iterator entry(directory_, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (name == "lost+found") continue;
      if (interrupted && (name == kStaging ||
                          std::find(kParts.begin(), kParts.end(), name) != kParts.end())) {
        continue;
      }
      return Refused(directory_, absl::StrCat("is not empty: it has ", name,
                                              "; restore into an empty one"));
    }
    if (error) return Failed("reading data directory", directory_, error);
    if (!interrupted) return absl::OkStatus();
    for (const char* part : kParts) fs::remove_all(absl::StrCat(directory_, "/", part), error);
    if (!error) fs::remove_all(staging(), error);
    if (error) return Failed("removing what an interrupted restore left in", directory_, error);
    return absl::OkStatus();
  }

  std::string directory_;
  // The directory was not there.
  bool made_ = false;
  bool kept_ = false;
};

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
  return MakeError(
      Reason::kFormatUnsupported,
      absl::StrCat("backup ", backup.number(), " has data format ", backup.data_format(),
                   "; this version reads format ", kFormat,
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
  ASSIGN_OR_RETURN(const std::unique_ptr<rocksdb::BackupEngineReadOnly> engine,
                   OpenEngineToRead(env, folder));
  ASSIGN_OR_RETURN(restored.backup, FindBackup(engine.get(), folder, options.number));
  RETURN_IF_ERROR(CheckFormat(restored.backup));
  ASSIGN_OR_RETURN(Target target, Target::Prepare(WithoutSlash(directory)));
  const uint32_t number = restored.backup.number();
  RETURN_IF_ERROR(BeginStep(options.hooks,
                            absl::StrCat("copying backup ", number, " of ",
                                         restored.backup.created_at(), ", ",
                                         restored.backup.bytes(), " bytes"),
                            kCancelled));
  const std::string database = target.staging() + "/db";
  RETURN_IF_ERROR(FromBackupEngine(
      engine->RestoreDBFromBackup(rocksdb::RestoreOptions(), number, database, database),
      absl::StrCat("restoring backup ", number, " of ", folder)));
  // The database is whole here and not open yet: what lies beside it in a data directory and must
  // fit it is written here, into target.staging(), and named in kParts before "db".
  {
    StoreOptions store_options;
    store_options.create_if_missing = false;
    store_options.owner = options.owner;
    ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                     Store::Open(target.staging(), store_options));
    const absl::StatusOr<StoreCheck> check = CheckStore(*store, options.hooks);
    if (model::ReasonOf(check.status()) == Reason::kCancelled) {
      return MakeError(Reason::kCancelled, kCancelled);
    }
    RETURN_IF_ERROR(check.status());
    restored.check = *check;
    RETURN_IF_ERROR(CheckAgainstRecord(*store, restored.backup, restored.check));
  }
  RETURN_IF_ERROR(BeginStep(options.hooks, "keeping what was restored", kCancelled));
  if (!options.dry_run) RETURN_IF_ERROR(target.Keep(env));
  return restored;
}

}  // namespace codeset::store
