#include "tests/benchmark/queue_waker.h"

namespace codeset::bench {

QueueWaker::QueueWaker(grpc::CompletionQueue& queue) : queue_(queue), thread_([this] { Run(); }) {}

QueueWaker::~QueueWaker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void QueueWaker::WakeAt(Clock::time_point moment) {
  {
    const std::lock_guard lock(mutex_);
    if (sent_ || moment == moment_) return;
    moment_ = moment;
  }
  changed_.notify_one();
}

void QueueWaker::Woken() {
  const std::lock_guard lock(mutex_);
  sent_ = false;
}

void QueueWaker::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (moment_ == Clock::time_point::max()) {
      changed_.wait(lock);
    } else if (Clock::now() < moment_) {
      changed_.wait_until(lock, moment_);
    } else {
      moment_ = Clock::time_point::max();
      sent_ = true;
      // A moment that has passed: the queue tells of it at once.
      alarm_.Set(&queue_, std::chrono::system_clock::time_point(), tag());
    }
  }
}

}  // namespace codeset::bench
