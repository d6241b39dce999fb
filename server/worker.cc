#include "server/worker.h"

#ifdef __linux__
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include "server/log.h"

namespace codeset::server {

#ifdef __linux__
namespace {

// As the system call takes it (sched_setattr(2)); the C library has none.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = SCHED_BATCH;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  // Nanoseconds.
  uint64_t runtime = 0;
  uint64_t deadline = 0;
  uint64_t period = 0;
};

// A tenth of the share of others where processors are short: a thread that holds a lock others wait
// for must go on, too.
constexpr int kNicer = 10;
// So long it may stay where it is when somebody else wakes up (Linux 6.12 and newer; without this
// some milliseconds).
constexpr uint64_t kSliceNanoseconds = 100'000;

}  // namespace
#endif

void SetPriority(Priority priority) {
  if (priority == Priority::kNormal) return;
#ifdef __linux__
  SchedulingAttributes attributes;
  attributes.nice = std::min(::getpriority(PRIO_PROCESS, 0) + kNicer, 19);
  attributes.runtime = kSliceNanoseconds;
  // Where the system refuses, the thread goes on as it is.
  if (::syscall(SYS_sched_setattr, 0, &attributes, 0) == 0) return;
  static std::once_flag told;
  const std::string why = std::strerror(errno);
  std::call_once(told, [&] {
    Log(Severity::kWarning, "loads, proofs and backups cannot give way to those who ask",
        {{"system_call", "sched_setattr"}, {"error", why}});
  });
#endif
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
