#include "server/file_stamp.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

constexpr size_t kMaxSmallFile = size_t{1} << 20;

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileStamp StampOf(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, Nanoseconds(status.st_mtim),
          Nanoseconds(status.st_ctim)};
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, absl::string_view what) {
  const auto unreadable = [&](absl::string_view why) {
    return model::MakeError(model::Reason::kArgumentInvalid,
                            absl::StrCat("the ", what, " ", path, " cannot be read: ", why));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unreadable(std::strerror(errno));
  std::string text;
  char buffer[4096];
  ssize_t count = 0;
  while (text.size() <= kMaxSmallFile && (count = ::read(file, buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<size_t>(count));
  }
  const int error = count < 0 ? errno : 0;
  ::close(file);
  if (error != 0) return unreadable(std::strerror(error));
  if (text.size() > kMaxSmallFile) return unreadable("it has more than 1 MiB");
  return text;
}

}  // namespace codeset::server
