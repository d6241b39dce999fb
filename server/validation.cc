#include "server/validation.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "server/request.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::server {
namespace {

using model::Reason;

absl::Status Cancelled() {
  return model::MakeError(Reason::kCancelled, "the call ended before all was validated");
}

// Whether an error is about what a row asked, and not about this server.
bool IsOfRow(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
         absl::IsFailedPrecondition(status) || absl::IsOutOfRange(status);
}

// A row that is not answered.
v1::CodeValidation NotAnswerable(const absl::Status& why) {
  v1::CodeValidation told;
  told.set_outcome(v1::VALIDATION_OUTCOME_NOT_ANSWERABLE);
  told.set_release_index(-1);
  const Reason reason = model::ReasonOf(why).value_or(Reason::kInternal);
  v1::ErrorReason named = v1::ERROR_REASON_INTERNAL;
  v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", model::ReasonName(reason)), &named);
  told.set_reason(named);
  told.set_message(model::EscapeInvalidUtf8(why.message()));
  const model::ErrorFacts facts = model::FactsOf(why);
  if (const auto edition = facts.find("edition"); edition != facts.end()) {
    told.set_edition_id(edition->second);
  }
  return told;
}

// The text as it was sent, or its beginning: a result must not grow with what is refused.
std::string Shown(absl::string_view text) {
  return std::string(model::CutUtf8(text, model::kMaxIdTextLength));
}

// Nothing but one read or one write is under way at a time, so that reactions follow each
// other; OnCancel alone may come at any time.
class ValidationReactor final : public grpc::ServerBidiReactor<v1::StreamValidateCodesRequest,
                                                               v1::StreamValidateCodesResponse> {
 public:
  explicit ValidationReactor(const Backend& backend) : session_(backend) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      // A read fails alike when the client has half-closed and when the call broke off.
      Finish(ToGrpcStatus(cancelled_ ? Cancelled() : absl::OkStatus()));
      return;
    }
    if (const absl::Status status = session_.Take(std::move(request_)); !status.ok()) {
      Finish(ToGrpcStatus(status));
      return;
    }
    WriteOrRead();
  }

  void OnWriteDone(bool ok) override {
    if (!ok || cancelled_) {
      Finish(ToGrpcStatus(Cancelled()));
      return;
    }
    WriteOrRead();
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  void WriteOrRead() {
    absl::StatusOr<std::optional<v1::StreamValidateCodesResponse>> response = session_.Next();
    if (!response.ok()) {
      Finish(ToGrpcStatus(response.status()));
      return;
    }
    if (response->has_value()) {
      response_ = **std::move(response);
      StartWrite(&response_);
      return;
    }
    request_.Clear();
    StartRead(&request_);
  }

  ValidationSession session_;
  v1::StreamValidateCodesRequest request_;
  // Kept until it is written.
  v1::StreamValidateCodesResponse response_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace

absl::StatusOr<v1::ValidateCodesResponse> ValidateCodes(const Backend& backend,
                                                        const v1::ValidateCodesRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  check.Count("codes", request.codes_size(), kMaxBatchIds);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open, Open(backend, request.release()));
  ReleaseValidators validators(backend);
  ASSIGN_OR_RETURN(const std::shared_ptr<ReleaseValidator> validator, validators.Open(open));
  v1::ValidateCodesResponse response;
  size_t bytes = 0;
  for (int i = 0; i < request.codes_size(); ++i) {
    v1::CodeValidation& result = *response.add_results();
    ASSIGN_OR_RETURN(result, validator->Validate(request.codes(i)));
    result.set_row(i);
    result.set_text(Shown(request.codes(i)));
    bytes += result.ByteSizeLong();
    if (bytes > kMaxBatchBytes) {
      return model::MakeError(
          Reason::kAnswerTooLarge,
          absl::StrCat("the answer to ", request.codes_size(), " codes would have more than ",
                       kMaxBatchBytes >> 20, " MiB, reached after ", response.results_size(),
                       " of them; ask for fewer codes, or use StreamValidateCodes"),
          {{"max_bytes", absl::StrCat(kMaxBatchBytes)}});
    }
  }
  *response.add_releases() = std::move(open.resolved);
  return response;
}

absl::Status ValidationSession::Take(v1::StreamValidateCodesRequest request) {
  RequestCheck check;
  if (begun_ && request.has_release()) {
    check.Fail("release", "only the first message names the release of rows that name none");
  }
  if (begun_ || request.rows_size() > 0) {
    check.Count("rows", request.rows_size(), kMaxValidationRows);
  }
  RETURN_IF_ERROR(check.status());
  if (!begun_) default_release_ = std::move(*request.mutable_release());
  begun_ = true;
  first_row_ += request_.rows_size();
  request_ = std::move(request);
  row_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<v1::StreamValidateCodesResponse>> ValidationSession::Next() {
  v1::StreamValidateCodesResponse response;
  for (size_t bytes = 0; row_ < request_.rows_size() && bytes < kMaxValidationBytes; ++row_) {
    const v1::CodeToValidate& row = request_.rows(row_);
    v1::CodeValidation& result = *response.add_results();
    ASSIGN_OR_RETURN(result, Answer(row, response));
    result.set_row(first_row_ + row_);
    result.set_text(Shown(row.code()));
    bytes += result.ByteSizeLong();
  }
  if (response.results().empty()) return std::optional<v1::StreamValidateCodesResponse>();
  return std::optional<v1::StreamValidateCodesResponse>(std::move(response));
}

absl::StatusOr<v1::CodeValidation> ValidationSession::Answer(
    const v1::CodeToValidate& row, v1::StreamValidateCodesResponse& response) {
  const v1::ReleaseSelector& selector = row.has_release() ? row.release() : default_release_;
  const std::string key = selector.SerializeAsString();
  auto known = known_.find(key);
  Resolved once;
  if (known == known_.end()) {
    ASSIGN_OR_RETURN(once, Resolve(selector, response));
    if (known_.size() < kMaxKnownSelectors) known = known_.emplace(key, once).first;
  }
  const Resolved& resolved = known == known_.end() ? once : known->second;
  if (resolved.validator == nullptr) return resolved.failure;
  ASSIGN_OR_RETURN(v1::CodeValidation told, resolved.validator->Validate(row.code()));
  told.set_release_index(resolved.release_index);
  return told;
}

absl::StatusOr<ValidationSession::Resolved> ValidationSession::Resolve(
    const v1::ReleaseSelector& selector, v1::StreamValidateCodesResponse& response) {
  Resolved resolved;
  RequestCheck check;
  check.Selector("release", selector);
  const absl::Status malformed = check.status();
  absl::StatusOr<OpenRelease> open =
      malformed.ok() ? ResolveIn(backend_, catalog_, selector, "release") : malformed;
  if (!open.ok()) {
    if (!IsOfRow(open.status())) return open.status();
    resolved.failure = NotAnswerable(open.status());
    return resolved;
  }
  ASSIGN_OR_RETURN(resolved.validator, validators_.Open(*open));
  // Days of one release are told once.
  open->resolved.mutable_coverage()->clear_date();
  const auto next = static_cast<int32_t>(told_.size());
  const auto [told, added] = told_.emplace(open->resolved.SerializeAsString(), next);
  if (added) *response.add_releases() = std::move(open->resolved);
  resolved.release_index = told->second;
  return resolved;
}

grpc::ServerBidiReactor<v1::StreamValidateCodesRequest, v1::StreamValidateCodesResponse>*
StreamValidateCodes(const Backend& backend) {
  // Deletes itself when the call is done.
  return new ValidationReactor(backend);
}

}  // namespace codeset::server
