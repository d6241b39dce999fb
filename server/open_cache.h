// The releases that selectors have lately resolved to, ready to answer from.
//
// Resolving a selector costs a few microseconds, most of it for the message that names the
// release in the answer, and nearly all requests use one of a few selectors. What is kept here
// holds for one catalog and one day in New York: with another of either all of it is forgotten,
// so that nothing is ever answered from what a selector meant before.
//
// Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "codeset/v1/selector.pb.h"
#include "server/backend.h"
#include "storage/model/date.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// See above.
class OpenCache {
 public:
  // What a selector resolves to.
  struct Opened {
    OpenRelease open;
    // `open.resolved` as it serialises.
    std::string resolved;
  };

  // Whether an image that is not there is waited for, or left out (null); such an answer is not
  // kept.
  enum class Image { kWait, kIfReady };

  // The release of a selector, with its image. Errors are those of Open in backend.h; none is
  // kept. `backend` must be the same one at every call.
  absl::StatusOr<std::shared_ptr<const Opened>> Open(const Backend& backend,
                                                     const v1::ReleaseSelector& selector,
                                                     Image image = Image::kWait);

  // Lets go of everything, so that what a deleted release held is free at once.
  void Forget();

 private:
  // Selectors come from clients, with whatever fields they do not know, so there must be limits.
  static constexpr size_t kMostSelectors = 256;
  static constexpr size_t kMostSelectorBytes = 1000;

  // Held for moments only; guards the rest. (The standard's mutex, see storage/image/page.h.)
  std::mutex mutex_;
  // What `opened_` holds for.
  std::shared_ptr<const store::Catalog> catalog_;
  model::Date today_;
  // By the selector as it serialises.
  absl::flat_hash_map<std::string, std::shared_ptr<const Opened>> opened_;
};

}  // namespace codeset::server
