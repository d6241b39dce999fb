#include "server/releases.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/request.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/query/diff.h"

namespace codeset::server {
namespace {

using image::NodeIndex;
using model::Edition;
using store::Catalog;
using store::CatalogRelease;

// Adds what depends on the other releases that are loaded.
void AddStructure(const image::Image& image, v1::Release& release) {
  release.set_structure_from(std::string(image.structure_from()));
  for (const NodeIndex node : image.unplaced()) {
    release.add_unplaced_category_ids(image::IdOf(image, node));
  }
}

// An edition or a loaded release, with the place it is listed at.
struct Listed {
  model::ReleaseOrder order;
  v1::Edition edition;
};

Listed FromRegister(const Edition& edition, bool loaded) {
  Listed listed{edition.order(), {}};
  listed.edition.set_id(edition.id.ToString());
  listed.edition.set_effective_date(model::FormatDate(edition.effective));
  for (const model::FacetGroup group : edition.changed) {
    listed.edition.add_changed_groups(static_cast<v1::FacetGroup>(group));
  }
  listed.edition.set_loaded(loaded);
  listed.edition.set_in_register(true);
  return listed;
}

// A loaded release that the register does not know: which groups it changed is not known.
Listed FromCatalog(const CatalogRelease& release) {
  Listed listed{release.order(), {}};
  listed.edition.set_id(release.id.ToString());
  listed.edition.set_effective_date(model::FormatDate(release.effective));
  listed.edition.set_loaded(true);
  return listed;
}

std::vector<Listed> ListEditions(const Catalog& catalog, const model::EditionRegister& editions) {
  std::vector<Listed> all;
  for (const Edition& edition : editions.editions()) {
    all.push_back(FromRegister(edition, catalog.Find(edition.id.ToString()) != nullptr));
  }
  for (const CatalogRelease& release : catalog.releases()) {
    const bool known =
        std::any_of(editions.editions().begin(), editions.editions().end(),
                    [&](const Edition& edition) { return edition.id == release.id; });
    if (!known) all.push_back(FromCatalog(release));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Listed& a, const Listed& b) { return a.order < b.order; });
  return all;
}

// Both sides of a diff and what to compare.
struct OpenDiff {
  OpenRelease from;
  OpenRelease to;
  query::DiffFilter filter;
};

// GetDiffSummaryRequest and StreamDiffRequest have the same fields.
template <typename Request>
absl::StatusOr<OpenDiff> OpenBoth(const Backend& backend, const Request& request) {
  RequestCheck check;
  check.Selector("from", request.from());
  check.Selector("to", request.to());
  OpenDiff diff;
  diff.filter.facets = check.Facets("facets", request.facets());
  diff.filter.under = check.OptionalConceptKey("under_id", request.under_id());
  RETURN_IF_ERROR(check.status());

  const std::shared_ptr<const Catalog> catalog = backend.store.catalog();
  ASSIGN_OR_RETURN(diff.from, ResolveIn(backend, catalog, request.from(), "from"));
  ASSIGN_OR_RETURN(diff.to, ResolveIn(backend, catalog, request.to(), "to"));
  RETURN_IF_ERROR(OpenImage(backend, diff.from));
  RETURN_IF_ERROR(OpenImage(backend, diff.to));
  if (diff.filter.under.has_value() && !diff.from.image->Find(*diff.filter.under).has_value()) {
    // It is enough that one side knows the concept; else the error is the newer side's.
    // What the older side does not know, though, is not known to be absent.
    const absl::Status older = FindNode(diff.from, *diff.filter.under).status();
    const absl::Status newer = FindNode(diff.to, *diff.filter.under).status();
    if (!newer.ok()) {
      return model::ReasonOf(older) == model::Reason::kStructureNotKnown ? older : newer;
    }
  }
  return diff;
}

// Sets what both kinds of answer tell of a diff.
template <typename Response>
void FillHead(const OpenDiff& diff, Response& response) {
  *response.mutable_from() = diff.from.resolved;
  *response.mutable_to() = diff.to.resolved;
  for (v1::FacetComparability& facet :
       query::Comparabilities(*diff.from.image, *diff.to.image, diff.filter)) {
    *response.add_comparability() = std::move(facet);
  }
  *response.mutable_from_counts() = diff.from.release->entry.release().counts();
  *response.mutable_to_counts() = diff.to.release->entry.release().counts();
  response.set_complete(query::IsComplete(*diff.from.image, *diff.to.image, diff.filter));
}

}  // namespace

absl::StatusOr<v1::ListReleasesResponse> ListReleases(const Backend& backend,
                                                      const v1::ListReleasesRequest&) {
  const std::shared_ptr<const Catalog> catalog = backend.store.catalog();
  v1::ListReleasesResponse response;
  for (const CatalogRelease& release : catalog->releases()) {
    v1::Release& message = *response.add_releases();
    message = release.entry.release();
    message.clear_sources();
    message.clear_disagreements();
    // The categories that could not be placed are left to GetRelease: only images know
    // them, and the list must come also where one release is damaged.
    if (const CatalogRelease* lender = catalog->LenderFor(release)) {
      message.set_structure_from(lender->id.ToString());
    }
  }
  for (Listed& listed : ListEditions(*catalog, backend.editions)) {
    *response.add_editions() = std::move(listed.edition);
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
  *response.mutable_release() = open.release->entry.release();
  AddStructure(*open.image, *response.mutable_release());
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

absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(
    const Backend& backend, const v1::GetDiffSummaryRequest& request) {
  ASSIGN_OR_RETURN(const OpenDiff diff, OpenBoth(backend, request));
  const image::Image& from = *diff.from.image;
  const image::Image& to = *diff.to.image;
  v1::GetDiffSummaryResponse response;
  FillHead(diff, response);
  for (v1::ChangeCount& count : query::CountChanges(from, to, query::Diff(from, to, diff.filter))) {
    *response.add_counts() = std::move(count);
  }
  return response;
}

absl::StatusOr<MessageSource<v1::StreamDiffResponse>> StreamDiff(
    const Backend& backend, const v1::StreamDiffRequest& request) {
  ASSIGN_OR_RETURN(OpenDiff diff, OpenBoth(backend, request));
  std::vector<query::Change> changes = query::Diff(*diff.from.image, *diff.to.image, diff.filter);
  return [diff = std::move(diff), changes = std::move(changes), first = true,
          next = size_t{0}]() mutable -> std::optional<v1::StreamDiffResponse> {
    if (!first && next == changes.size()) return std::nullopt;
    v1::StreamDiffResponse response;
    if (first) FillHead(diff, response);
    first = false;
    const size_t end = std::min(next + kChangesPerMessage, changes.size());
    for (; next < end; ++next) {
      *response.add_changes() = query::ToMessage(*diff.from.image, *diff.to.image, changes[next]);
    }
    return response;
  };
}

absl::StatusOr<v1::Release> DescribeRelease(store::Store& store, absl::string_view id) {
  const std::shared_ptr<const Catalog> catalog = store.catalog();
  ASSIGN_OR_RETURN(const std::shared_ptr<const image::Image> image, store.GetImage(*catalog, id));
  v1::Release release = catalog->Find(id)->entry.release();
  AddStructure(*image, release);
  return release;
}

}  // namespace codeset::server
