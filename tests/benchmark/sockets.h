// What the clients of Redis and PostgreSQL share: many connections, one thread, epoll.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tests/benchmark/transport.h"

namespace codeset::bench {

// Splits `HOST:PORT`. INVALID_ARGUMENT where it is none.
absl::StatusOr<std::pair<std::string, int>> SplitAddress(const std::string& address);

// Sends all of some bytes on a socket that does not block, and waits where it must. UNAVAILABLE
// where that fails.
absl::Status SendAll(int socket, absl::string_view bytes);

// Tells which of some sockets can be read.
class ReadableSockets {
 public:
  ReadableSockets();
  ~ReadableSockets();
  ReadableSockets(const ReadableSockets&) = delete;
  ReadableSockets& operator=(const ReadableSockets&) = delete;

  // Watches a socket, to be told by `number`.
  absl::Status Add(int socket, int number);

  // The numbers of those that can be read, waiting for the first until the deadline. Valid until
  // the next call.
  absl::StatusOr<absl::Span<const int>> Wait(Clock::time_point deadline);

 private:
  const int epoll_;
  std::vector<int> numbers_;
};

}  // namespace codeset::bench
