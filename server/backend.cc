#include "server/backend.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "server/fingerprint.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/query/answer.h"

namespace codeset::server {

using model::Reason;

v1::ResolvedRelease ToResolved(const store::Catalog& catalog, const store::CatalogRelease& release,
                               model::Date today, v1::Coverage coverage) {
  // As query::ResolvedOf says it, without making a spec and a fingerprint at every request.
  v1::ResolvedRelease resolved;
  resolved.set_release_id(release.id.ToString());
  resolved.set_effective_date(model::FormatDate(release.effective));
  resolved.set_fingerprint(release.entry.release().fingerprint());
  for (const auto& [group, digest] : release.groups) {
    auto* fingerprint = resolved.add_facet_groups();
    fingerprint->set_group(static_cast<v1::FacetGroup>(group));
    fingerprint->set_fingerprint(model::FormatDigest(digest));
  }
  *resolved.mutable_coverage() = std::move(coverage);
  if (const store::CatalogRelease* lender = catalog.LenderFor(release, today)) {
    resolved.set_structure_from(lender->id.ToString());
  }
  if (const store::CatalogRelease* source = catalog.PoaSourceFor(release, today)) {
    resolved.set_poa_from(source->id.ToString());
  }
  return resolved;
}

absl::StatusOr<OpenRelease> ResolveIn(const Backend& backend,
                                      std::shared_ptr<const store::Catalog> catalog,
                                      const v1::ReleaseSelector& selector,
                                      absl::string_view field) {
  // Handlers have checked the request by now, but no assertion is ever passed over.
  const std::vector<Violation> violations = CheckAssertions(field, selector);
  if (!violations.empty()) return InvalidFields(Reason::kArgumentInvalid, violations);
  const model::Date today = model::DateInNewYork(backend.clock());
  absl::StatusOr<Resolution> found = Resolve(selector, *catalog, backend.editions, today);
  if (!found.ok()) {
    return AtField(found.status(), absl::StrCat(field, selector.has_date() ? ".date" : ".release"));
  }
  OpenRelease open;
  open.release = found->release;
  open.today = today;
  open.resolved = ToResolved(*catalog, *found->release, today, std::move(found->coverage));
  open.catalog = std::move(catalog);
  RETURN_IF_ERROR(AssertFingerprints(selector, open.resolved));
  return open;
}

absl::Status OpenImage(const Backend& backend, OpenRelease& open) {
  ASSIGN_OR_RETURN(open.image,
                   backend.store.GetImage(*open.catalog, open.release->id.ToString(), open.today));
  return absl::OkStatus();
}

absl::StatusOr<OpenRelease> Open(const Backend& backend, const v1::ReleaseSelector& selector,
                                 absl::string_view field) {
  ASSIGN_OR_RETURN(OpenRelease open, ResolveIn(backend, backend.store.catalog(), selector, field));
  RETURN_IF_ERROR(OpenImage(backend, open));
  return open;
}

absl::StatusOr<image::NodeIndex> FindNode(const OpenRelease& open, absl::string_view key) {
  return query::FindNode(*open.image, key);
}

}  // namespace codeset::server
