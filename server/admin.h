// The service Admin: loading, proving and deleting releases. All work is done on threads
// of its own.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>

#include "codeset/v1/admin.grpc.pb.h"
#include "server/worker.h"
#include "storage/store/store.h"

namespace codeset::server {

// Serves Admin on its own listener.
class AdminService final : public v1::Admin::CallbackService {
 public:
  // `store` must outlive the service; `on_change` is called, on a worker's thread, when
  // what is loaded has changed. The service is destroyed after its server.
  AdminService(store::Store& store, std::function<void()> on_change)
      : store_(store), on_change_(std::move(on_change)) {}

  grpc::ServerBidiReactor<v1::LoadReleaseRequest, v1::LoadReleaseResponse>* LoadRelease(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* VerifyRelease(grpc::CallbackServerContext* context,
                                          const v1::VerifyReleaseRequest* request,
                                          v1::VerifyReleaseResponse* response) override;
  grpc::ServerUnaryReactor* DeleteRelease(grpc::CallbackServerContext* context,
                                          const v1::DeleteReleaseRequest* request,
                                          v1::DeleteReleaseResponse* response) override;

 private:
  class LoadReactor;

  store::Store& store_;
  const std::function<void()> on_change_;
  // True from the opening of a load's call to its end.
  std::atomic<bool> loading_ = false;
  // Loads have a thread to themselves, so that a deletion need not wait for an upload.
  Worker loads_;
  Worker others_;
};

}  // namespace codeset::server
