#include "client/cpp/client.h"

#include <utility>

#include "absl/time/clock.h"
#include "client/cpp/answers.h"
#include "client/cpp/assertion.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

// What the first page says of the whole, and the items of a page.
template <typename Response>
ConceptsHeader HeaderOf(const Response& page) {
  return {page.release(), page.total_size(), page.complete()};
}
ReferencingHeader HeaderOf(const v1::ListReferencingResponse& page) {
  return {page.release(), page.total_size(), page.tabular_state()};
}
template <typename Response>
auto ItemsOf(Response& page) {
  return Take(page.mutable_concepts());
}
std::vector<v1::Referencing> ItemsOf(v1::ListReferencingResponse& page) {
  return Take(page.mutable_referencing());
}

// A range over the pages that `get_page` returns for `request`, asked of `release`.
template <typename Range, typename Request, typename GetPage>
Range OverPages(const absl::StatusOr<v1::ReleaseSelector>& release, Request request,
                GetPage get_page) {
  if (!release.ok()) return Failed<Range>(release.status());
  *request.mutable_release() = *release;
  return OverPagesOf<Range>(
      std::move(request),
      [get_page](const Request& page) { return Asserted(page.release(), get_page(page)); },
      [](auto& page, bool first) {
        typename Range::Batch batch;
        if (first) batch.header = HeaderOf(page);
        batch.items = ItemsOf(page);
        return batch;
      });
}

ConceptRange::Batch UnpackDescendants(v1::StreamDescendantsResponse& message, bool first) {
  ConceptRange::Batch batch;
  if (first) batch.header = ConceptsHeader{message.release(), std::nullopt, message.complete()};
  batch.items = Take(message.mutable_concepts());
  return batch;
}

ChangeRange::Batch UnpackDiff(v1::StreamDiffResponse& message, bool first) {
  ChangeRange::Batch batch;
  if (first) {
    batch.header = DiffHeader{
        message.from(),        message.to(),        Take(message.mutable_comparability()),
        message.from_counts(), message.to_counts(), message.complete()};
  }
  batch.items = Take(message.mutable_changes());
  return batch;
}

HistoryRange::Batch UnpackHistories(v1::StreamHistoriesResponse& message, bool first) {
  HistoryRange::Batch batch;
  if (first) {
    batch.header = HistoryHeader{Take(message.mutable_releases()), Take(message.mutable_gaps()),
                                 message.as_of()};
  }
  batch.items = Take(message.mutable_histories());
  return batch;
}

}  // namespace

CallOptions DeadlineAfter(absl::Duration timeout, const CallOverrides& overrides) {
  if (overrides.timeout.has_value() && *overrides.timeout > absl::ZeroDuration() &&
      *overrides.timeout < absl::InfiniteDuration()) {
    timeout = *overrides.timeout;
  }
  return {absl::Now() + timeout};
}

absl::StatusOr<v1::ReleaseSelector> Client::Selected(const v1::ReleaseSelector& selector) const {
  return client::Selected(options_.pin, selector);
}

absl::StatusOr<v1::GetConceptResponse> Client::GetConcept(const v1::ReleaseSelector& release,
                                                          absl::string_view id,
                                                          v1::ConceptView view,
                                                          const CallOverrides& overrides,
                                                          TellVerification verification) const {
  v1::GetConceptRequest request;
  ASSIGN_OR_RETURN(*request.mutable_release(), Selected(release));
  request.set_id(std::string(id));
  request.set_view(view);
  request.set_include_verification(verification == TellVerification::kYes);
  return Asserted(request.release(), connection_->GetConcept(Unary(overrides), request));
}

absl::StatusOr<v1::BatchGetConceptsResponse> Client::BatchGetConcepts(
    const v1::ReleaseSelector& release, const std::vector<std::string>& ids, v1::ConceptView view,
    const CallOverrides& overrides, TellVerification verification) const {
  v1::BatchGetConceptsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_release(), Selected(release));
  request.mutable_ids()->Add(ids.begin(), ids.end());
  request.set_view(view);
  request.set_include_verification(verification == TellVerification::kYes);
  return Asserted(request.release(), connection_->BatchGetConcepts(Unary(overrides), request));
}

ConceptRange Client::ListConcepts(const v1::ListConceptsRequest& request,
                                  const CallOverrides& overrides) const {
  return OverPages<ConceptRange>(Selected(request.release()), request,
                                 [client = *this, overrides](const v1::ListConceptsRequest& page) {
                                   return client.connection_->ListConcepts(client.Unary(overrides),
                                                                           page);
                                 });
}

