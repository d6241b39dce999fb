#include "server/terminology.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "server/paging.h"
#include "server/request.h"
#include "server/verification_status.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/query/concept_view.h"
#include "storage/query/hierarchy.h"
#include "storage/query/listing.h"

namespace codeset::server {
namespace {

using image::NodeIndex;
using model::Reason;

// The item of a batch that could not be answered.
v1::ConceptResult Failure(absl::string_view id, v1::ErrorReason reason, const absl::Status& why) {
  v1::ConceptResult result;
  v1::ConceptFailure* failure = result.mutable_failure();
  failure->set_id(std::string(id));
  failure->set_reason(reason);
  failure->set_message(std::string(why.message()));
  return result;
}

v1::ConceptResult GetOne(const OpenRelease& open, const std::string& id, v1::ConceptView view) {
  const absl::StatusOr<std::string> key = model::ParseConceptKey(id);
  if (!key.ok()) return Failure(id, v1::ERROR_REASON_CONCEPT_ID_INVALID, key.status());
  const absl::StatusOr<NodeIndex> node = FindNode(open, *key);
  if (!node.ok()) {
    const bool unknown = model::ReasonOf(node.status()) == Reason::kStructureNotKnown;
    return Failure(
        id, unknown ? v1::ERROR_REASON_STRUCTURE_NOT_KNOWN : v1::ERROR_REASON_CONCEPT_NOT_FOUND,
        node.status());
  }
  v1::ConceptResult result;
  *result.mutable_found() = query::ViewConcept(*open.image, *node, view);
  return result;
}

// Tells what the verification of a concept's page is worth, if it has one that is not withdrawn.
absl::Status TellVerification(const Backend& backend, StatusScope& scope, absl::string_view key,
                              absl::FunctionRef<v1::VerificationState*()> state) {
  if (!model::IsCode(key)) return absl::OkStatus();
  const std::shared_ptr<const store::PageSummary> page = backend.store.ledger().Find(key);
  if (page == nullptr || page->state == v1::REFERENCE_STATE_WITHDRAWN) return absl::OkStatus();
  ASSIGN_OR_RETURN(*state(), scope.StateOf(*page));
  return absl::OkStatus();
}

// The parts of ListConceptsRequest that can be checked before a release is known.
struct ListArguments {
  std::optional<std::string> under;
  std::optional<std::string> prefix;
  // Keys of the range's ends; both empty for none.
  std::string first;
  std::string last;
  absl::flat_hash_set<v1::ConceptKind> kinds;
  v1::ConceptView view = v1::CONCEPT_VIEW_BASIC;
  int page_size = 0;
};

ListArguments CheckArguments(const v1::ListConceptsRequest& request, RequestCheck& check) {
  ListArguments arguments;
  check.Selector("release", request.release());
  arguments.under = check.OptionalConceptKey("under_id", request.under_id());
  if (!request.pattern().empty()) {
    absl::StatusOr<std::string> prefix = query::ParsePattern(request.pattern());
    check.Fail("pattern", prefix.status());
    if (prefix.ok()) arguments.prefix = *std::move(prefix);
  }
  if (request.range_first().empty() != request.range_last().empty()) {
    check.Fail(request.range_first().empty() ? "range_first" : "range_last",
               "a range needs both ends");
  } else if (!request.range_first().empty()) {
    arguments.first = check.Code("range_first", request.range_first());
    arguments.last = check.Code("range_last", request.range_last());
  }
  arguments.kinds = check.Kinds("kinds", request.kinds());
  arguments.view = check.View("view", request.view());
  arguments.page_size = check.PageSize("page_size", request.page_size());
  return arguments;
}

absl::StatusOr<query::ListFilter> MakeFilter(const OpenRelease& open,
                                             const v1::ListConceptsRequest& request,
                                             ListArguments arguments) {
  query::ListFilter filter;
  if (arguments.under.has_value()) {
    ASSIGN_OR_RETURN(filter.under, FindNode(open, *arguments.under));
  }
  filter.prefix = std::move(arguments.prefix);
  if (!arguments.first.empty()) {
    ASSIGN_OR_RETURN(const NodeIndex first, FindNode(open, arguments.first));
    ASSIGN_OR_RETURN(const NodeIndex last, FindNode(open, arguments.last));
    if (open.image->node(last).order_number < open.image->node(first).order_number) {
      return InvalidFields(Reason::kArgumentInvalid,
                           {{"range_last", "it stands before range_first in tabular order"}});
    }
    filter.range = {first, last};
  }
  filter.kinds = std::move(arguments.kinds);
  if (request.has_billable()) filter.billable = request.billable();
  return filter;
}

}  // namespace

absl::StatusOr<v1::GetConceptResponse> GetConcept(const Backend& backend,
                                                  const v1::GetConceptRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  const std::string key = check.ConceptKey("id", request.id());
  const v1::ConceptView view = check.View("view", request.view());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open, Open(backend, request.release()));
  ASSIGN_OR_RETURN(const NodeIndex node, FindNode(open, key));
  v1::GetConceptResponse response;
  *response.mutable_found() = query::ViewConcept(*open.image, node, view);
  if (request.include_verification()) {
    StatusScope scope(backend, open, open.today);
    RETURN_IF_ERROR(
        TellVerification(backend, scope, key, [&] { return response.mutable_verification(); }));
  }
  *response.mutable_release() = std::move(open.resolved);
  return response;
}

