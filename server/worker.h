// A thread of its own for work that takes long, so that gRPC's threads never do it.
//
//   Worker worker;
//   worker.Run([=] { … });   // one after another, in the order given
//
// Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace codeset::server {

// How a thread, and those that it begins, compete with others for processors.
enum class Priority {
  kNormal,
  // Behind whoever answers calls: what takes long and that nobody's answer waits for.
  kBackground,
};

// Sets the priority of the thread that calls it; on systems other than Linux nothing happens.
void SetPriority(Priority priority);

// See above. Destroying a worker waits for all the work that it was given.
class Worker {
 public:
  explicit Worker(Priority priority = Priority::kNormal)
      : thread_([this, priority] { Loop(priority); }) {}
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs `work` after what was given before. It must not throw.
  void Run(std::function<void()> work);

 private:
  void Loop(Priority priority);

  absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Last, so that it begins when the rest is there.
  std::thread thread_;
};

}  // namespace codeset::server
