#include "server/terminology.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/request.h"
#include "storage/model/status_macros.h"
#include "storage/query/answer.h"
#include "storage/query/hierarchy.h"

namespace codeset::server {

using image::NodeIndex;

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
  ASSIGN_OR_RETURN(v1::GetCommonAncestorResponse response,
                   query::AnswerCommonAncestor(*open.image, keys, view));
  *response.mutable_release() = std::move(open.resolved);
  return response;
}

}  // namespace codeset::server
