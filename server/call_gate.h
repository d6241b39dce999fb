// Bounds how many public calls are under way: being worked on, streaming, or waiting for a thread.
// Beyond that a call is refused as soon as its turn comes, which costs less than an answer, so that
// those before it are answered in time and the queue does not grow for ever.
//
//   builder.SetContextAllocator(CallGate::Counter(gate));
//   …
//   RETURN_IF_ERROR(gate->Enter(*context));
//
// Thread-safe.
#pragma once

#include <atomic>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"

namespace codeset::server {

// So many calls at a time, unless the server is told otherwise: some 0.2 s of single look-ups on
// two cores.
inline constexpr int kDefaultConcurrentCalls = 4096;
// After so long a client that was refused may ask again.
inline constexpr absl::Duration kRetryDelay = absl::Seconds(1);

// See above.
class CallGate {
 public:
  explicit CallGate(int most = kDefaultConcurrentCalls) : most_(most) {}

  // Has gRPC count the calls of a server from when they come in to their end.
  static std::unique_ptr<grpc::ContextAllocator> Counter(std::shared_ptr<CallGate> gate);

  // Whether a call may go on. OVERLOADED where there are too many; its metadata then tells gRPC's
  // clients when to try again, as its details do other ones.
  absl::Status Enter(grpc::CallbackServerContext& context) const;

 private:
  class CountingAllocator;

  const int most_;
  std::atomic<int> under_way_ = 0;
};

}  // namespace codeset::server
