// Sees every call of the contract from outside: counts it (call_metrics.h), logs it where it fails
// by the server's fault or is slow, and hands its request id back; one that fails without gets one.
//
//   auto creators = …;
//   creators.push_back(observer.Interceptor());
//   builder.experimental().SetInterceptorCreators(std::move(creators));
//
// gRPC runs it for every method that a listener has, so that none can be forgotten.
//
// A logged line has the fields `method`, `code`, `reason` (of an ErrorInfo), `releases` (what the
// selectors of the request name, where it is one message), `request_id`, `peer`, `milliseconds`
// and, where the fault is the server's, `error` (what the caller was told). Nothing else of
// metadata is logged, nor what was asked, which is why `error` is not there where the caller is
// wrong.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_interceptor.h"
#include "grpcpp/support/status.h"
#include "server/call_methods.h"
#include "server/call_metrics.h"
#include "server/raw_calls.h"

namespace codeset::server {

// See above.
class CallObserver {
 public:
  // `methods` outlives it, and so does `metrics`, which is null where nothing is counted. Options
  // as in TelemetryOptions.
  CallObserver(const CallMethods& methods, CallMetrics* metrics, bool log_calls,
               absl::Duration slow_call)
      : methods_(methods), metrics_(metrics), log_calls_(log_calls), slow_call_(slow_call) {}

  // What a listener is built with; the observer outlives its server.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> Interceptor();

 private:
  class Call;
  class Factory;
  // Of raw methods (raw_calls.h).
  friend void EndRawCall(grpc::CallbackServerContext& context, const grpc::Status& status);

  // A call has ended so; `trailing` is what goes back with its status.
  void Ended(const CallMethod& method, const grpc::ServerContextBase& context, const void* request,
             absl::Time began, const grpc::Status& status,
             std::multimap<std::string, std::string>& trailing);

  // Whether one more line of those that nobody asked for may be logged now: a damaged release
  // fails as often as it is asked for. `left_out` gets how many were not since the last one.
  bool MayLog(absl::Time now, int64_t& left_out);

  const CallMethods& methods_;
  CallMetrics* const metrics_;
  const bool log_calls_;
  const absl::Duration slow_call_;
  absl::Mutex mutex_;
  // The second that is counted, how many lines it had, and how many were left out.
  int64_t second_ ABSL_GUARDED_BY(mutex_) = 0;
  int lines_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace codeset::server