ConceptRange Client::ListRelatives(const v1::ListRelativesRequest& request,
                                   const CallOverrides& overrides) const {
  return OverPages<ConceptRange>(Selected(request.release()), request,
                                 [client = *this, overrides](const v1::ListRelativesRequest& page) {
                                   return client.connection_->ListRelatives(client.Unary(overrides),
                                                                            page);
                                 });
}

ReferencingRange Client::ListReferencing(const v1::ListReferencingRequest& request,
                                         const CallOverrides& overrides) const {
  return OverPages<ReferencingRange>(
      Selected(request.release()), request,
      [client = *this, overrides](const v1::ListReferencingRequest& page) {
        return client.connection_->ListReferencing(client.Unary(overrides), page);
      });
}

ConceptRange Client::StreamDescendants(v1::StreamDescendantsRequest request,
                                       const CallOverrides& overrides) const {
  const absl::StatusOr<v1::ReleaseSelector> selected = Selected(request.release());
  if (!selected.ok()) return Failed<ConceptRange>(selected.status());
  *request.mutable_release() = *selected;
  return OverStream<ConceptRange>(
      [client = *this, overrides, request] {
        return client.connection_->StreamDescendants(
            DeadlineAfter(client.options_.stream_timeout, overrides), request);
      },
      [asked = request.release()](const v1::StreamDescendantsResponse& message) {
        return CheckAssertion(asked, message.release());
      },
      UnpackDescendants);
}

absl::StatusOr<v1::GetSubsumptionResponse> Client::GetSubsumption(
    const v1::ReleaseSelector& release, absl::string_view a, absl::string_view b,
    const CallOverrides& overrides) const {
  v1::GetSubsumptionRequest request;
  ASSIGN_OR_RETURN(*request.mutable_release(), Selected(release));
  request.set_a(std::string(a));
  request.set_b(std::string(b));
  return Asserted(request.release(), connection_->GetSubsumption(Unary(overrides), request));
}

absl::StatusOr<v1::GetCommonAncestorResponse> Client::GetCommonAncestor(
    const v1::ReleaseSelector& release, const std::vector<std::string>& ids, v1::ConceptView view,
    const CallOverrides& overrides) const {
  v1::GetCommonAncestorRequest request;
  ASSIGN_OR_RETURN(*request.mutable_release(), Selected(release));
  request.mutable_ids()->Add(ids.begin(), ids.end());
  request.set_view(view);
  return Asserted(request.release(), connection_->GetCommonAncestor(Unary(overrides), request));
}

absl::StatusOr<v1::ListReleasesResponse> Client::ListReleases(
    const CallOverrides& overrides) const {
  return connection_->ListReleases(Unary(overrides), v1::ListReleasesRequest());
}

absl::StatusOr<v1::GetReleaseResponse> Client::GetRelease(const v1::ReleaseSelector& release,
                                                          const CallOverrides& overrides) const {
  v1::GetReleaseRequest request;
  ASSIGN_OR_RETURN(*request.mutable_release(), Selected(release));
  ASSIGN_OR_RETURN(v1::GetReleaseResponse answer,
                   connection_->GetRelease(Unary(overrides), request));
  RETURN_IF_ERROR(CheckAssertion(request.release(), answer.resolved()));
  return answer;
}

absl::StatusOr<v1::ResolveReleaseResponse> Client::ResolveRelease(
    const v1::ReleaseSelector& release, const CallOverrides& overrides) const {
  v1::ResolveReleaseRequest request;
  ASSIGN_OR_RETURN(*request.mutable_release(), Selected(release));
  return Asserted(request.release(), connection_->ResolveRelease(Unary(overrides), request));
}

absl::StatusOr<v1::GetDiffSummaryResponse> Client::GetDiffSummary(
    const v1::GetDiffSummaryRequest& request, const CallOverrides& overrides) const {
  v1::GetDiffSummaryRequest asked = request;
  ASSIGN_OR_RETURN(*asked.mutable_from(), Selected(request.from()));
  ASSIGN_OR_RETURN(*asked.mutable_to(), Selected(request.to()));
  ASSIGN_OR_RETURN(v1::GetDiffSummaryResponse answer,
                   connection_->GetDiffSummary(Unary(overrides), asked));
  RETURN_IF_ERROR(CheckAssertion(asked.from(), answer.from()));
  RETURN_IF_ERROR(CheckAssertion(asked.to(), answer.to()));
  return answer;
}

