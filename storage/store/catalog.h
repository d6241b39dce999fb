// The releases that a data directory holds, at one instant.
//
// Thread-safe because immutable; a reader keeps the catalog it began with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/releases.pb.h"
#include "storage/image/image.h"
#include "storage/model/date.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"
#include "storage/model/release_id.h"
#include "storage/store/catalog.pb.h"

namespace codeset::store {

// One release, loaded or retired.
struct CatalogRelease {
  model::ReleaseId id;
  model::Date effective;
  // The facet groups with their root digests, in the order of kFacetGroups.
  std::vector<std::pair<model::FacetGroup, model::Digest>> groups;
  // What its groups had when it was deleted, if it ever was.
  std::vector<std::pair<model::FacetGroup, model::Digest>> deleted_groups;
  CatalogEntry entry;

  model::ReleaseOrder order() const { return {effective, id.correction()}; }
  // The root digest of a group, if the release has it.
  std::optional<model::Digest> Group(model::FacetGroup group) const;
};

// Reads a catalog entry. DATA_DAMAGED if it is not one.
absl::StatusOr<CatalogRelease> ReadCatalogEntry(absl::string_view id, absl::string_view bytes);

// See above.
class Catalog {
 public:
  // Takes releases in any order, and reads pages as they are at this instant; null where
  // no image is built from the catalog.
  explicit Catalog(std::vector<CatalogRelease> releases,
                   std::shared_ptr<const image::PageReader> pages = nullptr);

  // The pages of the releases, as they were when the catalog was taken: whoever holds the
  // catalog can read them even after a release has been deleted.
  const image::PageReader& pages() const { return *pages_; }

  // All releases, loaded and retired, with `release` in the place of the one of its id.
  std::vector<CatalogRelease> ReleasesWith(CatalogRelease release) const;

  // The loaded releases by (effective date, correction), oldest first.
  const std::vector<CatalogRelease>& releases() const { return releases_; }

  // The loaded release of an id; null if there is none.
  const CatalogRelease* Find(absl::string_view id) const;

  // The deleted release of an id; null if there is none.
  const CatalogRelease* FindRetired(absl::string_view id) const;

  // The release that lends its chapters and sections to one without a tabular list: the
  // one with a tabular list whose effective date is nearest, the earlier of two. Null if
  // the release has its own or none is there to lend.
  const CatalogRelease* LenderFor(const CatalogRelease& release) const;

  // What the image of a release is built from.
  image::ImageSpec SpecOf(const CatalogRelease& release) const;

 private:
  std::vector<CatalogRelease> releases_;
  std::vector<CatalogRelease> retired_;
  std::shared_ptr<const image::PageReader> pages_;
};

}  // namespace codeset::store
