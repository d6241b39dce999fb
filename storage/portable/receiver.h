// Takes a release from the messages of ExportRelease (proto/codeset/v1/releases.proto), proving
// each page as it comes.
//
//   ReleaseReceiver receiver(held);                        // what the client has already
//   while (…) RETURN_IF_ERROR(receiver.Take(message));
//   ASSIGN_OR_RETURN(Received received, receiver.Finish());
//
// Nothing is taken that was not asked for: a page must have the digest that a page above it
// names, and be about what that says. What a sender can make it hold is so bounded by what one
// release has.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/releases.pb.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"
#include "storage/portable/page_tree.h"
#include "storage/portable/pages.h"
#include "storage/portable/portable_release.h"

namespace codeset::portable {

// The largest page that is taken, in bytes; of those published the largest has half a megabyte.
inline constexpr size_t kMaxPageBytes = size_t{16} << 20;

// A release that has come, proved.
struct Received {
  PortableRelease release;
  // What was held, and what came.
  Pages pages;
  // How much came.
  size_t pages_received = 0;
  size_t bytes_received = 0;
};

// See above.
class ReleaseReceiver {
 public:
  explicit ReleaseReceiver(Pages held) : pages_(std::move(held)) {}

  // Takes the next message. DATA_DAMAGED where it is not what was asked for.
  absl::Status Take(const v1::ExportReleaseResponse& message);

  // What the release is built from, once the first message has come.
  const image::ImageSpec& spec() const { return release_.spec; }

  // Whether all pages that are needed are there.
  bool complete() const { return begun_ && expected_.empty(); }

  // The release, once the messages have ended; call it once. DATA_DAMAGED where pages are missing.
  absl::StatusOr<Received> Finish();

 private:
  absl::Status Begin(const v1::ExportReleaseResponse& message);
  // Notes what is needed, going on below pages that are there.
  absl::Status Expect(std::vector<PageNeed> needs);

  Pages pages_;
  bool begun_ = false;
  PortableRelease release_;
  absl::flat_hash_map<std::pair<model::FacetGroup, model::Digest>, PageNeed> expected_;
  size_t pages_received_ = 0;
  size_t bytes_received_ = 0;
};

}  // namespace codeset::portable
