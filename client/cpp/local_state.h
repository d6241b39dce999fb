// What a LocalCodeSet holds. Included by its own sources alone.
//
// A snapshot is what is held at one instant; a question takes one and is answered from it
// throughout.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cpp/error.h"
#include "client/cpp/local_code_set.h"
#include "codeset/v1/selector.pb.h"
#include "storage/image/image.h"
#include "storage/image/page.h"
#include "storage/model/edition_register.h"
#include "storage/portable/pages.h"
#include "storage/portable/portable_release.h"
#include "storage/query/release_set.h"

namespace codeset::client {

// A release that is held. Thread-safe.
class HeldRelease {
 public:
  explicit HeldRelease(portable::PortableRelease release,
                       std::shared_ptr<const image::Image> image = nullptr);

  const portable::PortableRelease& release() const { return release_; }
  const image::ImageSpec& spec() const { return release_.spec; }
  const std::string& id() const { return release_.spec.release_id; }
  // How answers name it: by its id.
  const v1::ResolvedRelease& resolved() const { return resolved_; }

  // The image, built when it is first asked for. DATA_DAMAGED where the pages contradict each
  // other.
  absl::StatusOr<std::shared_ptr<const image::Image>> Image(const portable::Pages& pages,
                                                            image::PageCache& cache) const;
  // Its concepts for look-ups, made when they are first asked for; `image` is its image.
  std::shared_ptr<const LocalConcepts> Concepts(std::shared_ptr<const image::Image> image) const;

 private:
  const portable::PortableRelease release_;
  const v1::ResolvedRelease resolved_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const image::Image> image_;
  mutable std::shared_ptr<const LocalConcepts> concepts_;
};

// What is held at one instant.
struct Snapshot {
  // Oldest first.
  std::vector<std::shared_ptr<const HeldRelease>> releases;
  std::shared_ptr<const portable::Pages> pages = std::make_shared<const portable::Pages>();
  std::map<std::string, std::string> labels;
};

// A release that answers, with all that it may need of others.
struct LocalAnswerer {
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<const HeldRelease> held;
  std::shared_ptr<const image::Image> image;

  const v1::ResolvedRelease& resolved() const { return held->resolved(); }
};

// See above. Thread-safe.
class LocalCodeSet::State {
 public:
  explicit State(model::Clock day_clock) : clock(std::move(day_clock)) {}

  std::shared_ptr<const Snapshot> snapshot() const;
  void Serve(Snapshot snapshot);

  // Resolves a selector whose path in the request is `field`, and opens the image. The selector
  // must have been checked.
  absl::StatusOr<LocalAnswerer> Open(const v1::ReleaseSelector& selector, absl::string_view field);
  absl::StatusOr<LocalAnswerer> Open(std::shared_ptr<const Snapshot> from,
                                     const v1::ReleaseSelector& selector, absl::string_view field);

  // The releases of a snapshot, for questions that concern more than one of them.
  query::ReleaseSet SetOf(std::shared_ptr<const Snapshot> from);

  const model::Clock clock;
  // The editions that this program was built with.
  const model::EditionRegister editions = model::EditionRegister::BuiltIn();
  image::PageCache cache;
  // Held while what is held is replaced: by a pull, for all of its length.
  std::mutex write_mutex;

 private:
  // Held for moments only; guards the snapshot.
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();
};

// An error as a call to a server would have brought it; OK is OK.
absl::Status AsClientError(const absl::Status& status);

// The same of an answer.
template <typename T>
absl::StatusOr<T> Answered(absl::StatusOr<T> answer) {
  if (answer.ok()) return answer;
  return AsClientError(answer.status());
}

}  // namespace codeset::client
