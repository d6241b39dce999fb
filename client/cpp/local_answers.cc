// The questions that a LocalCodeSet answers: each is checked as a server checks it, its release
// resolved among those held, and answered by storage/query.
#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/answers.h"
#include "client/cpp/local_code_set.h"
#include "client/cpp/local_state.h"
#include "storage/model/error.h"
#include "storage/model/release_id.h"
#include "storage/model/status_macros.h"
#include "storage/query/answer.h"
#include "storage/query/concept_view.h"
#include "storage/query/diff.h"
#include "storage/query/diff_answer.h"
#include "storage/query/diff_messages.h"
#include "storage/query/hierarchy.h"
#include "storage/query/list_request.h"
#include "storage/query/listing.h"
#include "storage/query/release_validators.h"
#include "storage/query/request.h"
#include "storage/query/wire_writer.h"

namespace codeset::client {
namespace {

using image::NodeIndex;
using model::Reason;
using query::RequestCheck;

// How many items of a range are made at once.
constexpr size_t kItemsPerBatch = 200;

// How many items a request has.
int CountOf(const std::vector<std::string>& items) {
  return static_cast<int>(std::min<size_t>(items.size(), std::numeric_limits<int>::max()));
}

// What a server says of such an answer; `instead` says what else could be asked.
absl::Status TooLarge(absl::string_view what, int asked, int answered,
                      absl::string_view instead = "") {
  return model::MakeError(Reason::kAnswerTooLarge,
                          absl::StrCat("the answer to ", asked, " ", what, " would have more than ",
                                       query::kMaxBatchBytes >> 20, " MiB, reached after ",
                                       answered, " of them; ask for fewer ", what, instead),
                          {{"max_bytes", absl::StrCat(query::kMaxBatchBytes)}});
}

// Pages are a server's way to give a long answer; here it is walked.
void RefuseToken(const std::string& token, RequestCheck& check) {
  if (token.empty()) return;
  check.Fail("page_token", "a local code set has no pages: walk the range from its beginning",
             Reason::kPageTokenInvalid);
}

// A range over nodes of a release, as concepts.
ConceptRange OverNodes(LocalAnswerer open, std::vector<NodeIndex> nodes, v1::ConceptView view,
                       ConceptsHeader header) {
  return ConceptRange(
      [open = std::move(open), nodes = std::move(nodes), view,
       header = std::optional<ConceptsHeader>(std::move(header)),
       next = size_t{0}]() mutable -> absl::StatusOr<std::optional<ConceptRange::Batch>> {
        if (!header.has_value() && next == nodes.size())
          return std::optional<ConceptRange::Batch>();
        ConceptRange::Batch batch;
        batch.header = std::exchange(header, std::nullopt);
        for (const size_t end = std::min(next + kItemsPerBatch, nodes.size()); next < end; ++next) {
          batch.items.push_back(query::ViewConcept(*open.image, nodes[next], view));
        }
        return std::optional<ConceptRange::Batch>(std::move(batch));
      });
}

// The range, or one that ends with the error at once.
template <typename Range>
Range RangeOf(absl::StatusOr<Range> range) {
  if (!range.ok()) return Failed<Range>(AsClientError(range.status()));
  return *std::move(range);
}

query::DiffSide SideOf(const LocalAnswerer& open) {
  return {*open.image, open.resolved(), open.held->release().counts};
}

}  // namespace

absl::StatusOr<LocalRelease> LocalCodeSet::Release(const v1::ReleaseSelector& release) const {
  RequestCheck check;
  check.Selector("release", release);
  if (!check.status().ok()) return AsClientError(check.status());
  absl::StatusOr<LocalAnswerer> open = state_->Open(release, "release");
  if (!open.ok()) return AsClientError(open.status());
  return LocalRelease(open->held->Concepts(open->image), open->resolved());
}

absl::StatusOr<v1::ResolveReleaseResponse> LocalCodeSet::ResolveRelease(
    const v1::ReleaseSelector& release) const {
  const auto answer = [&]() -> absl::StatusOr<v1::ResolveReleaseResponse> {
    RequestCheck check;
    check.Selector("release", release);
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(const LocalAnswerer open, state_->Open(release, "release"));
    v1::ResolveReleaseResponse response;
    *response.mutable_release() = open.resolved();
    return response;
  };
  return Answered(answer());
}

absl::StatusOr<v1::GetConceptResponse> LocalCodeSet::GetConcept(const v1::ReleaseSelector& release,
                                                                absl::string_view id,
                                                                v1::ConceptView view) const {
  const auto answer = [&]() -> absl::StatusOr<v1::GetConceptResponse> {
    RequestCheck check;
    check.Selector("release", release);
    const std::string key = check.ConceptKey("id", id);
    view = check.View("view", view);
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(const LocalAnswerer open, state_->Open(release, "release"));
    ASSIGN_OR_RETURN(const NodeIndex node, query::FindNode(*open.image, key));
    v1::GetConceptResponse response;
    *response.mutable_found() = query::ViewConcept(*open.image, node, view);
    *response.mutable_release() = open.resolved();
    return response;
  };
  return Answered(answer());
}

absl::StatusOr<v1::BatchGetConceptsResponse> LocalCodeSet::BatchGetConcepts(
    const v1::ReleaseSelector& release, const std::vector<std::string>& ids,
    v1::ConceptView view) const {
  const auto answer = [&]() -> absl::StatusOr<v1::BatchGetConceptsResponse> {
    const auto count = CountOf(ids);
    RequestCheck check;
    check.Selector("release", release);
    check.Count("ids", count, query::kMaxBatchIds);
    view = check.View("view", view);
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(const LocalAnswerer open, state_->Open(release, "release"));
    v1::BatchGetConceptsResponse response;
    response.mutable_results()->Reserve(count);
    size_t bytes = 0;
    for (const std::string& id : ids) {
      v1::ConceptResult& result = *response.add_results();
      result = query::LookUp(*open.image, id, view);
      // As a server counts it: with what stands before the result in the answer.
      bytes += query::BytesSize(v1::BatchGetConceptsResponse::kResultsFieldNumber,
                                result.ByteSizeLong());
      if (bytes > query::kMaxBatchBytes) return TooLarge("ids", count, response.results_size());
    }
    *response.mutable_release() = open.resolved();
    return response;
  };
  return Answered(answer());
}

ConceptRange LocalCodeSet::ListConcepts(const v1::ListConceptsRequest& request) const {
  const auto answer = [&]() -> absl::StatusOr<ConceptRange> {
    RequestCheck check;
    query::ListArguments arguments = query::CheckListRequest(request, check);
    RefuseToken(request.page_token(), check);
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(LocalAnswerer open, state_->Open(request.release(), "release"));
    const v1::ConceptView view = arguments.view;
    ASSIGN_OR_RETURN(const query::ListFilter filter,
                     query::MakeFilter(*open.image, request, std::move(arguments)));
    std::vector<NodeIndex> nodes = query::ListConcepts(*open.image, filter);
    ConceptsHeader header{open.resolved(), static_cast<int>(nodes.size()),
                          query::IsComplete(*open.image, filter)};
    return OverNodes(std::move(open), std::move(nodes), view, std::move(header));
  };
  return RangeOf(answer());
}

ConceptRange LocalCodeSet::ListRelatives(const v1::ListRelativesRequest& request) const {
  const auto answer = [&]() -> absl::StatusOr<ConceptRange> {
    RequestCheck check;
    check.Selector("release", request.release());
    const std::string key = check.ConceptKey("id", request.id());
    query::CheckRelation(request.relation(), check);
    const v1::ConceptView view = check.View("view", request.view());
    check.PageSize("page_size", request.page_size());
    RefuseToken(request.page_token(), check);
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(LocalAnswerer open, state_->Open(request.release(), "release"));
    ASSIGN_OR_RETURN(const NodeIndex node, query::FindNode(*open.image, key));
    query::Relatives relatives = query::FindRelatives(*open.image, node, request.relation());
    ConceptsHeader header{open.resolved(), static_cast<int>(relatives.nodes.size()),
                          relatives.complete};
    return OverNodes(std::move(open), std::move(relatives.nodes), view, std::move(header));
  };
  return RangeOf(answer());
}

ConceptRange LocalCodeSet::StreamDescendants(const v1::StreamDescendantsRequest& request) const {
  const auto answer = [&]() -> absl::StatusOr<ConceptRange> {
    RequestCheck check;
    check.Selector("release", request.release());
    const std::string key = check.ConceptKey("id", request.id());
    const v1::ConceptView view = check.View("view", request.view());
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(LocalAnswerer open, state_->Open(request.release(), "release"));
    ASSIGN_OR_RETURN(const NodeIndex node, query::FindNode(*open.image, key));
    query::Relatives below = query::FindRelatives(*open.image, node, v1::RELATION_DESCENDANTS);
    if (request.billable_only()) {
      std::erase_if(below.nodes, [&](NodeIndex i) { return !open.image->node(i).billable; });
    }
    ConceptsHeader header{open.resolved(), std::nullopt, below.complete};
    return OverNodes(std::move(open), std::move(below.nodes), view, std::move(header));
  };
  return RangeOf(answer());
}

absl::StatusOr<v1::GetSubsumptionResponse> LocalCodeSet::GetSubsumption(
    const v1::ReleaseSelector& release, absl::string_view a, absl::string_view b) const {
  const auto answer = [&]() -> absl::StatusOr<v1::GetSubsumptionResponse> {
    RequestCheck check;
    check.Selector("release", release);
    const std::string key_a = check.ConceptKey("a", a);
    const std::string key_b = check.ConceptKey("b", b);
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(const LocalAnswerer open, state_->Open(release, "release"));
    ASSIGN_OR_RETURN(const NodeIndex node_a, query::FindNode(*open.image, key_a));
    ASSIGN_OR_RETURN(const NodeIndex node_b, query::FindNode(*open.image, key_b));
    v1::GetSubsumptionResponse response;
    response.set_outcome(query::Subsumption(*open.image, node_a, node_b));
    *response.mutable_release() = open.resolved();
    return response;
  };
  return Answered(answer());
}

absl::StatusOr<v1::GetCommonAncestorResponse> LocalCodeSet::GetCommonAncestor(
    const v1::ReleaseSelector& release, const std::vector<std::string>& ids,
    v1::ConceptView view) const {
  const auto answer = [&]() -> absl::StatusOr<v1::GetCommonAncestorResponse> {
    const size_t most = query::kMaxCommonAncestorIds;
    RequestCheck check;
    check.Selector("release", release);
    check.Count("ids", CountOf(ids), query::kMaxCommonAncestorIds);
    view = check.View("view", view);
    std::vector<std::string> keys;
    for (size_t i = 0; i < std::min(ids.size(), most); ++i) {
      keys.push_back(check.ConceptKey(absl::StrCat("ids[", i, "]"), ids[i]));
    }
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(const LocalAnswerer open, state_->Open(release, "release"));
    ASSIGN_OR_RETURN(v1::GetCommonAncestorResponse response,
                     query::AnswerCommonAncestor(*open.image, keys, view));
    *response.mutable_release() = open.resolved();
    return response;
  };
  return Answered(answer());
}

absl::StatusOr<v1::ValidateCodesResponse> LocalCodeSet::ValidateCodes(
    const v1::ReleaseSelector& release, const std::vector<std::string>& codes) const {
  const auto answer = [&]() -> absl::StatusOr<v1::ValidateCodesResponse> {
    const auto count = CountOf(codes);
    RequestCheck check;
    check.Selector("release", release);
    check.Count("codes", count, query::kMaxBatchIds);
    RETURN_IF_ERROR(check.status());
    ASSIGN_OR_RETURN(const LocalAnswerer open, state_->Open(release, "release"));
    query::ReleaseValidators validators([&] { return state_->SetOf(open.snapshot); });
    const std::shared_ptr<query::CodeValidator> validator =
        validators.Open(open.image, portable::OrderOf(open.held->release()));
    v1::ValidateCodesResponse response;
    size_t bytes = 0;
    for (int i = 0; i < count; ++i) {
      const std::string& code = codes[static_cast<size_t>(i)];
      v1::CodeValidation& result = *response.add_results();
      ASSIGN_OR_RETURN(result, validator->Validate(code));
      result.set_row(i);
      result.set_text(query::ShownText(code));
      bytes +=
          query::BytesSize(v1::ValidateCodesResponse::kResultsFieldNumber, result.ByteSizeLong());
      if (bytes > query::kMaxBatchBytes) {
        return TooLarge("codes", count, response.results_size(), ", or use StreamValidateCodes");
      }
    }
    *response.add_releases() = open.resolved();
    return response;
  };
  return Answered(answer());
}

absl::StatusOr<v1::GetDiffSummaryResponse> LocalCodeSet::GetDiffSummary(
    const v1::GetDiffSummaryRequest& request) const {
  const auto answer = [&]() -> absl::StatusOr<v1::GetDiffSummaryResponse> {
    RequestCheck check;
    const query::DiffFilter filter = query::CheckDiffRequest(request, check);
    RETURN_IF_ERROR(check.status());
    const std::shared_ptr<const Snapshot> snapshot = state_->snapshot();
    ASSIGN_OR_RETURN(const LocalAnswerer from, state_->Open(snapshot, request.from(), "from"));
    ASSIGN_OR_RETURN(const LocalAnswerer to, state_->Open(snapshot, request.to(), "to"));
    RETURN_IF_ERROR(query::CheckUnder(*from.image, *to.image, filter));
    return query::SummarizeDiff(SideOf(from), SideOf(to), filter, request.by_chapter());
  };
  return Answered(answer());
}

ChangeRange LocalCodeSet::StreamDiff(const v1::StreamDiffRequest& request) const {
  const auto answer = [&]() -> absl::StatusOr<ChangeRange> {
    RequestCheck check;
    const query::DiffFilter filter = query::CheckDiffRequest(request, check);
    RETURN_IF_ERROR(check.status());
    const std::shared_ptr<const Snapshot> snapshot = state_->snapshot();
    ASSIGN_OR_RETURN(LocalAnswerer from, state_->Open(snapshot, request.from(), "from"));
    ASSIGN_OR_RETURN(LocalAnswerer to, state_->Open(snapshot, request.to(), "to"));
    RETURN_IF_ERROR(query::CheckUnder(*from.image, *to.image, filter));
    v1::StreamDiffResponse head;
    query::FillDiffHead(SideOf(from), SideOf(to), filter, head);
    std::optional<DiffHeader> header =
        DiffHeader{head.from(),        head.to(),        Take(head.mutable_comparability()),
                   head.from_counts(), head.to_counts(), head.complete()};
    std::vector<query::Change> changes = query::Diff(*from.image, *to.image, filter);
    return ChangeRange([from = std::move(from), to = std::move(to), header = std::move(header),
                        changes = std::move(changes), next = size_t{0}]() mutable
                       -> absl::StatusOr<std::optional<ChangeRange::Batch>> {
      if (!header.has_value() && next == changes.size()) return std::optional<ChangeRange::Batch>();
      ChangeRange::Batch batch;
      batch.header = std::exchange(header, std::nullopt);
      for (const size_t end = std::min(next + kItemsPerBatch, changes.size()); next < end; ++next) {
        batch.items.push_back(query::ToMessage(*from.image, *to.image, changes[next]));
      }
      return std::optional<ChangeRange::Batch>(std::move(batch));
    });
  };
  return RangeOf(answer());
}

}  // namespace codeset::client
