#include "storage/model/stand_back.h"

#ifdef __linux__
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>

namespace codeset::model {
namespace {

using Clock = std::chrono::steady_clock;

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
// So long it goes on before it gives way again: a part of what an answer takes.
constexpr Clock::duration kStretch = std::chrono::microseconds(200);

// The calling thread's.
struct Standing {
  // A thread inherits its policy from the one that began it; the first one has that of the process,
  // by which all may be SCHED_BATCH.
  bool back =
      ::sched_getscheduler(0) == SCHED_BATCH && ::sched_getscheduler(::getpid()) != SCHED_BATCH;
  Clock::time_point until = Clock::now() + kStretch;
};

Standing& Own() {
  thread_local Standing standing;
  return standing;
}

}  // namespace

int StandBack() {
  Standing& standing = Own();
  if (standing.back) return 0;
  SchedulingAttributes attributes;
  attributes.nice = std::min(::getpriority(PRIO_PROCESS, 0) + kNicer, 19);
  attributes.runtime = kSliceNanoseconds;
  if (::syscall(SYS_sched_setattr, 0, &attributes, 0) != 0) return errno;
  standing.back = true;
  return 0;
}

void GiveWay() {
  Standing& standing = Own();
  if (!standing.back || Clock::now() < standing.until) return;
  ::sched_yield();
  standing.until = Clock::now() + kStretch;
}

}  // namespace codeset::model
#else
namespace codeset::model {

int StandBack() { return 0; }
void GiveWay() {}

}  // namespace codeset::model
#endif
