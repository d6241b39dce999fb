#include "tests/benchmark/process_cpu.h"

#include <sys/types.h>
#include <time.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace codeset::bench {
namespace {

double OneProcess(int pid) {
  clockid_t clock = 0;
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

}  // namespace

double CpuSeconds(int pid) {
  double seconds = OneProcess(pid);
  std::ifstream children(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  for (int child = 0; children >> child;) seconds += OneProcess(child);
  return seconds;
}

}  // namespace codeset::bench
