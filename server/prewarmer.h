// Builds the images of all releases in the background, newest first, and then compares those
// that pages were verified against with `current` and the newest, so that requests find all that
// ready: at start and whenever what is loaded has changed.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <memory>

#include "server/backend.h"
#include "server/worker.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// See above.
class Prewarmer {
 public:
  // `backend` must outlive the prewarmer.
  explicit Prewarmer(const Backend& backend) : backend_(backend) {}
  // Waits for the image that is being built or compared, and leaves the rest.
  ~Prewarmer() { stopping_ = true; }

  // Begins to build what is missing; returns at once. Errors are left to the requests that
  // need the image: they meet the same ones, and can tell somebody.
  void Start();

 private:
  // Compares what the verification queues of `current` and the newest release need.
  void WarmQueue(const std::shared_ptr<const store::Catalog>& catalog);
  // Whether the work is not wanted any more.
  bool IsStale(const std::shared_ptr<const store::Catalog>& catalog) const {
    return stopping_ || backend_.store.catalog() != catalog;
  }

  const Backend& backend_;
  std::atomic<bool> stopping_ = false;
  Worker worker_;
};

}  // namespace codeset::server
