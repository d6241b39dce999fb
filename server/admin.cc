#include "server/admin.h"

#include <deque>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/backup.h"
#include "server/cancelled.h"
#include "server/label_admin.h"
#include "server/loader.h"
#include "server/reactor.h"
#include "server/record_verification.h"
#include "server/reference_import.h"
#include "server/release_admin.h"
#include "server/upload.h"
#include "server/verification_impact.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using model::Reason;

absl::Status LoadCancelled() {
  return model::MakeError(Reason::kCancelled, "the load was cancelled; nothing was published");
}

// What `work` comes to, unless its caller has gone while it waited for its turn.
template <typename Work>
auto WhileWaitedFor(const grpc::CallbackServerContext* context, const Work& work)
    -> decltype(work()) {
  RETURN_IF_ERROR(CheckCancelled([context] { return context->IsCancelled(); }));
  return work();
}

}  // namespace

// One load: reads the upload, then works on the service's thread, then writes what is left
// to write and ends. Reads and the first write are over before the work begins.
class AdminService::LoadReactor final
    : public grpc::ServerBidiReactor<v1::LoadReleaseRequest, v1::LoadReleaseResponse> {
 public:
  LoadReactor(AdminService& service, grpc::CallbackServerContext* context)
      : service_(service),
        context_(context),
        owns_slot_(!service.loading_.exchange(true)),
        reading_(service.backend_.streams,
                 [this] { End(reading_.Idle("the load was ended; nothing was published")); }),
        writing_(service.backend_.streams, [context] { context->TryCancel(); }) {
    if (!owns_slot_) {
      End(model::MakeError(Reason::kLoadInProgress,
                           "another load is under way; try again when it has ended"));
      return;
    }
    service_.activity_.LoadBegan();
    Read();
  }

  void OnReadDone(bool ok) override {
    // Else the call has ended while it was waited for.
    if (!reading_.Stop()) return;
    if (ok) {
      if (absl::Status status = upload_.Add(request_); !status.ok()) {
        End(status);
        return;
      }
      service_.activity_.LoadReceived(upload_.options().release_id(), upload_.bytes());
      Read();
      return;
    }
    if (absl::Status status = IsCancelled() ? LoadCancelled() : upload_.Finish(); !status.ok()) {
      End(status);
      return;
    }
    // A read fails alike when the client has half-closed and when the call broke off. What can
    // still be written tells that it is not gone, so the work waits for this message to have
    // gone out; that all was sent, what the client said last (upload.h).
    Send(Progress(
        absl::StrCat("received ", upload_.files().size(), " files, ", upload_.bytes(), " bytes")));
  }

  void OnWriteDone(bool ok) override {
    writing_.Stop();
    if (!working_) {
      if (!ok || IsCancelled()) {
        End(LoadCancelled());
        return;
      }
      working_ = true;
      service_.loads_.Run([this] { Work(); });
    }
    bool finish = false;
    {
      absl::MutexLock lock(&mutex_);
      outgoing_.pop_front();
      if (!ok) outgoing_.clear();
      if (!outgoing_.empty()) {
        Write();
      } else {
        finish = ended_;
      }
    }
    if (finish) End(result_);
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  static v1::LoadReleaseResponse Progress(absl::string_view step) {
    v1::LoadReleaseResponse message;
    message.mutable_progress()->set_step(std::string(step));
    return message;
  }

  bool IsCancelled() const { return cancelled_ || context_->IsCancelled(); }

  // Writes a message, after those that wait already.
  void Send(v1::LoadReleaseResponse message) {
    absl::MutexLock lock(&mutex_);
    outgoing_.push_back(std::move(message));
    if (outgoing_.size() == 1) Write();
  }

  void Write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_.Start();
    StartWrite(&outgoing_.front());
  }

  void Read() {
    reading_.Start();
    StartRead(&request_);
  }

  // Runs on the service's thread.
  void Work() {
    LoadHooks hooks;
    hooks.progress = [this](absl::string_view step) {
      service_.activity_.LoadStep(step);
      Send(Progress(step));
    };
    hooks.cancelled = [this] { return IsCancelled(); };
    const std::weak_ptr<const store::Catalog> before = service_.store_.catalog();
    absl::StatusOr<v1::LoadReport> report =
        server::LoadRelease(service_.store_, upload_.options(), std::move(upload_.files()), hooks);
    if (report.ok()) TellImpact(service_.backend_, *report);
    const absl::Status status = report.status();
    // Also where it failed: of a portable file releases may have been published before.
    if (service_.store_.catalog() != before.lock()) service_.on_change_();
    if (status.ok()) {
      v1::LoadReleaseResponse message;
      *message.mutable_report() = *std::move(report);
      // A client that has its report may begin another load.
      GiveSlotBack();
      Send(std::move(message));
    }
    bool finish = false;
    {
      absl::MutexLock lock(&mutex_);
      result_ = status;
      ended_ = true;
      finish = outgoing_.empty();
    }
    if (finish) End(result_);
  }

  // Ends the call, once; nothing of this may be used after it.
  void End(const absl::Status& status) {
    // Before the client hears of an end without a report, so that it can begin another load at
    // once.
    GiveSlotBack();
    Finish(ToGrpcStatus(status));
  }

  void GiveSlotBack() {
    if (!std::exchange(owns_slot_, false)) return;
    service_.activity_.LoadEnded();
    service_.loading_ = false;
  }

  AdminService& service_;
  grpc::CallbackServerContext* const context_;
  // Given back by the work or after it, never by both at a time.
  bool owns_slot_;
  StreamTimer reading_;
  StreamTimer writing_;
  std::atomic<bool> cancelled_ = false;
  Upload upload_;
  v1::LoadReleaseRequest request_;
  // Set by the reaction to the first write, read by reactions only.
  bool working_ = false;
  absl::Mutex mutex_;
  // The first is being written.
  std::deque<v1::LoadReleaseResponse> outgoing_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // Written once before `ended_`.
  absl::Status result_;
};

