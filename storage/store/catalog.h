// The releases that a data directory holds, at one instant.
//
// Thread-safe because immutable; a reader keeps the catalog it began with.
#pragma once

#include <map>
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
#include "storage/model/edition_register.h"
#include "storage/model/release.h"
#include "storage/model/release_id.h"
#include "storage/store/catalog.pb.h"

namespace codeset::store {

// The text of an activation that no day brings (Release.activate_on).
inline constexpr absl::string_view kNever = "never";

// One release, loaded or retired.
struct CatalogRelease {
  model::ReleaseId id;
  model::Date effective;
  // The facet groups with their root digests, in the order of kFacetGroups.
  std::vector<std::pair<model::FacetGroup, model::Digest>> groups;
  // What its groups had when it was deleted, if it ever was.
  std::vector<std::pair<model::FacetGroup, model::Digest>> deleted_groups;
  CatalogEntry entry;
  // From which day on dates and labels may resolve to it; absent for at once.
  struct Activation {
    bool never = false;
    model::Date day;
  };
  std::optional<Activation> activation;

  // Whether dates and labels may not resolve to it on that day (Release.activate_on).
  bool HeldBackOn(model::Date day) const;

  model::ReleaseOrder order() const { return {effective, id.correction()}; }
  // The root digest of a group, if the release has it.
  std::optional<model::Digest> Group(model::FacetGroup group) const;
};

// Reads a catalog entry. DATA_DAMAGED if it is not one.
absl::StatusOr<CatalogRelease> ReadCatalogEntry(absl::string_view id, absl::string_view bytes);

// See above.
class Catalog {
 public:
  // Takes releases and labels in any order, and reads pages as they are at this instant;
  // null where no image is built from the catalog. Null `editions` are the built-in ones.
  explicit Catalog(std::vector<CatalogRelease> releases, std::vector<LabelEntry> labels = {},
                   std::shared_ptr<const image::PageReader> pages = nullptr,
                   std::shared_ptr<const model::EditionRegister> editions = nullptr);

  // The pages of the releases, as they were when the catalog was taken: whoever holds the
  // catalog can read them even after a release has been deleted.
  const image::PageReader& pages() const { return *pages_; }

  // All releases, loaded and retired.
  std::vector<CatalogRelease> AllReleases() const;

  // The same with `release` in the place of the one of its id.
  std::vector<CatalogRelease> ReleasesWith(CatalogRelease release) const;

  // The catalog as it would be with `release` in the place of the one of its id; without
  // labels.
  Catalog With(CatalogRelease release) const {
    return Catalog(ReleasesWith(std::move(release)), {}, pages_, editions_);
  }

  // The loaded releases by (effective date, correction), oldest first.
  const std::vector<CatalogRelease>& releases() const { return releases_; }

  // The loaded release of an id; null if there is none.
  const CatalogRelease* Find(absl::string_view id) const;

  // The deleted release of an id; null if there is none.
  const CatalogRelease* FindRetired(absl::string_view id) const;

  // The release that lends its chapters and sections to one without a tabular list: the
  // one with a tabular list whose effective date is nearest, the earlier of two. One that is
  // held back today lends to none, since nobody has let it go yet. Null if the release has
  // its own or none is there to lend.
  const CatalogRelease* LenderFor(const CatalogRelease& release, model::Date today) const;

  // The release whose list of POA-exempt codes is in force in another: that one itself, or
  // the newest release before it in its fiscal year that has a list, provided that no edition
  // in between, loaded or not, is known by the edition register to have changed the list. One
  // that is held back today lends to none but itself. Null if the list is not known.
  const CatalogRelease* PoaSourceFor(const CatalogRelease& release, model::Date today) const;

  // The labels, by name.
  const std::map<std::string, LabelEntry>& labels() const { return labels_; }

  // The label of a name; null if there is none.
  const LabelEntry* FindLabel(absl::string_view name) const;

  // The release that a label resolves to on a day: the one that it was set to, or (unless
  // exact) the newest correction of that edition, not older than the one it was set to, that
  // is not held back on that day, and in force then or no later than the one it was set to.
  // Null if that is not loaded.
  const CatalogRelease* Follow(const LabelEntry& label, model::Date day) const;

  // What the image of a release is built from on a day: what is held back lends nothing.
  image::ImageSpec SpecOf(const CatalogRelease& release, model::Date today) const;

 private:
  std::vector<CatalogRelease> releases_;
  std::vector<CatalogRelease> retired_;
  std::map<std::string, LabelEntry> labels_;
  std::shared_ptr<const image::PageReader> pages_;
  std::shared_ptr<const model::EditionRegister> editions_;
};

}  // namespace codeset::store
