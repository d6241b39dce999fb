#include "server/validation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "server/error.h"
#include "server/reactor.h"
#include "server/request.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/query/validation_wire.h"
#include "storage/query/wire_writer.h"

namespace codeset::server {
namespace {

using model::Reason;

// Of what is told of a row that is not answered.
constexpr size_t kMaxMessageBytes = 1000;

// The bytes of the answer to a row that is a billable code, mostly.
constexpr size_t kUsualRowBytes = 100;

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
  told.set_message(model::EscapeInvalidUtf8(model::CutUtf8(why.message(), kMaxMessageBytes)));
  const model::ErrorFacts facts = model::FactsOf(why);
  if (const auto edition = facts.find("edition"); edition != facts.end()) {
    told.set_edition_id(edition->second);
  }
  return told;
}

}  // namespace

absl::StatusOr<std::string> ValidateCodesBytes(const Backend& backend,
                                               const v1::ValidateCodesRequest& request,
                                               const Cancelled& cancelled) {
  using Response = v1::ValidateCodesResponse;
  RequestCheck check;
  check.Selector("release", request.release());
  check.Count("codes", request.codes_size(), kMaxBatchIds);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const OpenRelease open, Open(backend, request.release()));
  ReleaseValidators validators(backend, cancelled);
  ASSIGN_OR_RETURN(const std::shared_ptr<ReleaseValidator> validator, validators.Open(open));
  std::string bytes;
  query::AppendBytesField(Response::kReleasesFieldNumber, open.resolved.SerializeAsString(), bytes);
  const size_t head = bytes.size();
  bytes.reserve(head + request.codes_size() * kUsualRowBytes);
  std::array<absl::string_view, kRowsBetweenLooks> codes;
  std::array<image::NodeIndex, kRowsBetweenLooks> billable;
  for (int i = 0; i < request.codes_size(); ++i) {
    const int place = i % kRowsBetweenLooks;
    if (place == 0) {
      // Ten thousand codes that are unknown take seconds; nobody may be waiting any more.
      RETURN_IF_ERROR(CheckCancelled(cancelled));
      const int count = std::min(kRowsBetweenLooks, request.codes_size() - i);
      for (int j = 0; j < count; ++j) codes[j] = request.codes(i + j);
      const auto found = absl::MakeSpan(billable).first(count);
      validator->FindBillable(absl::MakeConstSpan(codes).first(count), found);
      query::WarmResults(*open.image, found);
    }
    const std::string& code = request.codes(i);
    if (billable[place] != image::kNoNode) {
      query::AppendBillableResult(Response::kResultsFieldNumber, *open.image, billable[place], i,
                                  code, /*release_index=*/0, bytes);
    } else {
      ASSIGN_OR_RETURN(v1::CodeValidation result, validator->Validate(code));
      result.set_row(i);
      result.set_text(ShownText(code));
      query::AppendBytesField(Response::kResultsFieldNumber, result.SerializeAsString(), bytes);
    }
    if (bytes.size() - head > kMaxBatchBytes) {
      return model::MakeError(
          Reason::kAnswerTooLarge,
          absl::StrCat("the answer to ", request.codes_size(), " codes would have more than ",
                       kMaxBatchBytes >> 20, " MiB, reached after ", i + 1,
                       " of them; ask for fewer codes, or use StreamValidateCodes"),
          {{"max_bytes", absl::StrCat(kMaxBatchBytes)}});
    }
  }
  return bytes;
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
  request_bytes_ = 0;
  for (const v1::CodeToValidate& row : request_.rows()) {
    request_bytes_ += row.code().size() + (row.has_release() ? row.release().ByteSizeLong() : 0);
  }
  row_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<v1::StreamValidateCodesResponse>> ValidationSession::Next() {
  v1::StreamValidateCodesResponse response;
  for (size_t bytes = 0; row_ < request_.rows_size() && bytes < kMaxValidationBytes &&
                         response.results_size() < kRowsBetweenLooks;
       ++row_) {
    const v1::CodeToValidate& row = request_.rows(row_);
    v1::CodeValidation& result = *response.add_results();
    ASSIGN_OR_RETURN(result, Answer(row, response));
    result.set_row(first_row_ + row_);
    result.set_text(ShownText(row.code()));
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
    const size_t bytes = sizeof(*known) + key.size() +
                         (once.validator == nullptr ? once.failure.SpaceUsedLong() : 0);
    if (known_bytes_ + bytes <= kMaxKnownBytes) {
      known_bytes_ += bytes;
      known = known_.emplace(key, once).first;
    }
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

ByteStreamReactor* StreamValidateCodes(const Backend& backend,
                                       grpc::CallbackServerContext* context) {
  // Deletes itself when the call is done.
  return new SessionReactor<ValidationSession, v1::StreamValidateCodesRequest,
                            v1::StreamValidateCodesResponse>(context, backend);
}

}  // namespace codeset::server
