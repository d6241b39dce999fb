// The service Admin as a listener registers it: every call is asked who makes it before the
// service sees it. A method that is not here is not served, so that a new one cannot be forgotten:
// gRPC answers UNIMPLEMENTED.
//
// Thread-safe.
#pragma once

#include "codeset/v1/admin.grpc.pb.h"
#include "server/admin.h"
#include "server/admin_access.h"
#include "server/call_gate.h"
#include "server/reactor.h"

namespace codeset::server {

// See above.
class GuardedAdmin final : public v1::Admin::CallbackService {
 public:
  // All outlive the service; `calls` counts the listener's.
  GuardedAdmin(AdminService& admin, const AdminAccess& access, CallGate& calls)
      : admin_(admin), access_(access), calls_(calls) {}

  grpc::ServerBidiReactor<v1::LoadReleaseRequest, v1::LoadReleaseResponse>* LoadRelease(
      grpc::CallbackServerContext* context) override {
    return Guard(&AdminService::LoadRelease, context);
  }
  grpc::ServerUnaryReactor* VerifyRelease(grpc::CallbackServerContext* context,
                                          const v1::VerifyReleaseRequest* request,
                                          v1::VerifyReleaseResponse* response) override {
    return Guard(&AdminService::VerifyRelease, context, request, response);
  }
  grpc::ServerUnaryReactor* DeleteRelease(grpc::CallbackServerContext* context,
                                          const v1::DeleteReleaseRequest* request,
                                          v1::DeleteReleaseResponse* response) override {
    return Guard(&AdminService::DeleteRelease, context, request, response);
  }
  grpc::ServerUnaryReactor* SetActivation(grpc::CallbackServerContext* context,
                                          const v1::SetActivationRequest* request,
                                          v1::SetActivationResponse* response) override {
    return Guard(&AdminService::SetActivation, context, request, response);
  }
  grpc::ServerUnaryReactor* SetLabel(grpc::CallbackServerContext* context,
                                     const v1::SetLabelRequest* request,
                                     v1::SetLabelResponse* response) override {
    return Guard(&AdminService::SetLabel, context, request, response);
  }
  grpc::ServerUnaryReactor* RollbackLabel(grpc::CallbackServerContext* context,
                                          const v1::RollbackLabelRequest* request,
                                          v1::RollbackLabelResponse* response) override {
    return Guard(&AdminService::RollbackLabel, context, request, response);
  }
  grpc::ServerUnaryReactor* RemoveLabel(grpc::CallbackServerContext* context,
                                        const v1::RemoveLabelRequest* request,
                                        v1::RemoveLabelResponse* response) override {
    return Guard(&AdminService::RemoveLabel, context, request, response);
  }
  grpc::ServerBidiReactor<v1::ImportReferencesRequest, v1::ImportReferencesResponse>*
  ImportReferences(grpc::CallbackServerContext* context) override {
    return Guard(&AdminService::ImportReferences, context);
  }
  grpc::ServerUnaryReactor* RecordVerification(grpc::CallbackServerContext* context,
                                               const v1::RecordVerificationRequest* request,
                                               v1::RecordVerificationResponse* response) override {
    return Guard(&AdminService::RecordVerification, context, request, response);
  }
  grpc::ServerUnaryReactor* SetUsageCounts(grpc::CallbackServerContext* context,
                                           const v1::SetUsageCountsRequest* request,
                                           v1::SetUsageCountsResponse* response) override {
    return Guard(&AdminService::SetUsageCounts, context, request, response);
  }
  grpc::ServerWriteReactor<v1::ScrubReleasesResponse>* ScrubReleases(
      grpc::CallbackServerContext* context, const v1::ScrubReleasesRequest* request) override {
    return Guard(&AdminService::ScrubReleases, context, request);
  }
  grpc::ServerUnaryReactor* GetScrubReport(grpc::CallbackServerContext* context,
                                           const v1::GetScrubReportRequest* request,
                                           v1::GetScrubReportResponse* response) override {
    return Guard(&AdminService::GetScrubReport, context, request, response);
  }
  grpc::ServerUnaryReactor* CreateBackup(grpc::CallbackServerContext* context,
                                         const v1::CreateBackupRequest* request,
                                         v1::CreateBackupResponse* response) override {
    return Guard(&AdminService::CreateBackup, context, request, response);
  }
  grpc::ServerUnaryReactor* ListBackups(grpc::CallbackServerContext* context,
                                        const v1::ListBackupsRequest* request,
                                        v1::ListBackupsResponse* response) override {
    return Guard(&AdminService::ListBackups, context, request, response);
  }
  grpc::ServerUnaryReactor* VerifyBackup(grpc::CallbackServerContext* context,
                                         const v1::VerifyBackupRequest* request,
                                         v1::VerifyBackupResponse* response) override {
    return Guard(&AdminService::VerifyBackup, context, request, response);
  }

 private:
  template <typename Reactor, typename... Arguments>
  Reactor* Guard(Reactor* (AdminService::*method)(grpc::CallbackServerContext*, Arguments...),
                 grpc::CallbackServerContext* context, Arguments... arguments) {
    if (const Caller caller = access_.CallerOf(*context); !caller.access.ok()) {
      return new RefusedCall<Reactor>(*context, caller.access);
    }
    if (const absl::Status status = calls_.Enter(*context); !status.ok()) {
      return new RefusedCall<Reactor>(*context, status);
    }
    return (admin_.*method)(context, arguments...);
  }

  AdminService& admin_;
  const AdminAccess& access_;
  CallGate& calls_;
};

}  // namespace codeset::server
