#include "server/concept_answers.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "server/paging.h"
#include "server/request.h"
#include "server/verification_status.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/query/answer.h"
#include "storage/query/code_text.h"
#include "storage/query/concept_wire.h"
#include "storage/query/hierarchy.h"
#include "storage/query/list_request.h"
#include "storage/query/listing.h"
#include "storage/query/wire_writer.h"

namespace codeset::server {
namespace {

using image::NodeIndex;
using model::Reason;

// The bytes of a concept in the FULL view, mostly.
constexpr size_t kUsualConceptBytes = 200;

// Appends the answer's first field, the release, already serialised.
template <typename Response>
void AppendRelease(absl::string_view resolved, std::string& bytes) {
  static_assert(Response::kReleaseFieldNumber == 1);
  query::AppendBytesField(Response::kReleaseFieldNumber, resolved, bytes);
}

// What the verification of a concept's page is worth; nothing if it has none, or one that is
// withdrawn.
absl::StatusOr<std::optional<v1::VerificationState>> VerificationOf(const Backend& backend,
                                                                    StatusScope& scope,
                                                                    absl::string_view key) {
  if (!model::IsCode(key)) return std::nullopt;
  const std::shared_ptr<const store::PageSummary> page = backend.store.ledger().Find(key);
  if (page == nullptr || page->state == v1::REFERENCE_STATE_WITHDRAWN) return std::nullopt;
  ASSIGN_OR_RETURN(v1::VerificationState state, scope.StateOf(*page));
  return state;
}

// The page of a list that is due. `Response` has the fields that both lists have.
template <typename Response>
std::string PageOf(const PageOpen& page, const std::vector<NodeIndex>& nodes, v1::ConceptView view,
                   int page_size, bool complete) {
  std::string bytes;
  AppendRelease<Response>(page.open.resolved.SerializeAsString(), bytes);
  const query::ConceptWire wire(*page.open.image, view);
  const size_t first = std::min<size_t>(page.offset, nodes.size());
  const size_t end = std::min(first + static_cast<size_t>(page_size), nodes.size());
  for (size_t i = first; i < end; ++i) {
    wire.AppendField(Response::kConceptsFieldNumber, nodes[i], bytes);
  }
  Response rest;
  if (end < nodes.size()) {
    rest.set_next_page_token(NextPageToken(page, static_cast<uint32_t>(end)));
  }
  rest.set_total_size(static_cast<int>(nodes.size()));
  rest.set_complete(complete);
  rest.AppendToString(&bytes);
  return bytes;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const OpenCache::Opened>> ConceptAnswers::OpenForConcept(
    const v1::GetConceptRequest& request, const std::string& key, v1::ConceptView view) {
  // Other answers need what lies in many categories.
  const bool may_use_part = ask_ != nullptr && model::IsCode(key) &&
                            view != v1::CONCEPT_VIEW_EFFECTIVE && !request.include_verification();
  if (!may_use_part) return releases_.Open(backend_, request.release());
  const auto is_ready = [view](const OpenCache::Opened& opened) {
    const image::Image* image = opened.open.image.get();
    return image != nullptr && (view == v1::CONCEPT_VIEW_BASIC || image->tabular_wire_ready());
  };
  ASSIGN_OR_RETURN(std::shared_ptr<const OpenCache::Opened> opened,
                   releases_.Open(backend_, request.release(), OpenCache::Image::kIfReady));
  if (is_ready(*opened)) return opened;
  if (ask_(opened->open.catalog, opened->open.release->id.ToString(), opened->open.today, view)) {
    const std::lock_guard<std::mutex> lock(parts_mutex_);
    ASSIGN_OR_RETURN(opened,
                     releases_.Open(backend_, request.release(), OpenCache::Image::kIfReady));
    if (is_ready(*opened)) return opened;
    const OpenRelease& open = opened->open;
    auto part = backend_.store.GetPart(*open.catalog, open.release->id.ToString(), open.today, key);
    // What is wrong with the pages the image tells, whether or not it needs these.
    if (part.ok() && *part != nullptr) {
      auto answering = std::make_shared<OpenCache::Opened>(*opened);
      answering->open.image = *std::move(part);
      return answering;
    }
  }
  return releases_.Open(backend_, request.release());
}

absl::StatusOr<std::string> ConceptAnswers::GetConcept(const v1::GetConceptRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  const std::string key = check.ConceptKey("id", request.id());
  const v1::ConceptView view = check.View("view", request.view());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::shared_ptr<const OpenCache::Opened> opened,
                   OpenForConcept(request, key, view));
  const query::ConceptWire wire(*opened->open.image, view);
  ASSIGN_OR_RETURN(const NodeIndex node, FindNode(opened->open, key));
  std::string bytes;
  bytes.reserve(opened->resolved.size() + kUsualConceptBytes);
  AppendRelease<v1::GetConceptResponse>(opened->resolved, bytes);
  wire.AppendField(v1::GetConceptResponse::kFoundFieldNumber, node, bytes);
  if (request.include_verification()) {
    StatusScope scope(backend_, opened->open, opened->open.today);
    ASSIGN_OR_RETURN(std::optional<v1::VerificationState> state,
                     VerificationOf(backend_, scope, key));
    v1::GetConceptResponse rest;
    if (state.has_value()) *rest.mutable_verification() = *std::move(state);
    rest.AppendToString(&bytes);
  }
  return bytes;
}

absl::StatusOr<std::string> ConceptAnswers::BatchGetConcepts(
    const v1::BatchGetConceptsRequest& request, const Cancelled& cancelled) {
  using Response = v1::BatchGetConceptsResponse;
  RequestCheck check;
  check.Selector("release", request.release());
  check.Count("ids", request.ids_size(), kMaxBatchIds);
  const v1::ConceptView view = check.View("view", request.view());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::shared_ptr<const OpenCache::Opened> opened,
                   releases_.Open(backend_, request.release()));
  std::optional<StatusScope> scope;
  if (request.include_verification()) {
    scope.emplace(backend_, opened->open, opened->open.today);
  }
  const image::Image& image = *opened->open.image;
  const query::ConceptWire wire(image, view);
  std::string bytes;
  AppendRelease<Response>(opened->resolved, bytes);
  const size_t head = bytes.size();
  bytes.reserve(head + request.ids_size() * kUsualConceptBytes);
  std::string rest;
  std::array<uint64_t, query::ConceptWire::kWarm> codes;
  for (int i = 0; i < request.ids_size(); ++i) {
    const int place = i % query::ConceptWire::kWarm;
    if (place == 0) {
      RETURN_IF_ERROR(CheckCancelled(cancelled));
      const int count = std::min(query::ConceptWire::kWarm, request.ids_size() - i);
      for (int j = 0; j < count; ++j) codes[j] = query::ReadPlainCode(request.ids(i + j));
      wire.Warm(absl::MakeConstSpan(codes).first(count));
    }
    const std::string& id = request.ids(i);
    v1::ConceptResult result;
    if (const std::optional<NodeIndex> node = query::FindItem(image, id, codes[place], result)) {
      if (scope.has_value()) {
        ASSIGN_OR_RETURN(std::optional<v1::VerificationState> state,
                         VerificationOf(backend_, *scope, image.node(*node).key));
        if (state.has_value()) *result.mutable_verification() = *std::move(state);
        rest = result.SerializeAsString();
      }
      wire.AppendNested(Response::kResultsFieldNumber, v1::ConceptResult::kFoundFieldNumber, *node,
                        rest, bytes);
    } else {
      query::AppendBytesField(Response::kResultsFieldNumber, result.SerializeAsString(), bytes);
    }
    if (bytes.size() - head > kMaxBatchBytes) {
      return model::MakeError(
          Reason::kAnswerTooLarge,
          absl::StrCat("the answer to ", request.ids_size(), " ids would have more than ",
                       kMaxBatchBytes >> 20, " MiB, reached after ", i + 1,
                       " of them; ask for fewer ids"),
          {{"max_bytes", absl::StrCat(kMaxBatchBytes)}});
    }
  }
  return bytes;
}

absl::StatusOr<std::string> ConceptAnswers::ListConcepts(const v1::ListConceptsRequest& request) {
  RequestCheck check;
  query::ListArguments arguments = query::CheckListRequest(request, check);
  std::string parameters = ParametersOf(request);
  const std::optional<PageToken> token = CheckPageToken(check, request.page_token(), parameters);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const PageOpen page,
                   OpenPage(backend_, request.release(), token, std::move(parameters)));
  const v1::ConceptView view = arguments.view;
  const int page_size = arguments.page_size;
  ASSIGN_OR_RETURN(const query::ListFilter filter,
                   query::MakeFilter(*page.open.image, request, std::move(arguments)));
  return PageOf<v1::ListConceptsResponse>(page, query::ListConcepts(*page.open.image, filter), view,
                                          page_size, query::IsComplete(*page.open.image, filter));
}

