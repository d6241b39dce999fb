#include "storage/source/input.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::source {
namespace {

namespace fs = std::filesystem;

absl::Status Unreadable(const fs::path& path, absl::string_view why) {
  return model::MakeFileError(model::Reason::kSourceUnreadable, model::CleanName(path.string()), 0,
                              why);
}

absl::StatusOr<std::string> ReadFile(const fs::path& path, size_t room) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (error) return Unreadable(path, absl::StrCat("cannot be read: ", error.message()));
  if (size > room) {
    return Unreadable(path, absl::StrCat("with this file the input is more than ",
                                         kMaxInputBytes >> 20, " MiB; name fewer files"));
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return Unreadable(path, absl::StrCat("cannot be opened: ", std::strerror(errno)));
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (static_cast<uintmax_t>(in.gcount()) != size) {
    return Unreadable(path, "could not be read to its end");
  }
  return bytes;
}

// The regular files below a folder, sorted.
absl::StatusOr<std::vector<fs::path>> ListFolder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    std::error_code entry_error;
    if (entry->is_regular_file(entry_error)) files.push_back(entry->path());
  }
  if (error) return Unreadable(folder, absl::StrCat("cannot be listed: ", error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<std::vector<InputFile>> ReadInputFiles(const std::vector<std::string>& paths) {
  std::vector<InputFile> inputs;
  size_t room = kMaxInputBytes;
  const auto add = [&](const fs::path& path, const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, room));
    room -= bytes.size();
    inputs.push_back({model::CleanName(name), std::move(bytes)});
    return absl::OkStatus();
  };
  for (const std::string& text : paths) {
    const fs::path path(text);
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
      return Unreadable(path, "no such file or folder");
    }
    if (error) return Unreadable(path, absl::StrCat("cannot be read: ", error.message()));
    if (fs::is_directory(status)) {
      ASSIGN_OR_RETURN(const std::vector<fs::path> files, ListFolder(path));
      for (const fs::path& file : files) {
        RETURN_IF_ERROR(add(file, file.lexically_relative(path).generic_string()));
      }
    } else if (fs::is_regular_file(status)) {
      RETURN_IF_ERROR(add(path, path.filename().string()));
    } else {
      return Unreadable(path, "neither a file nor a folder");
    }
  }
  return inputs;
}

}  // namespace codeset::source
