#include "server/reference_import.h"

#include <atomic>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "server/request.h"
#include "server/source_check.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using model::Reason;

constexpr size_t kMaxBy = 200;
constexpr int kMaxWarnings = 1000;
constexpr size_t kMaxRevisions = 1000;

absl::Status Invalid(absl::string_view field, absl::string_view why) {
  return InvalidFields(Reason::kArgumentInvalid, {{std::string(field), std::string(why)}});
}

absl::Status Cancelled() {
  return model::MakeError(Reason::kCancelled, "the import was cancelled; nothing was imported");
}

}  // namespace

absl::Status ImportSession::Begin(const v1::ImportOptions& options) {
  RequestCheck check;
  check.Selector("options.release", options.release());
  CheckLength(check, "options.by", options.by(), kMaxBy);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(open_, Open(backend_, options.release(), "options.release"));
  ASSIGN_OR_RETURN(import_, backend_.store.ledger().BeginImport(options.by(), options.dry_run()));
  checker_.emplace(backend_, open_);
  report_.set_dry_run(options.dry_run());
  *report_.mutable_release() = open_.resolved;
  return absl::OkStatus();
}

absl::Status ImportSession::Add(v1::Reference& page) {
  const int number = documents_++;
  const std::string prefix = absl::StrCat("documents[", number, "].");
  RequestCheck check;
  std::vector<v1::ImportWarning> warnings;
  RETURN_IF_ERROR(checker_->Check(prefix, page, check, warnings));
  if (const absl::Status status = check.status(); !status.ok()) {
    return InvalidFields(Reason::kReferenceInvalid, ViolationsOf(status));
  }
  absl::StatusOr<store::PageOutcome> outcome = import_->Add(page);
  if (!outcome.ok()) {
    if (model::ReasonOf(outcome.status()) != Reason::kArgumentInvalid) return outcome.status();
    return InvalidFields(Reason::kReferenceInvalid,
                         {{absl::StrCat(prefix, "code"), std::string(outcome.status().message())}});
  }
  switch (*outcome) {
    case store::PageOutcome::kCreated:
      report_.set_created(report_.created() + 1);
      break;
    case store::PageOutcome::kRevised:
      report_.set_revised(report_.revised() + 1);
      break;
    case store::PageOutcome::kUnchanged:
      report_.set_unchanged(report_.unchanged() + 1);
      break;
  }
  for (v1::ImportWarning& warning : warnings) {
    report_.set_warning_count(report_.warning_count() + 1);
    if (report_.warnings_size() == kMaxWarnings) continue;
    warning.set_document(number);
    warning.set_code(page.code());
    // The document is told beside it.
    warning.set_field(warning.field().substr(prefix.size()));
    *report_.add_warnings() = std::move(warning);
  }
  return absl::OkStatus();
}

