// Gathers the messages of one load as they come in, and refuses what breaks their order or
// limits.
//
// Not thread-safe: each load has its own.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "codeset/v1/admin.pb.h"
#include "storage/source/input.h"

namespace codeset::server {

inline constexpr size_t kMaxChunkBytes = size_t{1} << 20;
inline constexpr size_t kMaxLoadBytes = size_t{256} << 20;
inline constexpr size_t kMaxFileNameBytes = 1024;
inline constexpr size_t kMaxLoadFiles = 1000;

// See above.
class Upload {
 public:
  // Caps other than the published ones are for tests.
  explicit Upload(size_t max_bytes = kMaxLoadBytes) : max_bytes_(max_bytes) {}

  // Takes the next message. ARGUMENT_INVALID, RELEASE_ID_INVALID for what is wrong with it, an end
  // that is not what was sent among that; LOAD_TOO_LARGE where all files together are.
  absl::Status Add(v1::LoadReleaseRequest& message);

  // What is wrong when no more messages come: there were no options, no file, or no end.
  absl::Status Finish() const;

  const v1::LoadOptions& options() const { return *options_; }
  std::vector<source::InputFile>& files() { return files_; }
  size_t bytes() const { return bytes_; }

 private:
  absl::Status AddChunk(v1::FileChunk& chunk);
  absl::Status End(const v1::LoadEnd& end);

  const size_t max_bytes_;
  std::optional<v1::LoadOptions> options_;
  std::vector<source::InputFile> files_;
  size_t bytes_ = 0;
  bool ended_ = false;
};

}  // namespace codeset::server