absl::StatusOr<v1::BatchGetConceptsResponse> BatchGetConcepts(
    const Backend& backend, const v1::BatchGetConceptsRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  check.Count("ids", request.ids_size(), kMaxBatchIds);
  const v1::ConceptView view = check.View("view", request.view());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open, Open(backend, request.release()));
  v1::BatchGetConceptsResponse response;
  response.mutable_results()->Reserve(request.ids_size());
  size_t bytes = 0;
  std::optional<StatusScope> scope;
  if (request.include_verification()) scope.emplace(backend, open, open.today);
  for (const std::string& id : request.ids()) {
    *response.add_results() = GetOne(open, id, view);
    v1::ConceptResult& result = *response.mutable_results()->rbegin();
    if (scope.has_value() && result.has_found()) {
      ASSIGN_OR_RETURN(const std::string key, model::ParseConceptKey(id));
      RETURN_IF_ERROR(
          TellVerification(backend, *scope, key, [&] { return result.mutable_verification(); }));
    }
    bytes += result.ByteSizeLong();
    if (bytes > kMaxBatchBytes) {
      return model::MakeError(
          Reason::kAnswerTooLarge,
          absl::StrCat("the answer to ", request.ids_size(), " ids would have more than ",
                       kMaxBatchBytes >> 20, " MiB, reached after ", response.results_size(),
                       " of them; ask for fewer ids"),
          {{"max_bytes", absl::StrCat(kMaxBatchBytes)}});
    }
  }
  *response.mutable_release() = std::move(open.resolved);
  return response;
}

absl::StatusOr<v1::ListConceptsResponse> ListConcepts(const Backend& backend,
                                                      const v1::ListConceptsRequest& request) {
  RequestCheck check;
  ListArguments arguments = CheckArguments(request, check);
  std::string parameters = ParametersOf(request);
  const std::optional<PageToken> token = CheckPageToken(check, request.page_token(), parameters);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const PageOpen page,
                   OpenPage(backend, request.release(), token, std::move(parameters)));
  const v1::ConceptView view = arguments.view;
  const int page_size = arguments.page_size;
  ASSIGN_OR_RETURN(const query::ListFilter filter,
                   MakeFilter(page.open, request, std::move(arguments)));
  v1::ListConceptsResponse response;
  FillPage(page, query::ListConcepts(*page.open.image, filter), view, page_size, response);
  response.set_complete(query::IsComplete(*page.open.image, filter));
  return response;
}

