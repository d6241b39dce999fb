#include "storage/store/new_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup_folder.h"
#include "storage/store/database.h"

namespace codeset::store {
namespace {

namespace fs = std::filesystem;
using model::MakeError;
using model::Reason;

constexpr char kStaging[] = "unfinished";
// What is renamed out of it, in this order. The database is the last: it is what makes the folder a
// data directory.
constexpr std::array<const char*, 2> kParts = {"GENERATION", "db"};

absl::Status Refused(const std::string& directory, absl::string_view why) {
  return MakeError(Reason::kArgumentInvalid, absl::StrCat("data directory ", directory, " ", why));
}

absl::Status Failed(absl::string_view what, const std::string& path, const std::error_code& error) {
  return MakeError(Reason::kStorageFailed, absl::StrCat(what, " ", path, ": ", error.message()));
}

// A path without slashes at its end, which would be taken for an empty name.
std::string WithoutSlash(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  return normal.has_filename() ? normal.string() : normal.parent_path().string();
}

}  // namespace

absl::StatusOr<NewDirectory> NewDirectory::Prepare(const std::string& directory) {
  NewDirectory made(WithoutSlash(directory));
  std::error_code error;
  const fs::file_status status = fs::status(made.directory_, error);
  if (status.type() == fs::file_type::not_found) {
    const fs::path parent = fs::absolute(made.directory_, error).parent_path();
    if (error || !fs::is_directory(parent, error)) {
      return Refused(directory, "cannot be made: the folder that it is to lie in is missing");
    }
    if (!fs::create_directory(made.directory_, error)) {
      return Failed("making data directory", directory, error);
    }
    made.made_ = true;
    if (absl::Status locked = made.Lock(); !locked.ok()) {
      // It is another's by now.
      made.kept_ = true;
      return locked;
    }
  } else if (error) {
    return Failed("reading data directory", directory, error);
  } else if (!fs::is_directory(status)) {
    return Refused(directory, "is no folder");
  } else {
    // What another makes there is not removed either.
    made.kept_ = true;
    RETURN_IF_ERROR(made.Lock());
    RETURN_IF_ERROR(made.CheckEmpty());
    made.kept_ = false;
  }
  if (!fs::create_directory(made.staging(), error)) return Failed("making", made.staging(), error);
  return made;
}

NewDirectory::~NewDirectory() {
  if (!kept_) {
    std::error_code ignored;
    fs::remove_all(staging(), ignored);
    if (made_) fs::remove(directory_, ignored);
  }
  if (lock_ >= 0) close(lock_);
}

absl::Status NewDirectory::Lock() {
  // The directory itself, so that no file is in the way and none is left.
  lock_ = open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ >= 0 && flock(lock_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (lock_ >= 0 && errno == EWOULDBLOCK) {
    return MakeError(Reason::kDataDirectoryLocked,
                     absl::StrCat("data directory ", directory_,
                                  " is being restored or migrated by another process; let it end, "
                                  "or name another directory"),
                     {{"directory", directory_}});
  }
  return Failed("locking data directory", directory_,
                std::error_code(errno, std::generic_category()));
}

std::string NewDirectory::staging() const { return absl::StrCat(directory_, "/", kStaging); }

absl::Status NewDirectory::Keep() {
  rocksdb::Env& env = *rocksdb::Env::Default();
  std::error_code error;
  if (fs::exists(absl::StrCat(directory_, "/", kParts.back()), error)) {
    return Refused(directory_, "was made by another process meanwhile; nothing in it was changed");
  }
  for (const char* part : kParts) {
    const std::string to = absl::StrCat(directory_, "/", part);
    const rocksdb::Status renamed = env.RenameFile(absl::StrCat(staging(), "/", part), to);
    if (renamed.ok()) continue;
    // What was renamed before it means nothing without the database.
    for (const char* made : kParts) {
      if (made == part) break;
      fs::remove_all(absl::StrCat(directory_, "/", made), error);
    }
    return FromBackupEngine(renamed, absl::StrCat("making ", to));
  }
  kept_ = true;
  rocksdb::Status status = SyncFolder(env, directory_);
  if (status.ok() && made_) {
    status = SyncFolder(env, fs::absolute(directory_, error).parent_path().string());
  }
  fs::remove_all(staging(), error);
  return FromBackupEngine(status, absl::StrCat("data directory ", directory_,
                                               " is made and whole, but a power cut may still undo "
                                               "that, since its folder could not be synced"));
}

absl::Status NewDirectory::CheckEmpty() const {
  std::error_code error;
  const bool killed = fs::exists(staging(), error) && !fs::exists(directory_ + "/db", error);
  fs::directory_iterator entry(directory_, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name == "lost+found") continue;
    const bool left =
        name == kStaging || std::find(kParts.begin(), kParts.end(), name) != kParts.end();
    if (killed && left) continue;
    return Refused(directory_, absl::StrCat("is not empty: it has ", name, "; name an empty one"));
  }
  if (error) return Failed("reading data directory", directory_, error);
  if (!killed) return absl::OkStatus();
  for (const char* part : kParts) fs::remove_all(absl::StrCat(directory_, "/", part), error);
  if (!error) fs::remove_all(staging(), error);
  if (error) return Failed("removing what was left unfinished in", directory_, error);
  return absl::OkStatus();
}

absl::Status CheckNotUnfinished(const std::string& directory) {
  std::error_code ignored;
  const std::string staging = absl::StrCat(directory, "/", kStaging);
  if (fs::exists(directory + "/db", ignored)) {
    // One that was killed when it had just been kept leaves the folder, empty.
    fs::remove(staging, ignored);
    return absl::OkStatus();
  }
  if (!fs::exists(staging, ignored)) return absl::OkStatus();
  return MakeError(Reason::kStorageFailed,
                   absl::StrCat("data directory ", directory,
                                " is being restored or migrated, or was when that was ended: let "
                                "it end, or run it again (codesetd restore, codesetd migrate)"));
}

}  // namespace codeset::store
