// Ends calls whose client neither sends what it began to send nor takes what it asked for: else a
// half-open upload would hold the one place for loads, and a slow reader a snapshot of the storage
// or its answer, for as long as its connection answers keepalives.
//
//   StreamTimer timer(watch, [this] { context_->TryCancel(); });
//   timer.Start();      // a read or a write begins
//   …
//   if (!timer.Stop())  // it is done; false where it took too long and the function has run
//
// Thread-safety: StreamWatch is thread-safe. A timer is used by one reaction after another, as
// gRPC's reactors are; its function runs on the watch's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace codeset::server {

class StreamTimer;

// So long a stream may stand still, or an answer not be taken, unless the server is told otherwise.
inline constexpr absl::Duration kDefaultStreamIdle = absl::Minutes(5);

// See above.
class StreamWatch {
 public:
  // A read or write may take `limit`, and up to an eighth longer.
  explicit StreamWatch(absl::Duration limit = kDefaultStreamIdle) : limit_(limit) {}
  // To be called when all timers are gone.
  ~StreamWatch();
  StreamWatch(const StreamWatch&) = delete;
  StreamWatch& operator=(const StreamWatch&) = delete;

  absl::Duration limit() const { return limit_; }

 private:
  friend class StreamTimer;

  void Add(StreamTimer* timer);
  // Returns when the timer's function does not run any more and will not.
  void Remove(StreamTimer* timer);
  void Loop();
  static void Link(StreamTimer* timer, StreamTimer*& first);
  static void Unlink(StreamTimer* timer, StreamTimer*& first);
  // Moves the timers that have waited since `latest` or longer to those that are expired: in one
  // pass, since every call needs the lock.
  void Expire(int64_t latest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::Duration limit_;
  absl::Mutex mutex_;
  // The first of a list: every call has a timer, so that joining and leaving cost little.
  StreamTimer* timers_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // The first of those that have expired and whose functions have not run yet.
  StreamTimer* expired_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // The one whose function runs.
  StreamTimer* running_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Begins with the first timer.
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

// A timer of one stream.
class StreamTimer {
 public:
  // `expire` runs at most once, between Start and Stop.
  StreamTimer(std::shared_ptr<StreamWatch> watch, std::function<void()> expire);
  ~StreamTimer() { watch_->Remove(this); }
  StreamTimer(const StreamTimer&) = delete;
  StreamTimer& operator=(const StreamTimer&) = delete;

  // Begins to wait, unless it has expired.
  void Start();
  // Ends it. False where it has expired.
  bool Stop();

  // STREAM_IDLE, for a stream whose client did not go on; `what` did not come to its end.
  absl::Status Idle(absl::string_view what) const;

 private:
  friend class StreamWatch;

  const std::shared_ptr<StreamWatch> watch_;
  const std::function<void()> expire_;
  // Its neighbours in the watch's list; guarded by the watch's mutex.
  StreamTimer* previous_ = nullptr;
  StreamTimer* next_ = nullptr;
  // Whether it is in the list of those that have expired.
  bool is_due_ = false;
  // When it began to wait, in nanoseconds of the steady clock; or one of two other states.
  static constexpr int64_t kNotWaiting = 0;
  static constexpr int64_t kExpired = -1;
  std::atomic<int64_t> since_ = kNotWaiting;
};

}  // namespace codeset::server
