// Ends a wait on a completion queue at a moment told to a fraction of a millisecond. (The queue's
// own deadlines are late by up to two, in which an open loop of some thousand calls a second would
// begin them in bunches.)
//
// Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "grpcpp/alarm.h"
#include "grpcpp/grpcpp.h"
#include "tests/benchmark/transport.h"

namespace codeset::bench {

// See above.
class QueueWaker {
 public:
  // The queue outlives the waker, and is not shut down before it is gone.
  explicit QueueWaker(grpc::CompletionQueue& queue);
  ~QueueWaker();
  QueueWaker(const QueueWaker&) = delete;
  QueueWaker& operator=(const QueueWaker&) = delete;

  // Has the queue tell of tag() at a moment, in the place of the one asked for before. While a tag
  // is on its way, nothing is asked for.
  void WakeAt(Clock::time_point moment);

  // To be called when the queue has told of tag().
  void Woken();

  void* tag() { return this; }

 private:
  void Run();

  grpc::CompletionQueue& queue_;
  grpc::Alarm alarm_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Clock::time_point moment_ = Clock::time_point::max();
  // A tag is on its way.
  bool sent_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace codeset::bench
