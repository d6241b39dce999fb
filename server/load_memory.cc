#include "server/load_memory.h"

#include <stdlib.h>
#include <unistd.h>

namespace codeset::server {

void TakeMemoryForLoad(char** argv) {
  constexpr char kVariable[] = "GLIBC_TUNABLES";
  // A system whose allocator does not know them has the variable for nothing.
  constexpr char kValue[] =
      "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:"
      "glibc.malloc.trim_threshold=1073741824";
  if (::getenv(kVariable) != nullptr || ::setenv(kVariable, kValue, 0) != 0) return;
  // Returns only where it fails.
  ::execv("/proc/self/exe", argv);
}

}  // namespace codeset::server
