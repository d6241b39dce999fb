// The service Monitoring as the admin listener registers it: every call is asked who makes it, as
// those of Admin are (admin_access.h).
//
// Thread-safe.
#pragma once

#include <utility>

#include "codeset/v1/monitoring.grpc.pb.h"
#include "server/admin_access.h"
#include "server/call_gate.h"
#include "server/server_status.h"
#include "server/worker.h"

namespace codeset::server {

// See above.
class MonitoringService final : public v1::Monitoring::CallbackService {
 public:
  // `access` and `calls`, which counts the listener's, outlive the service, which is destroyed
  // after its server.
  MonitoringService(StatusSources sources, const AdminAccess& access, CallGate& calls)
      : sources_(std::move(sources)), access_(access), calls_(calls) {}

  grpc::ServerUnaryReactor* GetServerStatus(grpc::CallbackServerContext* context,
                                            const v1::GetServerStatusRequest* request,
                                            v1::GetServerStatusResponse* response) override;

 private:
  const StatusSources sources_;
  const AdminAccess& access_;
  CallGate& calls_;
  // It reads files, which gRPC's threads do not.
  Worker worker_;
};

}  // namespace codeset::server
