#include "server/open_cache.h"

#include <utility>

#include "storage/model/status_macros.h"

namespace codeset::server {

absl::StatusOr<std::shared_ptr<const OpenCache::Opened>> OpenCache::Open(
    const Backend& backend, const v1::ReleaseSelector& selector, Image image) {
  const std::shared_ptr<const store::Catalog> catalog = backend.store.catalog();
  const model::Date today = model::DateInNewYork(backend.clock());
  const std::string key = selector.SerializeAsString();
  const bool may_keep = key.size() <= kMostSelectorBytes;
  if (may_keep) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (catalog_ == catalog && today_ == today) {
      if (const auto it = opened_.find(key); it != opened_.end()) return it->second;
    }
  }
  auto opened = std::make_shared<Opened>();
  ASSIGN_OR_RETURN(opened->open, ResolveIn(backend, catalog, selector, "release"));
  OpenRelease& open = opened->open;
  if (image == Image::kWait) {
    RETURN_IF_ERROR(OpenImage(backend, open));
  } else {
    ASSIGN_OR_RETURN(open.image,
                     backend.store.ImageIfReady(*catalog, open.release->id.ToString(), open.today));
  }
  opened->resolved = open.resolved.SerializeAsString();
  if (open.image == nullptr) return opened;
  // What a request came to that took its catalog before a change is of no use to others, and would
  // hold on to what was deleted.
  if (!may_keep || backend.store.catalog() != catalog) return opened;
  // The request's own day decides, should midnight have passed since.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (catalog_ != catalog || today_ != open.today || opened_.size() >= kMostSelectors) {
    opened_.clear();
    catalog_ = catalog;
    today_ = open.today;
  }
  opened_.emplace(key, opened);
  return opened;
}

void OpenCache::Forget() {
  const std::lock_guard<std::mutex> lock(mutex_);
  opened_.clear();
  catalog_.reset();
}

}  // namespace codeset::server
