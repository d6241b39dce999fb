#include "server/replacements.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "server/history.h"
#include "server/request.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"

namespace codeset::server {

absl::StatusOr<ReplacementScope> OpenReplacements(const Backend& backend, const OpenRelease& from,
                                                  const OpenRelease& to,
                                                  const Cancelled& cancelled) {
  const auto place = [&](const OpenRelease& open) {
    return static_cast<size_t>(open.release - open.catalog->releases().data());
  };
  return query::OpenReplacements(ReleaseSetOf(backend, from.catalog, from.today, cancelled),
                                 place(from), place(to));
}

absl::StatusOr<v1::GetReplacementsResponse> GetReplacements(
    const Backend& backend, const v1::GetReplacementsRequest& request, const Cancelled& cancelled) {
  RequestCheck check;
  const std::string key = check.Code("id", request.id());
  check.Selector("from", request.from());
  check.Selector("to", request.to());
  RETURN_IF_ERROR(check.status());
  const std::shared_ptr<const store::Catalog> catalog = backend.store.catalog();
  ASSIGN_OR_RETURN(OpenRelease from, ResolveIn(backend, catalog, request.from(), "from"));
  ASSIGN_OR_RETURN(OpenRelease to, ResolveIn(backend, catalog, request.to(), "to"));
  RETURN_IF_ERROR(OpenImage(backend, from));
  RETURN_IF_ERROR(OpenImage(backend, to));
  RETURN_IF_ERROR(FindNode(from, key).status());
  ASSIGN_OR_RETURN(const ReplacementScope scope, OpenReplacements(backend, from, to, cancelled));
  v1::GetReplacementsResponse response;
  response.set_id(model::DottedCode(key));
  std::vector<v1::Replacement> found = scope.Find(key);
  response.set_outcome(query::OutcomeOf(*from.image, *to.image, key, found));
  for (v1::Replacement& replacement : found) {
    *response.add_replacements() = std::move(replacement);
  }
  response.set_table_from(scope.table_from);
  response.set_complete(scope.uncovered_editions.empty());
  for (const std::string& edition : scope.uncovered_editions) {
    response.add_uncovered_editions(edition);
  }
  *response.mutable_from() = std::move(from.resolved);
  *response.mutable_to() = std::move(to.resolved);
  return response;
}

}  // namespace codeset::server
