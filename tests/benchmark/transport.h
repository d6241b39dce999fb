// What the load loop (load_loop.h) asks of the client of a server: begin a call, and tell which
// calls have ended. Implementations: grpc_transport.h, redis_transport.h, postgres_transport.h.
//
// A transport has slots, each of which has at most one call under way, and a list of prepared
// requests, so that making requests takes no time of the measurement. One thread drives it, the
// client's own work included: with two cores the server has the other.
//
// Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace codeset::bench {

using Clock = std::chrono::steady_clock;

// A call that has ended and whose answer was read.
struct Completion {
  int slot = 0;
  // Items (codes, rows, changes) that the answer has.
  int found = 0;
  // Items that were asked for and are not there.
  int missing = 0;
  // Bytes of the answer, as far as the client sees them.
  size_t bytes = 0;
};

// See above.
class Transport {
 public:
  virtual ~Transport() = default;

  // How many requests were prepared.
  virtual size_t requests() const = 0;

  // How many calls may be under way.
  virtual int slots() const = 0;

  // Begins a call of request number `request` on a slot that has none under way.
  virtual absl::Status Start(int slot, size_t request) = 0;

  // Waits until a call has ended, or until the deadline; then nothing is told. What is told is
  // valid until the next call of Wait. An error is that of a call that failed but for unknown
  // items.
  virtual absl::StatusOr<absl::Span<const Completion>> Wait(Clock::time_point deadline) = 0;
};

}  // namespace codeset::bench