ChangeRange Client::StreamDiff(v1::StreamDiffRequest request,
                               const CallOverrides& overrides) const {
  const absl::StatusOr<v1::ReleaseSelector> from = Selected(request.from());
  const absl::StatusOr<v1::ReleaseSelector> to = Selected(request.to());
  if (!from.ok() || !to.ok()) return Failed<ChangeRange>(from.ok() ? to.status() : from.status());
  *request.mutable_from() = *from;
  *request.mutable_to() = *to;
  return OverStream<ChangeRange>(
      [client = *this, overrides, request] {
        return client.connection_->StreamDiff(
            DeadlineAfter(client.options_.stream_timeout, overrides), request);
      },
      [from = *from, to = *to](const v1::StreamDiffResponse& message) {
        const absl::Status checked = CheckAssertion(from, message.from());
        return checked.ok() ? CheckAssertion(to, message.to()) : checked;
      },
      UnpackDiff);
}

absl::StatusOr<v1::GetReplacementsResponse> Client::GetReplacements(
    absl::string_view id, const v1::ReleaseSelector& from, const v1::ReleaseSelector& to,
    const CallOverrides& overrides) const {
  v1::GetReplacementsRequest request;
  request.set_id(std::string(id));
  ASSIGN_OR_RETURN(*request.mutable_from(), Selected(from));
  ASSIGN_OR_RETURN(*request.mutable_to(), Selected(to));
  ASSIGN_OR_RETURN(v1::GetReplacementsResponse answer,
                   connection_->GetReplacements(Unary(overrides), request));
  RETURN_IF_ERROR(CheckAssertion(request.from(), answer.from()));
  RETURN_IF_ERROR(CheckAssertion(request.to(), answer.to()));
  return answer;
}

absl::StatusOr<v1::GetHistoryResponse> Client::GetHistory(absl::string_view id,
                                                          const CallOverrides& overrides) const {
  v1::GetHistoryRequest request;
  request.set_id(std::string(id));
  return connection_->GetHistory(Unary(overrides), request);
}

HistoryRange Client::StreamHistories(v1::StreamHistoriesRequest request,
                                     const CallOverrides& overrides) const {
  return OverStream<HistoryRange>(
      [client = *this, overrides, request = std::move(request)] {
        return client.connection_->StreamHistories(
            DeadlineAfter(client.options_.stream_timeout, overrides), request);
      },
      [](const v1::StreamHistoriesResponse&) { return absl::OkStatus(); }, UnpackHistories);
}

absl::StatusOr<v1::ValidateCodesResponse> Client::ValidateCodes(
    const v1::ReleaseSelector& release, const std::vector<std::string>& codes,
    const CallOverrides& overrides) const {
  v1::ValidateCodesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_release(), Selected(release));
  request.mutable_codes()->Assign(codes.begin(), codes.end());
  ASSIGN_OR_RETURN(v1::ValidateCodesResponse response,
                   connection_->ValidateCodes(Unary(overrides), request));
  if (response.releases().empty()) {
    return absl::InternalError("the server's answer does not say which release answered");
  }
  RETURN_IF_ERROR(CheckAssertion(request.release(), response.releases(0)));
  return response;
}

ValidationRange Client::StreamValidateCodes(const v1::ReleaseSelector& release, NextCode next_code,
                                            const CallOverrides& overrides) const {
  const absl::StatusOr<v1::ReleaseSelector> selected = Selected(release);
  if (!selected.ok()) return Failed<ValidationRange>(selected.status());
  return ValidateRows(
      [client = *this, overrides] {
        return client.connection_->StreamValidateCodes(
            DeadlineAfter(client.options_.stream_timeout, overrides));
      },
      *selected, std::move(next_code));
}

CheckRange Client::CheckCodeList(v1::CodeListPins pins, NextEntry next_entry,
                                 const CallOverrides& overrides) const {
  const absl::StatusOr<v1::ReleaseSelector> from = Selected(pins.from());
  const absl::StatusOr<v1::ReleaseSelector> to = Selected(pins.to());
  if (!from.ok() || !to.ok()) return Failed<CheckRange>(from.ok() ? to.status() : from.status());
  *pins.mutable_from() = *from;
  *pins.mutable_to() = *to;
  return CheckEntries(
      [client = *this, overrides] {
        return client.connection_->CheckCodeList(
            DeadlineAfter(client.options_.stream_timeout, overrides));
      },
      pins, std::move(next_entry));
}

absl::StatusOr<v1::ListLabelsResponse> Client::ListLabels(const CallOverrides& overrides) const {
  return connection_->ListLabels(Unary(overrides), v1::ListLabelsRequest());
}

absl::StatusOr<v1::ListLabelMovesResponse> Client::ListLabelMoves(
    absl::string_view label, const CallOverrides& overrides) const {
  v1::ListLabelMovesRequest request;
  request.set_label(std::string(label));
  return connection_->ListLabelMoves(Unary(overrides), request);
}

WatchRange Client::WatchReleases(WatchOptions options) const {
  return Watch(connection_, std::move(options));
}

}  // namespace codeset::client