absl::StatusOr<v1::ListRelativesResponse> ListRelatives(const Backend& backend,
                                                        const v1::ListRelativesRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  const std::string key = check.ConceptKey("id", request.id());
  if (request.relation() == v1::RELATION_UNSPECIFIED || !v1::Relation_IsValid(request.relation())) {
    check.Fail("relation", "it is required: parents, ancestors, children, siblings or descendants");
  }
  const v1::ConceptView view = check.View("view", request.view());
  const int page_size = check.PageSize("page_size", request.page_size());
  std::string parameters = ParametersOf(request);
  const std::optional<PageToken> token = CheckPageToken(check, request.page_token(), parameters);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const PageOpen page,
                   OpenPage(backend, request.release(), token, std::move(parameters)));
  ASSIGN_OR_RETURN(const NodeIndex node, FindNode(page.open, key));
  const query::Relatives relatives =
      query::FindRelatives(*page.open.image, node, request.relation());
  v1::ListRelativesResponse response;
  FillPage(page, relatives.nodes, view, page_size, response);
  response.set_complete(relatives.complete);
  return response;
}

absl::StatusOr<MessageSource<v1::StreamDescendantsResponse>> StreamDescendants(
    const Backend& backend, const v1::StreamDescendantsRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  const std::string key = check.ConceptKey("id", request.id());
  const v1::ConceptView view = check.View("view", request.view());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open, Open(backend, request.release()));
  ASSIGN_OR_RETURN(const NodeIndex node, FindNode(open, key));
  query::Relatives below = query::FindRelatives(*open.image, node, v1::RELATION_DESCENDANTS);
  if (request.billable_only()) {
    std::erase_if(below.nodes, [&](NodeIndex i) { return !open.image->node(i).billable; });
  }
  return [open = std::move(open), below = std::move(below), view, first = true,
          next = size_t{0}]() mutable -> std::optional<v1::StreamDescendantsResponse> {
    if (!first && next == below.nodes.size()) return std::nullopt;
    v1::StreamDescendantsResponse response;
    if (first) {
      *response.mutable_release() = open.resolved;
      response.set_complete(below.complete);
      first = false;
    }
    const size_t end = std::min(next + kConceptsPerMessage, below.nodes.size());
    for (; next < end; ++next) {
      *response.add_concepts() = query::ViewConcept(*open.image, below.nodes[next], view);
    }
    return response;
  };
}

absl::StatusOr<v1::GetSubsumptionResponse> GetSubsumption(
    const Backend& backend, const v1::GetSubsumptionRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  const std::string key_a = check.ConceptKey("a", request.a());
  const std::string key_b = check.ConceptKey("b", request.b());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open, Open(backend, request.release()));
  ASSIGN_OR_RETURN(const NodeIndex a, FindNode(open, key_a));
  ASSIGN_OR_RETURN(const NodeIndex b, FindNode(open, key_b));
  v1::GetSubsumptionResponse response;
  response.set_outcome(query::Subsumption(*open.image, a, b));
  *response.mutable_release() = std::move(open.resolved);
  return response;
}

absl::StatusOr<v1::GetCommonAncestorResponse> GetCommonAncestor(
    const Backend& backend, const v1::GetCommonAncestorRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  check.Count("ids", request.ids_size(), kMaxCommonAncestorIds);
  const v1::ConceptView view = check.View("view", request.view());
  // Not more ids than the limit are looked at, so that a breach of it costs nothing.
  std::vector<std::string> keys;
  for (int i = 0; i < std::min(request.ids_size(), kMaxCommonAncestorIds); ++i) {
    keys.push_back(check.ConceptKey(absl::StrCat("ids[", i, "]"), request.ids(i)));
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open, Open(backend, request.release()));
  std::vector<NodeIndex> nodes;
  for (const std::string& key : keys) {
    ASSIGN_OR_RETURN(const NodeIndex node, FindNode(open, key));
    nodes.push_back(node);
  }
  const query::CommonAncestor found = query::FindCommonAncestor(*open.image, nodes);
  v1::GetCommonAncestorResponse response;
  if (found.node.has_value()) {
    *response.mutable_ancestor() = query::ViewConcept(*open.image, *found.node, view);
  }
  response.set_not_known(found.not_known);
  *response.mutable_release() = std::move(open.resolved);
  return response;
}

}  // namespace codeset::server
