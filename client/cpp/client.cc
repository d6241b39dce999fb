#include "client/cpp/client.h"

#include <iterator>

#include "absl/time/clock.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

// How many concepts a page brings unless the request says otherwise: the most the server
// gives, since a range is walked to its end.
constexpr int kPageSize = 1000;

template <typename T>
std::vector<T> Take(google::protobuf::RepeatedPtrField<T>* field) {
  return {std::make_move_iterator(field->begin()), std::make_move_iterator(field->end())};
}

bool CompleteOf(const v1::ListConceptsResponse& page) { return page.complete(); }
bool CompleteOf(const v1::ListRelativesResponse& page) { return page.complete(); }

// A range over the pages that `get_page` returns for `request`.
template <typename Request, typename GetPage>
ConceptRange OverPages(Request request, GetPage get_page) {
  if (request.page_size() == 0) request.set_page_size(kPageSize);
  bool first = true;
  bool last = false;
  return ConceptRange([=]() mutable -> absl::StatusOr<std::optional<ConceptRange::Batch>> {
    if (last) return std::optional<ConceptRange::Batch>();
    ASSIGN_OR_RETURN(auto page, get_page(request));
    ConceptRange::Batch batch;
    if (first) batch.header = ConceptsHeader{page.release(), page.total_size(), CompleteOf(page)};
    first = false;
    last = page.next_page_token().empty();
    request.set_page_token(page.next_page_token());
    batch.items = Take(page.mutable_concepts());
    return std::optional<ConceptRange::Batch>(std::move(batch));
  });
}

// A range over the messages of the stream that `open` starts. `unpack` makes a batch of
// one message and is told whether it is the first.
template <typename Range, typename Open, typename Unpack>
Range OverStream(Open open, Unpack unpack) {
  // Shared, since std::function wants its content to be copyable.
  using Stream = typename decltype(open())::element_type;
  return Range([=, stream = std::shared_ptr<Stream>()]() mutable
               -> absl::StatusOr<std::optional<typename Range::Batch>> {
    const bool first = stream == nullptr;
    if (first) stream = open();
    ASSIGN_OR_RETURN(auto message, stream->Next());
    if (!message.has_value()) return std::optional<typename Range::Batch>();
    return std::optional<typename Range::Batch>(unpack(*message, first));
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

}  // namespace

CallOptions DeadlineAfter(absl::Duration timeout, const CallOverrides& overrides) {
  if (overrides.timeout.has_value() && *overrides.timeout > absl::ZeroDuration() &&
      *overrides.timeout < absl::InfiniteDuration()) {
    timeout = *overrides.timeout;
  }
  return {absl::Now() + timeout};
}

absl::StatusOr<v1::GetConceptResponse> Client::GetConcept(const v1::ReleaseSelector& release,
                                                          absl::string_view id,
                                                          v1::ConceptView view,
                                                          const CallOverrides& overrides) const {
  v1::GetConceptRequest request;
  *request.mutable_release() = release;
  request.set_id(std::string(id));
  request.set_view(view);
  return connection_->GetConcept(Unary(overrides), request);
}

absl::StatusOr<v1::BatchGetConceptsResponse> Client::BatchGetConcepts(
    const v1::ReleaseSelector& release, const std::vector<std::string>& ids, v1::ConceptView view,
    const CallOverrides& overrides) const {
  v1::BatchGetConceptsRequest request;
  *request.mutable_release() = release;
  request.mutable_ids()->Add(ids.begin(), ids.end());
  request.set_view(view);
  return connection_->BatchGetConcepts(Unary(overrides), request);
}

ConceptRange Client::ListConcepts(v1::ListConceptsRequest request,
                                  const CallOverrides& overrides) const {
  return OverPages(std::move(request),
                   [client = *this, overrides](const v1::ListConceptsRequest& page) {
                     return client.connection_->ListConcepts(client.Unary(overrides), page);
                   });
}

ConceptRange Client::ListRelatives(v1::ListRelativesRequest request,
                                   const CallOverrides& overrides) const {
  return OverPages(std::move(request),
                   [client = *this, overrides](const v1::ListRelativesRequest& page) {
                     return client.connection_->ListRelatives(client.Unary(overrides), page);
                   });
}

ConceptRange Client::StreamDescendants(v1::StreamDescendantsRequest request,
                                       const CallOverrides& overrides) const {
  return OverStream<ConceptRange>(
      [client = *this, overrides, request = std::move(request)] {
        return client.connection_->StreamDescendants(
            DeadlineAfter(client.options_.stream_timeout, overrides), request);
      },
      UnpackDescendants);
}

absl::StatusOr<v1::GetSubsumptionResponse> Client::GetSubsumption(
    const v1::ReleaseSelector& release, absl::string_view a, absl::string_view b,
    const CallOverrides& overrides) const {
  v1::GetSubsumptionRequest request;
  *request.mutable_release() = release;
  request.set_a(std::string(a));
  request.set_b(std::string(b));
  return connection_->GetSubsumption(Unary(overrides), request);
}

absl::StatusOr<v1::GetCommonAncestorResponse> Client::GetCommonAncestor(
    const v1::ReleaseSelector& release, const std::vector<std::string>& ids, v1::ConceptView view,
    const CallOverrides& overrides) const {
  v1::GetCommonAncestorRequest request;
  *request.mutable_release() = release;
  request.mutable_ids()->Add(ids.begin(), ids.end());
  request.set_view(view);
  return connection_->GetCommonAncestor(Unary(overrides), request);
}

absl::StatusOr<v1::ListReleasesResponse> Client::ListReleases(
    const CallOverrides& overrides) const {
  return connection_->ListReleases(Unary(overrides), v1::ListReleasesRequest());
}

absl::StatusOr<v1::GetReleaseResponse> Client::GetRelease(const v1::ReleaseSelector& release,
                                                          const CallOverrides& overrides) const {
  v1::GetReleaseRequest request;
  *request.mutable_release() = release;
  return connection_->GetRelease(Unary(overrides), request);
}

absl::StatusOr<v1::ResolveReleaseResponse> Client::ResolveRelease(
    const v1::ReleaseSelector& release, const CallOverrides& overrides) const {
  v1::ResolveReleaseRequest request;
  *request.mutable_release() = release;
  return connection_->ResolveRelease(Unary(overrides), request);
}

absl::StatusOr<v1::GetDiffSummaryResponse> Client::GetDiffSummary(
    const v1::GetDiffSummaryRequest& request, const CallOverrides& overrides) const {
  return connection_->GetDiffSummary(Unary(overrides), request);
}

ChangeRange Client::StreamDiff(v1::StreamDiffRequest request,
                               const CallOverrides& overrides) const {
  return OverStream<ChangeRange>(
      [client = *this, overrides, request = std::move(request)] {
        return client.connection_->StreamDiff(
            DeadlineAfter(client.options_.stream_timeout, overrides), request);
      },
      UnpackDiff);
}

}  // namespace codeset::client
