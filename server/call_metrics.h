// What is counted of calls: how many by how they ended, how many are under way, why they failed,
// and how long they took.
//
// What a method counts in is looked up once, when it is first needed, and what may be labels is
// bounded by the contract: methods, gRPC's codes, ErrorReasons.
//
// Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "server/call_methods.h"

namespace codeset::server {

// See above.
class CallMetrics {
 public:
  // `registry` and `methods` outlive it. All methods have a count of 0 from the start.
  CallMetrics(prometheus::Registry& registry, const CallMethods& methods);

  // A call came in; one is gone.
  void Began(const CallMethod& method) { entries_[method.index]->under_way.Increment(); }
  void Gone(const CallMethod& method) { entries_[method.index]->under_way.Decrement(); }

  // A call has ended so, after so long. `reason` is the name of its ErrorReason, empty without one.
  void Ended(const CallMethod& method, grpc::StatusCode code, absl::string_view reason,
             absl::Duration duration);

 private:
  // One past the last of gRPC's codes.
  static constexpr size_t kCodes = 17;

  struct Entry {
    explicit Entry(prometheus::Gauge& gauge) : under_way(gauge) {}
    prometheus::Gauge& under_way;
    // Null until there was a call that needs it.
    std::atomic<prometheus::Histogram*> duration = nullptr;
    std::array<std::atomic<prometheus::Counter*>, kCodes> codes = {};
  };

  prometheus::Counter& CounterOf(const CallMethod& method, grpc::StatusCode code);
  prometheus::Histogram& DurationOf(const CallMethod& method);

  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Family<prometheus::Gauge>& under_way_;
  prometheus::Family<prometheus::Histogram>& durations_;
  // By index of the method.
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace codeset::server
