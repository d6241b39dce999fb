#include "server/monitoring.h"

#include "server/reactor.h"

namespace codeset::server {

grpc::ServerUnaryReactor* MonitoringService::GetServerStatus(
    grpc::CallbackServerContext* context, const v1::GetServerStatusRequest* /*request*/,
    v1::GetServerStatusResponse* response) {
  if (const Caller caller = access_.CallerOf(*context); !caller.access.ok()) {
    return new RefusedCall<grpc::ServerUnaryReactor>(*context, caller.access);
  }
  if (const absl::Status status = calls_.Enter(*context); !status.ok()) {
    return new RefusedCall<grpc::ServerUnaryReactor>(*context, status);
  }
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  worker_.Run([this, reactor, response] {
    Answer(reactor, absl::StatusOr<v1::GetServerStatusResponse>(GatherServerStatus(sources_)),
           response);
  });
  return reactor;
}

}  // namespace codeset::server