absl::Status ImportSession::Take(v1::ImportReferencesRequest& request) {
  if (ended_) return Invalid("end", "it is the last message");
  if (request.has_options()) {
    if (import_ != nullptr) return Invalid("options", "they are sent once, first");
    return Begin(request.options());
  }
  if (!request.has_documents() && !request.has_end()) {
    return Invalid("part", "a message holds options, documents or the end");
  }
  if (import_ == nullptr) return Invalid("options", "they are sent before all documents");
  if (request.has_end()) {
    if (request.end().documents() != documents_) {
      return Invalid("end.documents", absl::StrCat(request.end().documents(), " were sent, and ",
                                                   documents_, " have been received"));
    }
    ended_ = true;
    return absl::OkStatus();
  }
  for (v1::Reference& page : *request.mutable_documents()->mutable_references()) {
    if (documents_ == kMaxImportPages) {
      return Invalid("documents", absl::StrCat("an import has at most ", kMaxImportPages,
                                               " pages; divide the file"));
    }
    RETURN_IF_ERROR(Add(page));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ImportReport> ImportSession::Commit() {
  if (import_ == nullptr) return Invalid("options", "they are required, first of all");
  if (documents_ == 0) return Invalid("documents", "an import needs at least one page");
  // As for a load (upload.cc).
  if (!ended_) {
    return Invalid("end",
                   absl::StrCat("it is required, after the last documents, so that a part is "
                                "never taken for the whole; ",
                                documents_, " pages had come"));
  }
  ASSIGN_OR_RETURN(std::vector<v1::ReferenceRevision> revisions, import_->Commit(kMaxRevisions));
  for (v1::ReferenceRevision& revision : revisions) {
    *report_.add_revisions() = std::move(revision);
  }
  return std::move(report_);
}

namespace {

// One call. Nothing but one read, one write or one piece of work is under way at a time, so that
// reactions and work follow each other; OnCancel alone may come at any time.
class ImportReactor final
    : public grpc::ServerBidiReactor<v1::ImportReferencesRequest, v1::ImportReferencesResponse> {
 public:
  ImportReactor(const Backend& backend, Worker& worker, grpc::CallbackServerContext* context)
      : worker_(worker),
        context_(context),
        reading_(backend.streams,
                 [this] { End(reading_.Idle("the import was ended; nothing was imported")); }),
        writing_(backend.streams, [context] { context->TryCancel(); }),
        session_(std::in_place, backend) {
    Read();
  }

  void OnReadDone(bool ok) override {
    // Else the call has ended while it was waited for.
    if (!reading_.Stop()) return;
    if (ok) {
      worker_.Run([this] { Take(); });
      return;
    }
    // A read fails alike when the client has half-closed and when the call broke off. What can
    // still be written tells that it is not gone, so nothing is published before this has gone out;
    // that all was sent, what the client said last (ImportEnd).
    if (IsCancelled()) {
      End(Cancelled());
      return;
    }
    half_closed_ = true;
    SendProgress();
  }

  void OnWriteDone(bool ok) override {
    writing_.Stop();
    if (reported_) {
      End(absl::OkStatus());
    } else if (!ok || IsCancelled()) {
      End(Cancelled());
    } else if (half_closed_) {
      worker_.Run([this] { Commit(); });
    } else {
      request_.Clear();
      Read();
    }
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  bool IsCancelled() const { return cancelled_ || context_->IsCancelled(); }

  void Read() {
    reading_.Start();
    StartRead(&request_);
  }

  void Write() {
    writing_.Start();
    StartWrite(&response_);
  }

  void SendProgress() {
    response_.mutable_progress()->set_documents(session_->documents());
    Write();
  }

  // On the worker's thread, as the next.
  void Take() {
    if (const absl::Status status = session_->Take(request_); !status.ok()) {
      End(status);
    } else if (!request_.has_documents()) {
      request_.Clear();
      Read();
    } else {
      SendProgress();
    }
  }

  void Commit() {
    absl::StatusOr<v1::ImportReport> report = session_->Commit();
    if (!report.ok()) {
      End(report.status());
      return;
    }
    reported_ = true;
    *response_.mutable_report() = *std::move(report);
    // A client that has its report may begin another import.
    session_.reset();
    Write();
  }

  // Before the client hears of an end without a report, so that it can begin another import at
  // once, the session gives up its place. What it laid aside is removed here, a reaction's thread,
  // the worker's or the watch's.
  void End(const absl::Status& status) {
    session_.reset();
    Finish(ToGrpcStatus(status));
  }

  Worker& worker_;
  grpc::CallbackServerContext* const context_;
  StreamTimer reading_;
  StreamTimer writing_;
  std::optional<ImportSession> session_;
  v1::ImportReferencesRequest request_;
  // Kept until it is written.
  v1::ImportReferencesResponse response_;
  std::atomic<bool> cancelled_ = false;
  bool half_closed_ = false;
  bool reported_ = false;
};

}  // namespace

grpc::ServerBidiReactor<v1::ImportReferencesRequest, v1::ImportReferencesResponse>*
ImportReferences(const Backend& backend, Worker& worker, grpc::CallbackServerContext* context) {
  // Deletes itself when the call is done.
  return new ImportReactor(backend, worker, context);
}

}  // namespace codeset::server
