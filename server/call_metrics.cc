#include "server/call_metrics.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "codeset/v1/error.pb.h"

namespace codeset::server {
namespace {

// In seconds: from a look-up, which takes some 50 microseconds, to loads and long streams.
const prometheus::Histogram::BucketBoundaries& Boundaries() {
  static const auto& boundaries = *new prometheus::Histogram::BucketBoundaries{
      0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
      0.1,     0.25,   0.5,     1,      2.5,   5,      10,    30,   60};
  return boundaries;
}

// `UNAVAILABLE`: gRPC's name of a code.
std::string CodeName(grpc::StatusCode code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

// The reason as a label: a name of the contract, which nobody can make up.
std::string ReasonLabel(absl::string_view reason) {
  v1::ErrorReason known = v1::ERROR_REASON_UNSPECIFIED;
  const bool is_known = v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", reason), &known);
  return is_known ? std::string(reason) : "UNSPECIFIED";
}

}  // namespace

CallMetrics::CallMetrics(prometheus::Registry& registry, const CallMethods& methods)
    : calls_(prometheus::BuildCounter()
                 .Name("codeset_calls_total")
                 .Help("Calls that have ended, by method and gRPC's code")
                 .Register(registry)),
      errors_(prometheus::BuildCounter()
                  .Name("codeset_call_errors_total")
                  .Help("Calls that have failed, by method and ErrorReason; UNSPECIFIED for errors "
                        "of gRPC itself")
                  .Register(registry)),
      under_way_(prometheus::BuildGauge()
                     .Name("codeset_calls_in_flight")
                     .Help("Calls under way; those of methods that stream are streams")
                     .Register(registry)),
      durations_(
          prometheus::BuildHistogram()
              .Name("codeset_call_duration_seconds")
              .Help("Time from when a thread took a call, its request having come, until its "
                    "status was ready to be sent; of streams, their length")
              .Register(registry)) {
  entries_.reserve(methods.all().size());
  for (const CallMethod& method : methods.all()) {
    entries_.push_back(std::make_unique<Entry>(
        under_way_.Add({{"service", method.service}, {"method", method.name}})));
    CounterOf(method, grpc::StatusCode::OK);
  }
}

prometheus::Counter& CallMetrics::CounterOf(const CallMethod& method, grpc::StatusCode code) {
  std::atomic<prometheus::Counter*>& counter =
      entries_[method.index]->codes[static_cast<size_t>(code)];
  prometheus::Counter* known = counter.load(std::memory_order_acquire);
  if (known == nullptr) {
    // Whoever adds it twice gets the same.
    known = &calls_.Add(
        {{"service", method.service}, {"method", method.name}, {"code", CodeName(code)}});
    counter.store(known, std::memory_order_release);
  }
  return *known;
}

prometheus::Histogram& CallMetrics::DurationOf(const CallMethod& method) {
  std::atomic<prometheus::Histogram*>& duration = entries_[method.index]->duration;
  prometheus::Histogram* known = duration.load(std::memory_order_acquire);
  if (known == nullptr) {
    known = &durations_.Add({{"service", method.service}, {"method", method.name}}, Boundaries());
    duration.store(known, std::memory_order_release);
  }
  return *known;
}

void CallMetrics::Ended(const CallMethod& method, grpc::StatusCode code, absl::string_view reason,
                        absl::Duration duration) {
  if (static_cast<size_t>(code) >= kCodes) code = grpc::StatusCode::UNKNOWN;
  CounterOf(method, code).Increment();
  DurationOf(method).Observe(absl::ToDoubleSeconds(duration));
  if (code == grpc::StatusCode::OK) return;
  errors_
      .Add({{"service", method.service}, {"method", method.name}, {"reason", ReasonLabel(reason)}})
      .Increment();
}

}  // namespace codeset::server
