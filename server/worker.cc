#include "server/worker.h"

#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include "server/log.h"
#include "storage/model/stand_back.h"

namespace codeset::server {

void SetPriority(Priority priority) {
  if (priority == Priority::kNormal) return;
  const int error = model::StandBack();
  if (error == 0) return;
  static std::once_flag told;
  std::call_once(told, [&] {
    Log(Severity::kWarning, "loads, proofs and backups cannot give way to those who ask",
        {{"system_call", "sched_setattr"}, {"error", std::strerror(error)}});
  });
}

Worker::~Worker() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Worker::Run(std::function<void()> work) {
  absl::MutexLock lock(&mutex_);
  queue_.push_back(std::move(work));
}

void Worker::Loop(Priority priority) {
  SetPriority(priority);
  const auto has_news = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !queue_.empty();
  };
  while (true) {
    std::function<void()> work;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_news));
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace codeset::server
