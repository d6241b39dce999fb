#include "server/releases.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/labels.h"
#include "server/request.h"
#include "storage/image/categories.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using image::NodeIndex;
using model::Edition;
using store::Catalog;
using store::CatalogRelease;

// Adds the categories that could not be placed.
void AddUnplaced(const image::Image& image, v1::Release& release) {
  for (const NodeIndex node : image.unplaced()) {
    release.add_unplaced_category_ids(image::IdOf(image, node));
  }
}

// An edition or a loaded release, with the place it is listed at.
struct Listed {
  model::ReleaseOrder order;
  v1::Edition edition;
};

Listed FromRegister(const Edition& edition, const CatalogRelease* loaded, model::Date today) {
  Listed listed{edition.order(), {}};
  listed.edition.set_id(edition.id.ToString());
  listed.edition.set_effective_date(model::FormatDate(edition.effective));
  for (const model::FacetGroup group : edition.changed) {
    listed.edition.add_changed_groups(static_cast<v1::FacetGroup>(group));
  }
  listed.edition.set_loaded(loaded != nullptr);
  listed.edition.set_in_register(true);
  listed.edition.set_held_back(loaded != nullptr && loaded->HeldBackOn(today));
  return listed;
}

// A loaded release that the register does not know: which groups it changed is not known.
Listed FromCatalog(const CatalogRelease& release, model::Date today) {
  Listed listed{release.order(), {}};
  listed.edition.set_id(release.id.ToString());
  listed.edition.set_effective_date(model::FormatDate(release.effective));
  listed.edition.set_loaded(true);
  listed.edition.set_held_back(release.HeldBackOn(today));
  return listed;
}

std::vector<Listed> ListEditions(const Catalog& catalog, const model::EditionRegister& editions,
                                 model::Date today) {
  std::vector<Listed> all;
  for (const Edition& edition : editions.editions()) {
    all.push_back(FromRegister(edition, catalog.Find(edition.id.ToString()), today));
  }
  for (const CatalogRelease& release : catalog.releases()) {
    const bool known =
        std::any_of(editions.editions().begin(), editions.editions().end(),
                    [&](const Edition& edition) { return edition.id == release.id; });
    if (!known) all.push_back(FromCatalog(release, today));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Listed& a, const Listed& b) { return a.order < b.order; });
  return all;
}

}  // namespace

v1::Release Describe(const Catalog& catalog, const CatalogRelease& release, model::Date today) {
  v1::Release message = release.entry.release();
  if (const CatalogRelease* lender = catalog.LenderFor(release, today)) {
    message.set_structure_from(lender->id.ToString());
  }
  if (const CatalogRelease* source = catalog.PoaSourceFor(release, today)) {
    message.set_poa_from(source->id.ToString());
  }
  message.set_held_back(release.HeldBackOn(today));
  for (std::string& label : LabelsOf(catalog, release, today)) {
    message.add_labels(std::move(label));
  }
  return message;
}

absl::StatusOr<v1::ListReleasesResponse> ListReleases(const Backend& backend,
                                                      const v1::ListReleasesRequest&) {
  const std::shared_ptr<const Catalog> catalog = backend.store.catalog();
  const model::Date today = model::DateInNewYork(backend.clock());
  v1::ListReleasesResponse response;
  for (const CatalogRelease& release : catalog->releases()) {
    v1::Release& message = *response.add_releases();
    // The categories that could not be placed are left to GetRelease: only images know
    // them, and the list must come also where one release is damaged.
    message = Describe(*catalog, release, today);
    message.clear_sources();
    message.clear_disagreements();
  }
  for (Listed& listed : ListEditions(*catalog, backend.editions, today)) {
    *response.add_editions() = std::move(listed.edition);
  }
  // That no release is in force is told by its absence.
  if (absl::StatusOr<OpenRelease> current = ResolveIn(backend, catalog, {}, "release");
      current.ok()) {
    *response.mutable_current() = std::move(current->resolved);
  }
  return response;
}

absl::StatusOr<v1::GetReleaseResponse> GetRelease(const Backend& backend,
                                                  const v1::GetReleaseRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open, Open(backend, request.release()));
  v1::GetReleaseResponse response;
  *response.mutable_release() =
      Describe(*open.catalog, *open.release, model::DateInNewYork(backend.clock()));
  AddUnplaced(*open.image, *response.mutable_release());
  *response.mutable_resolved() = std::move(open.resolved);
  return response;
}

absl::StatusOr<v1::ResolveReleaseResponse> ResolveRelease(
    const Backend& backend, const v1::ResolveReleaseRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open,
                   ResolveIn(backend, backend.store.catalog(), request.release(), "release"));
  v1::ResolveReleaseResponse response;
  *response.mutable_release() = std::move(open.resolved);
  return response;
}

absl::StatusOr<v1::Release> DescribeRelease(store::Store& store, absl::string_view id) {
  const std::shared_ptr<const Catalog> catalog = store.catalog();
  const CatalogRelease* entry = catalog->Find(id);
  if (entry == nullptr) return store.GetImage(*catalog, id).status();
  const model::Date today = store.Today();
  v1::Release release = Describe(*catalog, *entry, today);
  // From pages: who has loaded a release need not wait for its image.
  ASSIGN_OR_RETURN(const std::vector<std::string> unplaced,
                   image::ReadUnplaced(catalog->SpecOf(*entry, today), catalog->pages()));
  for (const std::string& key : unplaced) {
    release.add_unplaced_category_ids(model::FormatConceptKey(key));
  }
  return release;
}

absl::StatusOr<v1::Release> DescribeUnpublished(const Catalog& catalog, const v1::Release& release,
                                                model::Date today) {
  store::CatalogEntry entry;
  *entry.mutable_release() = release;
  ASSIGN_OR_RETURN(CatalogRelease candidate,
                   store::ReadCatalogEntry(release.id(), entry.SerializeAsString()));
  const Catalog with = catalog.With(std::move(candidate));
  return Describe(with, *with.Find(release.id()), today);
}

}  // namespace codeset::server
