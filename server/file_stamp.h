// Whether a small file that an operator replaces while the server runs is still the one that was
// read: certificates, keys, tokens.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace codeset::server {

// What changes when a file is written or another takes its place (also behind a symbolic link, as
// Kubernetes replaces secrets).
struct FileStamp {
  // All zero where the file is not there.
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t modified_nanoseconds = 0;
  int64_t changed_nanoseconds = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// The stamp of a file as it is now; taken before it is read, so that a change in between shows.
FileStamp StampOf(const std::string& path);

// All of a file of at most 1 MiB. ARGUMENT_INVALID names `what` it is, its path and the reason.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, absl::string_view what);

}  // namespace codeset::server
