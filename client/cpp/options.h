// How a client talks to its server: deadlines and sizes.
//
// Plain values; every call has a deadline, so that none waits for ever.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "codeset/v1/selector.pb.h"

namespace codeset::client {

// Defaults of a client.
struct ClientOptions {
  // Time for a call with one answer, a page of a range included.
  absl::Duration unary_timeout = absl::Seconds(30);
  // Time for a whole stream, however slowly it is read.
  absl::Duration stream_timeout = absl::Minutes(10);
  // Time for loading, verifying or deleting a release.
  absl::Duration admin_timeout = absl::Minutes(10);
  // What a request asks that names no release; `current` without it. A request that names
  // one, `current` included, is not touched. See pin.h.
  std::optional<v1::Pin> pin;
};

// What one call does otherwise than the client's options say.
struct CallOverrides {
  // Time for this call (for each page of a range); must be positive and finite.
  std::optional<absl::Duration> timeout;
};

// What a connection is told about one call.
struct CallOptions {
  // When the call ends with DEADLINE_EXCEEDED. In the finite future, but for a watch whose
  // caller wants it so.
  absl::Time deadline;
};

// The largest answer accepted, in bytes: as much as the server sends. gRPC's own limit,
// 4 MiB, is less than a large batch or page may have.
inline constexpr int kMaxReceiveBytes = 64 << 20;

// How much of a file one message of an upload carries, in bytes; the server takes no more.
inline constexpr std::int64_t kUploadChunkBytes = 1 << 20;

}  // namespace codeset::client
