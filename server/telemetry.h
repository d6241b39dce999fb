// What a server tells those who watch it: metrics, log lines of calls, and the service Monitoring.
//
//   ASSIGN_OR_RETURN(auto telemetry, Telemetry::Open(options, sources, access));
//   builder.RegisterService(&telemetry->monitoring());
//   creators.push_back(telemetry->Interceptor());
//
// Outlives the servers that are built with it. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/support/server_interceptor.h"
#include "server/call_methods.h"
#include "server/call_metrics.h"
#include "server/call_observer.h"
#include "server/metrics_listener.h"
#include "server/monitoring.h"
#include "server/server_status.h"
#include "server/telemetry_options.h"

namespace codeset::server {

// See above.
class Telemetry {
 public:
  // Serves metrics from now on where the options say so. `access` and the admin listener's `calls`
  // outlive it. Errors as MetricsListener::Open.
  static absl::StatusOr<std::unique_ptr<Telemetry>> Open(const TelemetryOptions& options,
                                                         const StatusSources& sources,
                                                         const AdminAccess& access,
                                                         CallGate& calls);

  // What sees the calls of a listener; one for each.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> Interceptor() {
    return observer_->Interceptor();
  }

  MonitoringService& monitoring() { return monitoring_; }

  // Where metrics are served; empty for nowhere.
  std::string metrics_address() const { return listener_ == nullptr ? "" : listener_->address(); }

 private:
  Telemetry(const StatusSources& sources, const AdminAccess& access, CallGate& calls)
      : monitoring_(sources, access, calls) {}

  MonitoringService monitoring_;
  const CallMethods methods_;
  // Null where nothing is counted.
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<CallMetrics> metrics_;
  std::unique_ptr<CallObserver> observer_;
  std::unique_ptr<MetricsListener> listener_;
};

}  // namespace codeset::server
