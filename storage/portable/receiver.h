// Takes a release from the messages of ExportRelease (proto/codeset/v1/releases.proto), proving
// each page as it comes.
//
//   ReleaseReceiver receiver(held);                        // what the client has already
//   while (…) RETURN_IF_ERROR(receiver.Take(message));
//   ASSIGN_OR_RETURN(Received received, receiver.Finish());
//
// Nothing is taken that was not asked for: a page must have the digest that a page above it
// names, and be about what that says. That bounds nothing, as whoever sends makes the pages; what
// a sender can have held is bounded by kMaxPortableBytes of pages (limits.h) and one message.
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
#include "storage/portable/limits.h"
#include "storage/portable/page_tree.h"
#include "storage/portable/pages.h"
#include "storage/portable/portable_release.h"

namespace codeset::portable {

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
  // `max_bytes` is how much is taken in pages; others than the default are for tests.
  explicit ReleaseReceiver(Pages held, size_t max_bytes = kMaxPortableBytes)
      : pages_(std::move(held)), max_bytes_(max_bytes) {}

  // Takes the next message. DATA_DAMAGED where it is not what was asked for, or more than is taken.
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
  const size_t max_bytes_;
  bool begun_ = false;
  PortableRelease release_;
  // All pages that were named so far, and those of them that are not there yet.
  NamedPages named_;
  absl::flat_hash_map<std::pair<model::FacetGroup, model::Digest>, PageNeed> expected_;
  // Of all pages that came, also of those that were there.
  size_t bytes_sent_ = 0;
  size_t pages_received_ = 0;
  size_t bytes_received_ = 0;
};

}  // namespace codeset::portable
