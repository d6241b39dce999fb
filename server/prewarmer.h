// Builds the images of all releases in the background, newest first, so that requests find
// them ready: at start and whenever what is loaded has changed.
//
// Thread-safe.
#pragma once

#include <atomic>

#include "server/worker.h"
#include "storage/store/store.h"

namespace codeset::server {

// See above.
class Prewarmer {
 public:
  // `store` must outlive the prewarmer.
  explicit Prewarmer(store::Store& store) : store_(store) {}
  // Waits for the image that is being built, and leaves the rest.
  ~Prewarmer() { stopping_ = true; }

  // Begins to build what is missing; returns at once. Errors are left to the requests that
  // need the image: they meet the same ones, and can tell somebody.
  void Start();

 private:
  store::Store& store_;
  std::atomic<bool> stopping_ = false;
  Worker worker_;
};

}  // namespace codeset::server