absl::StatusOr<std::string> ConceptAnswers::ListRelatives(const v1::ListRelativesRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  const std::string key = check.ConceptKey("id", request.id());
  query::CheckRelation(request.relation(), check);
  const v1::ConceptView view = check.View("view", request.view());
  const int page_size = check.PageSize("page_size", request.page_size());
  std::string parameters = ParametersOf(request);
  const std::optional<PageToken> token = CheckPageToken(check, request.page_token(), parameters);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const PageOpen page,
                   OpenPage(backend_, request.release(), token, std::move(parameters)));
  ASSIGN_OR_RETURN(const NodeIndex node, FindNode(page.open, key));
  const query::Relatives relatives =
      query::FindRelatives(*page.open.image, node, request.relation());
  return PageOf<v1::ListRelativesResponse>(page, relatives.nodes, view, page_size,
                                           relatives.complete);
}

absl::StatusOr<MessageSource<std::string>> ConceptAnswers::StreamDescendants(
    const v1::StreamDescendantsRequest& request) {
  using Response = v1::StreamDescendantsResponse;
  RequestCheck check;
  check.Selector("release", request.release());
  const std::string key = check.ConceptKey("id", request.id());
  const v1::ConceptView view = check.View("view", request.view());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::shared_ptr<const OpenCache::Opened> opened,
                   releases_.Open(backend_, request.release()));
  const image::Image& image = *opened->open.image;
  ASSIGN_OR_RETURN(const NodeIndex node, FindNode(opened->open, key));
  query::Relatives below = query::FindRelatives(image, node, v1::RELATION_DESCENDANTS);
  if (request.billable_only()) {
    std::erase_if(below.nodes, [&](NodeIndex i) { return !image.node(i).billable; });
  }
  return [opened, below = std::move(below), wire = query::ConceptWire(image, view), first = true,
          next = size_t{0}]() mutable -> std::optional<std::string> {
    if (!first && next == below.nodes.size()) return std::nullopt;
    std::string bytes;
    if (first) AppendRelease<Response>(opened->resolved, bytes);
    const size_t end = std::min(next + kConceptsPerMessage, below.nodes.size());
    for (; next < end; ++next) {
      wire.AppendField(Response::kConceptsFieldNumber, below.nodes[next], bytes);
    }
    if (first) {
      Response rest;
      rest.set_complete(below.complete);
      rest.AppendToString(&bytes);
      first = false;
    }
    return bytes;
  };
}

}  // namespace codeset::server
