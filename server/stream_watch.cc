#include "server/stream_watch.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

// The watch looks so many times within its limit.
constexpr int kLooks = 8;

int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

StreamWatch::~StreamWatch() {
  std::thread thread;
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

void StreamWatch::Add(StreamTimer* timer) {
  const absl::MutexLock lock(&mutex_);
  Link(timer, timers_);
  if (!thread_.joinable()) thread_ = std::thread([this] { Loop(); });
}

void StreamWatch::Remove(StreamTimer* timer) {
  const absl::MutexLock lock(&mutex_);
  Unlink(timer, timer->is_due_ ? expired_ : timers_);
  // Its own function may have ended its stream.
  if (running_ != timer || std::this_thread::get_id() == thread_.get_id()) return;
  const auto done = [this, timer]()
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ != timer; };
  mutex_.Await(absl::Condition(&done));
}

void StreamWatch::Link(StreamTimer* timer, StreamTimer*& first) {
  timer->previous_ = nullptr;
  timer->next_ = first;
  if (first != nullptr) first->previous_ = timer;
  first = timer;
}

void StreamWatch::Unlink(StreamTimer* timer, StreamTimer*& first) {
  if (timer->next_ != nullptr) timer->next_->previous_ = timer->previous_;
  (timer->previous_ != nullptr ? timer->previous_->next_ : first) = timer->next_;
}

void StreamWatch::Expire(int64_t latest) {
  StreamTimer* next = nullptr;
  for (StreamTimer* timer = timers_; timer != nullptr; timer = next) {
    next = timer->next_;
    int64_t since = timer->since_;
    if (since == StreamTimer::kNotWaiting || since == StreamTimer::kExpired || since > latest) {
      continue;
    }
    // Where it has gone on meanwhile, it has not expired.
    if (!timer->since_.compare_exchange_strong(since, StreamTimer::kExpired)) continue;
    Unlink(timer, timers_);
    Link(timer, expired_);
    timer->is_due_ = true;
  }
}

void StreamWatch::Loop() {
  const int64_t limit = absl::ToInt64Nanoseconds(limit_);
  const absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&stopping_), limit_ / kLooks)) {
    Expire(Now() - limit);
    while (StreamTimer* const timer = expired_) {
      Unlink(timer, expired_);
      Link(timer, timers_);
      timer->is_due_ = false;
      running_ = timer;
      // A copy, since it may end its stream and so the timer. Without the lock, since it calls
      // gRPC.
      const std::function<void()> expire = timer->expire_;
      mutex_.Unlock();
      expire();
      mutex_.Lock();
      running_ = nullptr;
    }
  }
}

StreamTimer::StreamTimer(std::shared_ptr<StreamWatch> watch, std::function<void()> expire)
    : watch_(std::move(watch)), expire_(std::move(expire)) {
  watch_->Add(this);
}

void StreamTimer::Start() {
  int64_t idle = kNotWaiting;
  since_.compare_exchange_strong(idle, Now());
}

bool StreamTimer::Stop() {
  int64_t since = since_;
  while (since != kExpired && !since_.compare_exchange_weak(since, kNotWaiting)) {
  }
  return since != kExpired;
}

absl::Status StreamTimer::Idle(absl::string_view what) const {
  return model::MakeError(
      model::Reason::kStreamIdle,
      absl::StrCat("nothing came for ", absl::FormatDuration(watch_->limit()), ", and ", what,
                   "; send without such pauses, or let the server wait longer with "
                   "--stream-idle-seconds"));
}

}  // namespace codeset::server
