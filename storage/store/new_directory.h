// A data directory in the making: what a restore or a migration makes is made in a folder within
// it, and renamed into place when it has been proved.
//
//   ASSIGN_OR_RETURN(NewDirectory made, NewDirectory::Prepare("/var/lib/codeset"));
//   ... Store::Open(made.staging(), …) …
//   RETURN_IF_ERROR(made.Keep());
//
// Not thread-safe.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace codeset::store {

// See above. One that is not kept leaves the directory as it was.
class NewDirectory {
 public:
  // Begins with a directory that is empty, but for what one that was killed left, or missing in a
  // folder that is there, and keeps others from making one there meanwhile. ARGUMENT_INVALID for
  // any other; DATA_DIRECTORY_LOCKED where somebody makes one there; STORAGE_FAILED.
  static absl::StatusOr<NewDirectory> Prepare(const std::string& directory);
  NewDirectory(NewDirectory&& other) noexcept
      : directory_(std::move(other.directory_)),
        made_(other.made_),
        kept_(std::exchange(other.kept_, true)),
        lock_(std::exchange(other.lock_, -1)) {}
  NewDirectory& operator=(NewDirectory&&) = delete;
  ~NewDirectory();

  // The folder to make it in. Within the directory, and not beside it: a data directory is often a
  // disk of its own, or all that its owner may write.
  std::string staging() const;

  // Renames what was made into its place. The store in it must be closed. ARGUMENT_INVALID where
  // another process has made a database there; STORAGE_FAILED, which says so where the directory is
  // made all the same.
  absl::Status Keep();

 private:
  explicit NewDirectory(std::string directory) : directory_(std::move(directory)) {}

  // Locks the directory, which is there.
  absl::Status Lock();

  // That the directory is empty but for what one that was killed left, which goes.
  absl::Status CheckEmpty() const;

  std::string directory_;
  // The directory was not there.
  bool made_ = false;
  bool kept_ = false;
  // The directory, opened and locked; -1 if it is not.
  int lock_ = -1;
};

// Whether a folder is none that a restore or a migration was making when it was ended: it has no
// database yet, and to begin an empty one there would hide that. STORAGE_FAILED says how to go on.
absl::Status CheckNotUnfinished(const std::string& directory);

}  // namespace codeset::store
