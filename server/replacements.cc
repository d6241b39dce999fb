#include "server/replacements.h"

#include <memory>
#include <utility>

#include "server/request.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/store/conversion_source.h"

namespace codeset::server {

using store::CatalogRelease;

absl::StatusOr<ReplacementScope> OpenReplacements(const Backend& backend, const OpenRelease& from,
                                                  const OpenRelease& to) {
  const store::Catalog& catalog = *from.catalog;
  const bool backward = to.release->order() < from.release->order();
  const CatalogRelease& older = backward ? *to.release : *from.release;
  const CatalogRelease& newer = backward ? *from.release : *to.release;
  std::vector<query::Replacements::ImagePtr> images;
  for (const CatalogRelease& release : catalog.releases()) {
    if (release.order() < older.order() || newer.order() < release.order()) continue;
    const bool end = release.id == older.id || release.id == newer.id;
    if (!end && release.HeldBackOn(from.today)) continue;
    ASSIGN_OR_RETURN(std::shared_ptr<const image::Image> image,
                     backend.store.GetImage(catalog, release.id.ToString(), from.today));
    images.push_back(std::move(image));
  }
  store::ConversionSource source =
      store::FindConversionSource(catalog, backend.editions, older, newer, from.today);
  std::shared_ptr<const image::Image> table;
  if (source.release != nullptr) {
    ASSIGN_OR_RETURN(table,
                     backend.store.GetImage(catalog, source.release->id.ToString(), from.today));
  }
  std::string table_from = table == nullptr ? "" : table->release_id();
  return ReplacementScope{query::Replacements(std::move(images), std::move(table)), backward,
                          std::move(table_from), std::move(source.uncovered)};
}

absl::StatusOr<v1::GetReplacementsResponse> GetReplacements(
    const Backend& backend, const v1::GetReplacementsRequest& request) {
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
  ASSIGN_OR_RETURN(const ReplacementScope scope, OpenReplacements(backend, from, to));
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
