// Keeps a server busy, and measures how it bears it.
//
// Closed loop: so many calls are always under way; the next begins when one has ended. Tells how
// much the server can do. Open loop: calls begin at random moments (Poisson) of a given rate,
// whether or not others have ended, and a call's latency counts from the moment at which it was
// to begin, so that a stall is felt by all calls that it holds up. Tells how long a caller waits.
//
// Thread-safe: a free function over values; a transport is used by one loop at a time.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "tests/benchmark/histogram.h"
#include "tests/benchmark/transport.h"

namespace codeset::bench {

// How to load.
struct LoadOptions {
  // Closed loop: how many calls are under way.
  int in_flight = 1;
  // Open loop: calls a second; 0 for the closed loop.
  double rate = 0;
  // How long before anything is counted, and how long it is.
  double warm_up_seconds = 0.1;
  double seconds = 1;
  // Closed loop: it lasts longer if no more calls than these have ended.
  uint64_t least_calls = 1;
  // Of the order of requests, and of the moments of the open loop.
  uint64_t seed = 1;
  // CPU seconds that the server has used so far; may be empty.
  std::function<double()> server_cpu;
};

// What came of it.
struct LoadResult {
  double seconds = 0;
  uint64_t calls = 0;
  uint64_t found = 0;
  uint64_t missing = 0;
  uint64_t bytes = 0;
  // Nanoseconds.
  LatencyHistogram latency;
  // CPU seconds in that time, of the server and of this process.
  double server_cpu = 0;
  double client_cpu = 0;
};

// Loads a server through a transport. Ends when all calls have ended. Counted are, closed loop, the
// calls that end within the time, which ends with the last of them, and, open loop, those that were
// to begin within it. Errors are the transport's; DEADLINE_EXCEEDED where no call ends for a
// minute.
absl::StatusOr<LoadResult> RunLoad(Transport& transport, const LoadOptions& options);

}  // namespace codeset::bench
