// How much CPU time another process has used.
//
// Thread-safe: free functions.
#pragma once

namespace codeset::bench {

// CPU seconds, user and system, of a process, all its threads and its children (PostgreSQL has a
// process for each connection), those that have ended left out. The kernel's account of run time
// in nanoseconds, of which /proc/PID/stat has the hundredths. 0 for a process that is not there.
double CpuSeconds(int pid);

}  // namespace codeset::bench
