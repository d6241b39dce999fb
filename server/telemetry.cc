#include "server/telemetry.h"

#include "server/status_metrics.h"
#include "storage/model/status_macros.h"

namespace codeset::server {

absl::StatusOr<std::unique_ptr<Telemetry>> Telemetry::Open(const TelemetryOptions& options,
                                                           const StatusSources& sources,
                                                           const AdminAccess& access,
                                                           CallGate& calls) {
  std::unique_ptr<Telemetry> telemetry(new Telemetry(sources, access, calls));
  if (!options.metrics_address.empty()) {
    telemetry->registry_ = std::make_shared<prometheus::Registry>();
    telemetry->metrics_ = std::make_unique<CallMetrics>(*telemetry->registry_, telemetry->methods_);
    ASSIGN_OR_RETURN(
        telemetry->listener_,
        MetricsListener::Open(options.metrics_address,
                              {telemetry->registry_, std::make_shared<StatusMetrics>(sources)}));
  }
  telemetry->observer_ = std::make_unique<CallObserver>(
      telemetry->methods_, telemetry->metrics_.get(), options.log_calls, options.slow_call);
  return telemetry;
}

}  // namespace codeset::server
