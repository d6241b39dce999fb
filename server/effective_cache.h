// What applies to codes and differs between two releases, computed once for each pair that is
// asked about.
//
// Thread-safe; two requests that need the same pair wait for one computation.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "storage/image/image.h"
#include "storage/query/effective.h"

namespace codeset::server {

// See above.
class EffectiveCache {
 public:
  // Keeps the images for as long as it is kept.
  struct Pair {
    std::shared_ptr<const image::Image> from;
    std::shared_ptr<const image::Image> to;
    query::EffectiveDifference difference;
  };

  // The difference of two images, which are told apart by identity: an image that was built
  // anew, since something else is on loan, is another. Takes up to some tenths of a second the
  // first time.
  std::shared_ptr<const Pair> Get(const std::shared_ptr<const image::Image>& from,
                                  const std::shared_ptr<const image::Image>& to);

 private:
  struct Entry {
    std::shared_ptr<const image::Image> from;
    std::shared_ptr<const image::Image> to;
    std::once_flag once;
    std::shared_ptr<const Pair> pair;
  };

  // Guards entries_; the newest used is the first.
  std::mutex mutex_;
  std::list<std::shared_ptr<Entry>> entries_;
};

}  // namespace codeset::server
