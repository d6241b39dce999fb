// A file that is there whole or not at all: it is written beside its place, synced, and then
// renamed into it.
//
//   ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create("2026.csv"));
//   RETURN_IF_ERROR(file.Write(bytes));
//   RETURN_IF_ERROR(file.Commit());
//
// Not thread-safe.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace codeset::portable {

// See above. One that is not committed leaves nothing behind. What is replaced is the content
// alone: a symbolic link goes on pointing where it does, and the file that it names is the one
// that is written; a file keeps its mode. (Its owner becomes whoever writes.)
class AtomicFile {
 public:
  // Begins a file. STORAGE_FAILED where nothing can be written beside it, or what `named` names is
  // there and no plain file, or a link that goes round in circles.
  static absl::StatusOr<AtomicFile> Create(const std::string& named);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  // Appends. STORAGE_FAILED, after which it is not to be committed.
  absl::Status Write(absl::string_view bytes);

  // Puts the file into its place, in that of one that is there. STORAGE_FAILED; what is there
  // stays then. Called once, last.
  absl::Status Commit();

 private:
  AtomicFile(std::string path, std::string unfinished, int descriptor)
      : path_(std::move(path)), unfinished_(std::move(unfinished)), descriptor_(descriptor) {}

  // Where it goes, behind all links.
  std::string path_;
  // Empty once it has been renamed or removed.
  std::string unfinished_;
  // -1 once it is closed.
  int descriptor_;
};

}  // namespace codeset::portable