grpc::ServerBidiReactor<v1::LoadReleaseRequest, v1::LoadReleaseResponse>* AdminService::LoadRelease(
    grpc::CallbackServerContext* context) {
  // Deletes itself when the call is done.
  return new LoadReactor(*this, context);
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* AdminService::Change(
    Worker& worker, grpc::CallbackServerContext* context, const Request* request,
    Response* response,
    absl::StatusOr<Response> (*work)(store::Store& store, const Request& request)) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  // Request and response are there until the call has ended.
  worker.Run([this, context, reactor, request, response, work] {
    // Weak, since a catalog keeps a snapshot of the database, and with it what a delete gives back.
    const std::weak_ptr<const store::Catalog> before = store_.catalog();
    absl::StatusOr<Response> answer =
        WhileWaitedFor(context, [&] { return work(store_, *request); });
    // Before the client hears of it, so that what follows from it has happened, too. Also where it
    // failed: what could not be made safe on a full disk is there all the same.
    if (store_.catalog() != before.lock()) on_change_();
    Answer(reactor, std::move(answer), response);
  });
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::VerifyRelease(grpc::CallbackServerContext* context,
                                                      const v1::VerifyReleaseRequest* request,
                                                      v1::VerifyReleaseResponse* response) {
  // The fresh addenda check is a new catalog, for which whoever works on the old one stops.
  return Change(others_, context, request, response, &server::VerifyRelease);
}

grpc::ServerUnaryReactor* AdminService::DeleteRelease(grpc::CallbackServerContext* context,
                                                      const v1::DeleteReleaseRequest* request,
                                                      v1::DeleteReleaseResponse* response) {
  return Change(others_, context, request, response, &server::DeleteRelease);
}

grpc::ServerUnaryReactor* AdminService::SetActivation(grpc::CallbackServerContext* context,
                                                      const v1::SetActivationRequest* request,
                                                      v1::SetActivationResponse* response) {
  return Change(labels_, context, request, response, &server::SetActivation);
}

grpc::ServerUnaryReactor* AdminService::SetLabel(grpc::CallbackServerContext* context,
                                                 const v1::SetLabelRequest* request,
                                                 v1::SetLabelResponse* response) {
  return Change(labels_, context, request, response, &server::SetLabel);
}

grpc::ServerUnaryReactor* AdminService::RollbackLabel(grpc::CallbackServerContext* context,
                                                      const v1::RollbackLabelRequest* request,
                                                      v1::RollbackLabelResponse* response) {
  return Change(labels_, context, request, response, &server::RollbackLabel);
}

grpc::ServerUnaryReactor* AdminService::RemoveLabel(grpc::CallbackServerContext* context,
                                                    const v1::RemoveLabelRequest* request,
                                                    v1::RemoveLabelResponse* response) {
  return Change(labels_, context, request, response, &server::RemoveLabel);
}

grpc::ServerBidiReactor<v1::ImportReferencesRequest, v1::ImportReferencesResponse>*
AdminService::ImportReferences(grpc::CallbackServerContext* context) {
  return server::ImportReferences(backend_, imports_, context);
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* AdminService::Record(
    grpc::CallbackServerContext* context, const Request* request, Response* response,
    absl::StatusOr<Response> (*work)(const Backend& backend, const Request& request)) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  records_.Run([this, context, reactor, request, response, work] {
    Answer(reactor, WhileWaitedFor(context, [&] { return work(backend_, *request); }), response);
    // So that whoever looks at the queue next need not wait for it. What fails here, fails there.
    backend_.pages->Get(backend_.store.ledger(), model::DateInNewYork(backend_.clock()))
        .status()
        .IgnoreError();
  });
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::RecordVerification(
    grpc::CallbackServerContext* context, const v1::RecordVerificationRequest* request,
    v1::RecordVerificationResponse* response) {
  return Record(context, request, response, &server::RecordVerification);
}

grpc::ServerUnaryReactor* AdminService::SetUsageCounts(grpc::CallbackServerContext* context,
                                                       const v1::SetUsageCountsRequest* request,
                                                       v1::SetUsageCountsResponse* response) {
  return Record(context, request, response, &server::SetUsageCounts);
}

grpc::ServerWriteReactor<v1::ScrubReleasesResponse>* AdminService::ScrubReleases(
    grpc::CallbackServerContext* context, const v1::ScrubReleasesRequest* request) {
  return scrubber_.Scrub(context, *request);
}

grpc::ServerUnaryReactor* AdminService::GetScrubReport(grpc::CallbackServerContext* context,
                                                       const v1::GetScrubReportRequest* /*request*/,
                                                       v1::GetScrubReportResponse* response) {
  return Answer(context->DefaultReactor(),
                absl::StatusOr<v1::GetScrubReportResponse>(scrubber_.Report()), response);
}

grpc::ServerUnaryReactor* AdminService::CreateBackup(grpc::CallbackServerContext* context,
                                                     const v1::CreateBackupRequest* request,
                                                     v1::CreateBackupResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  backups_.Run([this, context, reactor, request, response] {
    const auto cancelled = [context] { return context->IsCancelled(); };
    // Also where older ones could not be deleted after it.
    const auto made = [this](const v1::Backup& backup) { activity_.BackedUp(backup); };
    Answer(reactor,
           WhileWaitedFor(context,
                          [&] { return server::CreateBackup(store_, *request, cancelled, made); }),
           response);
  });
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::ListBackups(grpc::CallbackServerContext* context,
                                                    const v1::ListBackupsRequest* request,
                                                    v1::ListBackupsResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  listings_.Run([context, reactor, request, response] {
    Answer(reactor, WhileWaitedFor(context, [&] { return server::ListBackups(*request); }),
           response);
  });
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::VerifyBackup(grpc::CallbackServerContext* context,
                                                     const v1::VerifyBackupRequest* request,
                                                     v1::VerifyBackupResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  backups_.Run([context, reactor, request, response] {
    const auto cancelled = [context] { return context->IsCancelled(); };
    Answer(reactor,
           WhileWaitedFor(context, [&] { return server::VerifyBackup(*request, cancelled); }),
           response);
  });
  return reactor;
}

}  // namespace codeset::server
