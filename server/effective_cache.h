// What applies to codes and differs between two releases, computed once for each pair that is
// asked about.
//
// Thread-safe; two requests that need the same pair wait for one computation.
#pragma once

#include <list>
#include <memory>
#include <mutex>

#include "storage/image/image.h"
#include "storage/query/effective.h"

namespace codeset::server {

// See above.
class EffectiveCache {
 public:
  // The difference of two images, which are told apart by identity: an image that was built
  // anew, since something else is on loan, is another. Takes up to some tenths of a second the
  // first time. The images are not kept: what it holds are places in them, for whoever has them.
  std::shared_ptr<const query::EffectiveDifference> Get(
      const std::shared_ptr<const image::Image>& from,
      const std::shared_ptr<const image::Image>& to);

 private:
  struct Entry {
    std::weak_ptr<const image::Image> from;
    std::weak_ptr<const image::Image> to;
    std::once_flag once;
    std::shared_ptr<const query::EffectiveDifference> difference;
  };

  // Guards entries_; the newest used is the first.
  std::mutex mutex_;
  std::list<std::shared_ptr<Entry>> entries_;
};

}  // namespace codeset::server
