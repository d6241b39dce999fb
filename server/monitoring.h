// The service Monitoring as the admin listener registers it: every call is asked who makes it, as
// those of Admin are (admin_access.h).
//
// Thread-safe.
#pragma once

#include <utility>

#include "codeset/v1/monitoring.grpc.pb.h"
#include "server/admin_access.h"
#include "server/server_status.h"
#include "server/worker.h"

namespace codeset::server {

// See above.
class MonitoringService final : public v1::Monitoring::CallbackService {
 public:
  // `access` outlives the service, which is destroyed after its server.
  MonitoringService(StatusSources sources, const AdminAccess& access)
      : sources_(std::move(sources)), access_(access) {}

  grpc::ServerUnaryReactor* GetServerStatus(grpc::CallbackServerContext* context,
                                            const v1::GetServerStatusRequest* request,
                                            v1::GetServerStatusResponse* response) override;

 private:
  const StatusSources sources_;
  const AdminAccess& access_;
  // It reads files, which gRPC's threads do not.
  Worker worker_;
};

}  // namespace codeset::server
