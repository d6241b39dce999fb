// The service Admin: loading, proving, labelling and deleting releases, importing pages and
// recording what was verified of them. All work is done on threads of its own.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>

#include "absl/status/statusor.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "server/admin_activity.h"
#include "server/backend.h"
#include "server/scrub.h"
#include "server/worker.h"
#include "storage/store/store.h"

namespace codeset::server {

// Serves Admin on its own listener.
class AdminService final : public v1::Admin::CallbackService {
 public:
  // `backend` must outlive the service; `on_change` is called, on a worker's thread, when
  // what is loaded has changed. The service is destroyed after its server.
  AdminService(const Backend& backend, std::function<void()> on_change)
      : backend_(backend),
        store_(backend.store),
        on_change_(std::move(on_change)),
        scrubber_(backend) {}

  // What scrubs; begins to by itself when it is told so, and is stopped before the server is.
  Scrubber& scrubber() { return scrubber_; }

  // What is being loaded, and when a backup was made.
  const AdminActivity& activity() const { return activity_; }

  grpc::ServerBidiReactor<v1::LoadReleaseRequest, v1::LoadReleaseResponse>* LoadRelease(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* VerifyRelease(grpc::CallbackServerContext* context,
                                          const v1::VerifyReleaseRequest* request,
                                          v1::VerifyReleaseResponse* response) override;
  grpc::ServerUnaryReactor* DeleteRelease(grpc::CallbackServerContext* context,
                                          const v1::DeleteReleaseRequest* request,
                                          v1::DeleteReleaseResponse* response) override;
  grpc::ServerUnaryReactor* SetActivation(grpc::CallbackServerContext* context,
                                          const v1::SetActivationRequest* request,
                                          v1::SetActivationResponse* response) override;
  grpc::ServerUnaryReactor* SetLabel(grpc::CallbackServerContext* context,
                                     const v1::SetLabelRequest* request,
                                     v1::SetLabelResponse* response) override;
  grpc::ServerUnaryReactor* RollbackLabel(grpc::CallbackServerContext* context,
                                          const v1::RollbackLabelRequest* request,
                                          v1::RollbackLabelResponse* response) override;
  grpc::ServerUnaryReactor* RemoveLabel(grpc::CallbackServerContext* context,
                                        const v1::RemoveLabelRequest* request,
                                        v1::RemoveLabelResponse* response) override;
  grpc::ServerBidiReactor<v1::ImportReferencesRequest, v1::ImportReferencesResponse>*
  ImportReferences(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* RecordVerification(grpc::CallbackServerContext* context,
                                               const v1::RecordVerificationRequest* request,
                                               v1::RecordVerificationResponse* response) override;
  grpc::ServerUnaryReactor* SetUsageCounts(grpc::CallbackServerContext* context,
                                           const v1::SetUsageCountsRequest* request,
                                           v1::SetUsageCountsResponse* response) override;
  grpc::ServerWriteReactor<v1::ScrubReleasesResponse>* ScrubReleases(
      grpc::CallbackServerContext* context, const v1::ScrubReleasesRequest* request) override;
  grpc::ServerUnaryReactor* GetScrubReport(grpc::CallbackServerContext* context,
                                           const v1::GetScrubReportRequest* request,
                                           v1::GetScrubReportResponse* response) override;
  grpc::ServerUnaryReactor* CreateBackup(grpc::CallbackServerContext* context,
                                         const v1::CreateBackupRequest* request,
                                         v1::CreateBackupResponse* response) override;
  grpc::ServerUnaryReactor* ListBackups(grpc::CallbackServerContext* context,
                                        const v1::ListBackupsRequest* request,
                                        v1::ListBackupsResponse* response) override;
  grpc::ServerUnaryReactor* VerifyBackup(grpc::CallbackServerContext* context,
                                         const v1::VerifyBackupRequest* request,
                                         v1::VerifyBackupResponse* response) override;

 private:
  class LoadReactor;

  // Answers a call with what `work` comes to on the worker's thread, and tells of the change.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Change(Worker& worker, grpc::CallbackServerContext* context,
                                   const Request* request, Response* response,
                                   absl::StatusOr<Response> (*work)(store::Store& store,
                                                                    const Request& request));

  // The same for what changes no release, and so need not be told.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Record(grpc::CallbackServerContext* context, const Request* request,
                                   Response* response,
                                   absl::StatusOr<Response> (*work)(const Backend& backend,
                                                                    const Request& request));

  const Backend& backend_;
  store::Store& store_;
  const std::function<void()> on_change_;
  // True from the opening of a load's call to its report, or its end without one.
  std::atomic<bool> loading_ = false;
  AdminActivity activity_;
  // Loads have a thread to themselves, so that a deletion need not wait for an upload.
  Worker loads_{Priority::kBackground};
  // So have imports of pages, and so what is recorded of them.
  Worker imports_{Priority::kBackground};
  Worker records_;
  // So have backups and their verification, and looks into folders of backups, which may be on a
  // network that does not answer.
  Worker backups_{Priority::kBackground};
  Worker listings_{Priority::kBackground};
  // So has what moves labels and activates, since whoever goes back to a sound release must not
  // wait.
  Worker labels_;
  // A deletion sweeps, and a proof reads, which takes long.
  Worker others_{Priority::kBackground};
  Scrubber scrubber_;
};

}  // namespace codeset::server
