#include "server/backend.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "server/fingerprint.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/query/answer.h"

namespace codeset::server {

using model::Reason;

v1::ResolvedRelease ToResolved(const store::Catalog& catalog, const store::CatalogRelease& release,
                               model::Date today, v1::Coverage coverage) {
  // Not by way of a spec: making one, and its fingerprint, at every request is felt.
  const std::string id = release.id.ToString();
  const store::CatalogRelease* lender = catalog.LenderFor(release, today);
  const store::CatalogRelease* source = catalog.PoaSourceFor(release, today);
  const std::string structure_from = lender != nullptr ? lender->id.ToString() : "";
  const std::string poa_from = source != nullptr ? source->id.ToString() : "";
  query::ReleaseFacts facts;
  facts.id = id;
  facts.effective = release.effective;
  facts.fingerprint = release.entry.release().fingerprint();
  facts.groups = release.groups;
  facts.structure_from = structure_from;
  facts.poa_from = poa_from;
  return query::ResolvedOf(facts, std::move(coverage));
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
