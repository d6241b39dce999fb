#include "storage/portable/atomic_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::portable {
namespace {

constexpr int kMaxAttempts = 100;
// As many links one behind the other as Linux follows.
constexpr int kMaxLinks = 40;
// The bits of a mode that are kept: who may read and write.
constexpr mode_t kPermissions = 0777;

// What could not be done, by errno.
absl::Status Failed(absl::string_view what, const std::string& path) {
  return model::MakeError(
      model::Reason::kStorageFailed,
      absl::StrCat(what, " ", model::CleanName(path), ": ", std::strerror(errno)),
      {{"file", model::CleanName(path)}});
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Where a path leads: itself, or what the link that it is points at, which need not be there.
absl::StatusOr<std::string> BehindLinks(std::string path) {
  for (int followed = 0; followed <= kMaxLinks; ++followed) {
    std::array<char, PATH_MAX> target = {};
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    // No link, or nothing.
    if (size < 0) return path;
    const std::string text(target.data(), static_cast<size_t>(size));
    path = absl::StartsWith(text, "/") ? text : absl::StrCat(FolderOf(path), "/", text);
  }
  errno = ELOOP;
  return Failed("cannot write", path);
}

}  // namespace

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& named) {
  struct stat there = {};
  // Renaming would put a file in the place of a device such as /dev/stdout.
  const bool replaces = ::stat(named.c_str(), &there) == 0;
  if (replaces && !S_ISREG(there.st_mode)) {
    return model::MakeError(
        model::Reason::kStorageFailed,
        absl::StrCat(model::CleanName(named), " is there and is no plain file; name another place"),
        {{"file", model::CleanName(named)}});
  }
  ASSIGN_OR_RETURN(std::string path, BehindLinks(named));
  static std::atomic<unsigned> made = 0;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    std::string unfinished = absl::StrCat(path, ".", ::getpid(), ".", made++, ".unfinished");
    // Never open to more than it will be.
    const int descriptor = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                  replaces ? there.st_mode & kPermissions & 0600U : 0666U);
    if (descriptor != -1) {
      AtomicFile file(std::move(path), std::move(unfinished), descriptor);
      if (replaces && ::fchmod(descriptor, there.st_mode & kPermissions) != 0) {
        return Failed("cannot write beside", file.path_);
      }
      return file;
    }
    // Another process of this number may have left one.
    if (errno != EEXIST) break;
  }
  return Failed("cannot write beside", path);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      unfinished_(std::exchange(other.unfinished_, "")),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ != -1) ::close(descriptor_);
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

absl::Status AtomicFile::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failed("cannot write", path_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Commit() {
  if (::fsync(descriptor_) != 0) return Failed("cannot sync", path_);
  if (::close(std::exchange(descriptor_, -1)) != 0) return Failed("cannot write", path_);
  if (std::rename(unfinished_.c_str(), path_.c_str()) != 0) return Failed("cannot write", path_);
  unfinished_.clear();
  // So that the new name survives a crash, too. Where the folder cannot be synced the file is
  // there all the same.
  const int folder = ::open(FolderOf(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder != -1) {
    ::fsync(folder);
    ::close(folder);
  }
  return absl::OkStatus();
}

}  // namespace codeset::portable
