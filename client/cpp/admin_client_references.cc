// The calls of the admin client that are about pages and their verification.
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/admin_client.h"
#include "client/cpp/assertion.h"
#include "client/cpp/client.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

// How many bytes of pages a message gathers. With the largest page, itself of 1 MiB, a message
// stays below the 2 MiB that the server takes.
constexpr std::size_t kImportBatchBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20;

// The pages of an import in messages.
class Batches {
 public:
  explicit Batches(const NextReference& next) : next_(next) {}

  // The next message; nothing at the end.
  absl::StatusOr<std::optional<v1::ImportReferencesRequest>> Next() {
    v1::ImportReferencesRequest request;
    std::size_t bytes = 0;
    while (true) {
      if (!held_.has_value() && !ended_) {
        ASSIGN_OR_RETURN(held_, next_());
        ended_ = !held_.has_value();
      }
      if (!held_.has_value()) break;
      const std::size_t size = held_->ByteSizeLong();
      if (size > kMaxPageBytes) {
        return absl::InvalidArgumentError(
            absl::StrCat("the page of ", held_->code(), " has ", size,
                         " bytes in its binary form, and may have 1 MiB"));
      }
      if (bytes > 0 && bytes + size > kImportBatchBytes) return Full(std::move(request));
      bytes += size;
      *request.mutable_documents()->add_references() = *std::exchange(held_, std::nullopt);
      // A page without content has no bytes, and is one all the same.
      bytes += 1;
    }
    if (bytes == 0) return std::optional<v1::ImportReferencesRequest>();
    return Full(std::move(request));
  }

 private:
  static std::optional<v1::ImportReferencesRequest> Full(v1::ImportReferencesRequest request) {
    return std::optional<v1::ImportReferencesRequest>(std::move(request));
  }

  const NextReference& next_;
  // A page that did not fit into the message before.
  std::optional<v1::Reference> held_;
  bool ended_ = false;
};

// Why an import cannot go on: what the server says, or that it says what is not its turn.
absl::Status Ended(ImportStream& stream) {
  ASSIGN_OR_RETURN(const std::optional<v1::ImportReferencesResponse> response, stream.Next());
  return absl::InternalError("the server ended the import before it was sent");
}

// Reads the answer to one message of pages.
absl::Status ReadProgress(ImportStream& stream, const ImportCallback& progress) {
  ASSIGN_OR_RETURN(const std::optional<v1::ImportReferencesResponse> response, stream.Next());
  if (!response.has_value() || !response->has_progress()) {
    return absl::InternalError("the server ended the import before it was sent");
  }
  if (progress) progress(response->progress().documents());
  return absl::OkStatus();
}

// Sends all messages; the half-close is left.
absl::Status SendPages(const v1::ImportOptions& import, const NextReference& next,
                       const ImportCallback& progress, ImportStream& stream) {
  v1::ImportReferencesRequest opening;
  *opening.mutable_options() = import;
  if (!stream.Write(opening)) return Ended(stream);
  Batches batches(next);
  v1::ImportReferencesRequest closing;
  closing.mutable_end();
  bool unanswered = false;
  while (true) {
    // While this message is made, the server is at the one before.
    ASSIGN_OR_RETURN(const std::optional<v1::ImportReferencesRequest> batch, batches.Next());
    if (unanswered) RETURN_IF_ERROR(ReadProgress(stream, progress));
    if (!batch.has_value()) return stream.Write(closing) ? absl::OkStatus() : Ended(stream);
    if (!stream.Write(*batch)) return Ended(stream);
    closing.mutable_end()->set_documents(closing.end().documents() +
                                         batch->documents().references_size());
    unanswered = true;
  }
}

}  // namespace

absl::StatusOr<v1::ImportReport> AdminClient::ImportReferences(
    const v1::ImportOptions& import, const NextReference& next, const ImportCallback& progress,
    const CallOverrides& overrides) const {
  v1::ImportOptions options = import;
  ASSIGN_OR_RETURN(*options.mutable_release(), Selected(options_.pin, import.release()));
  const std::unique_ptr<ImportStream> stream =
      connection_->ImportReferences(DeadlineAfter(options_.admin_timeout, overrides));
  if (absl::Status sent = SendPages(options, next, progress, *stream); !sent.ok()) {
    stream->Cancel();
    return sent;
  }
  stream->WritesDone();
  std::optional<v1::ImportReport> report;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<v1::ImportReferencesResponse> response, stream->Next());
    if (!response.has_value()) break;
    if (response->has_report()) report = std::move(*response->mutable_report());
  }
  if (!report.has_value()) {
    return absl::InternalError("the server ended the import without a report");
  }
  RETURN_IF_ERROR(CheckAssertion(options.release(), report->release()));
  return *std::move(report);
}

absl::StatusOr<v1::RecordVerificationResponse> AdminClient::RecordVerification(
    v1::RecordVerificationRequest request, const CallOverrides& overrides) const {
  for (v1::NewVerification& event : *request.mutable_verifications()) {
    ASSIGN_OR_RETURN(*event.mutable_release(), Selected(options_.pin, event.release()));
  }
  ASSIGN_OR_RETURN(
      v1::RecordVerificationResponse answer,
      connection_->RecordVerification(DeadlineAfter(options_.admin_timeout, overrides), request));
  if (answer.verifications_size() != request.verifications_size()) {
    return absl::InternalError("the server does not answer each verification");
  }
  return answer;
}

absl::StatusOr<v1::SetUsageCountsResponse> AdminClient::SetUsageCounts(
    const v1::SetUsageCountsRequest& request, const CallOverrides& overrides) const {
  return connection_->SetUsageCounts(DeadlineAfter(options_.admin_timeout, overrides), request);
}

}  // namespace codeset::client
