#include "storage/model/task_group.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace codeset::model {
namespace {

// Beside the thread that waits.
size_t MostThreads() {
  constexpr size_t kMost = 3;
  const size_t processors = std::max(std::thread::hardware_concurrency(), 2U);
  return std::min<size_t>(processors - 1, kMost);
}

}  // namespace

TaskGroup::~TaskGroup() {
  Wait();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void TaskGroup::Run(std::function<void()> work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  if (threads_.size() < MostThreads()) threads_.emplace_back([this] { Loop(); });
  changed_.notify_all();
}

void TaskGroup::Wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (DoOne(lock)) {
  }
  changed_.wait(lock, [this] { return running_ == 0 && waiting_.empty(); });
}

bool TaskGroup::DoOne(std::unique_lock<std::mutex>& lock) {
  if (waiting_.empty()) return false;
  std::function<void()> work = std::move(waiting_.front());
  waiting_.pop_front();
  ++running_;
  lock.unlock();
  work();
  // What it holds is let go of on this thread, too.
  work = nullptr;
  lock.lock();
  --running_;
  if (running_ == 0 && waiting_.empty()) changed_.notify_all();
  return true;
}

void TaskGroup::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    if (DoOne(lock)) continue;
    if (stopping_) return;
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  }
}

}  // namespace codeset::model
