// Bearer tokens by which an admin listener knows its callers. The server keeps their SHA-256
// alone: who reads its file learns no token.
//
// The file has one token a line, a name and the digest; empty lines and those that begin with #
// are left out. `codesetd hash-token NAME` prints such a line:
//
//   deploy 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//
// A digest without salt is enough, since a token is nothing that one could guess: it has at least
// kMinTokenBytes.
//
// Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/file_stamp.h"
#include "storage/model/digest.h"

namespace codeset::server {

// A token has so many printable characters without spaces.
inline constexpr size_t kMinTokenBytes = 32;
inline constexpr size_t kMaxTokenBytes = 1024;
inline constexpr size_t kMaxTokens = 1000;

// One line of a token file.
struct TokenEntry {
  std::string name;
  model::Digest digest;
};

// Reads the lines of a token file; `path` is for errors. ARGUMENT_INVALID names file, line and
// reason; also where there is no token, a name stands twice, or there are more than kMaxTokens.
absl::StatusOr<std::vector<TokenEntry>> ParseTokens(absl::string_view text, absl::string_view path);

// The line of a token file that lets `token` in under `name`. ARGUMENT_INVALID for a name that is
// not 1 to 63 of A-Z a-z 0-9 . _ - and a token that is too short, too long or not printable.
absl::StatusOr<std::string> TokenLine(absl::string_view name, absl::string_view token);

// 256 random bits as 64 hexadecimal digits. INTERNAL where the system has no randomness.
absl::StatusOr<std::string> RandomToken();

// A token file that is read again when it has changed.
class AdminTokens {
 public:
  // ARGUMENT_INVALID as ParseTokens, or where the file cannot be read.
  static absl::StatusOr<std::unique_ptr<AdminTokens>> Open(const std::string& path);

  // The name of a token. UNAUTHENTICATED for one that the file does not have, and for all of them
  // while the file cannot be read: a token that was taken out must not come back by a mistake.
  absl::StatusOr<std::string> NameOf(absl::string_view token);

 private:
  explicit AdminTokens(std::string path) : path_(std::move(path)) {}

  absl::Status Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  absl::Mutex mutex_;
  FileStamp stamp_ ABSL_GUARDED_BY(mutex_);
  // Empty while the file cannot be read.
  std::vector<TokenEntry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace codeset::server
