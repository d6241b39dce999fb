#include "storage/store/catalog.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::store {

using model::Digest;
using model::FacetGroup;

std::optional<Digest> CatalogRelease::Group(FacetGroup group) const {
  for (const auto& [present, digest] : groups) {
    if (present == group) return digest;
  }
  return std::nullopt;
}

absl::StatusOr<CatalogRelease> ReadCatalogEntry(absl::string_view id, absl::string_view bytes) {
  const auto damaged = [&](absl::string_view why) {
    return model::MakeError(
        model::Reason::kDataDamaged,
        absl::StrCat("the catalog's entry of release ", id, " is damaged: ", why));
  };
  CatalogEntry entry;
  if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return damaged("it does not parse");
  }
  const absl::StatusOr<model::ReleaseId> release_id = model::ReleaseId::Parse(id);
  if (!release_id.ok() || entry.release().id() != std::string(id)) return damaged("its id differs");
  ASSIGN_OR_RETURN(const model::Date effective, model::ParseDate(entry.release().effective_date()));
  CatalogRelease release{*release_id, effective, {}, {}, {}};
  for (const v1::FacetGroupFingerprint& group : entry.release().facet_groups()) {
    ASSIGN_OR_RETURN(const Digest digest, model::ParseDigest(group.fingerprint()));
    release.groups.emplace_back(static_cast<FacetGroup>(group.group()), digest);
  }
  for (const v1::FacetGroupFingerprint& group : entry.deleted_groups()) {
    ASSIGN_OR_RETURN(const Digest digest, model::ParseDigest(group.fingerprint()));
    release.deleted_groups.emplace_back(static_cast<FacetGroup>(group.group()), digest);
  }
  if (model::FormatDigest(model::ReleaseFingerprint(release.groups)) !=
      entry.release().fingerprint()) {
    return damaged("its fingerprint is not that of its groups");
  }
  release.entry = std::move(entry);
  return release;
}

Catalog::Catalog(std::vector<CatalogRelease> releases,
                 std::shared_ptr<const image::PageReader> pages)
    : pages_(std::move(pages)) {
  for (CatalogRelease& release : releases) {
    (release.entry.retired() ? retired_ : releases_).push_back(std::move(release));
  }
  std::sort(releases_.begin(), releases_.end(),
            [](const CatalogRelease& a, const CatalogRelease& b) {
              if (!(a.order() == b.order())) return a.order() < b.order();
              return a.id.ToString() < b.id.ToString();
            });
}

std::vector<CatalogRelease> Catalog::ReleasesWith(CatalogRelease release) const {
  std::vector<CatalogRelease> all;
  for (const std::vector<CatalogRelease>* part : {&releases_, &retired_}) {
    for (const CatalogRelease& other : *part) {
      if (!(other.id == release.id)) all.push_back(other);
    }
  }
  all.push_back(std::move(release));
  return all;
}

const CatalogRelease* Catalog::Find(absl::string_view id) const {
  for (const CatalogRelease& release : releases_) {
    if (release.id.ToString() == id) return &release;
  }
  return nullptr;
}

const CatalogRelease* Catalog::FindRetired(absl::string_view id) const {
  for (const CatalogRelease& release : retired_) {
    if (release.id.ToString() == id) return &release;
  }
  return nullptr;
}

const CatalogRelease* Catalog::LenderFor(const CatalogRelease& release) const {
  if (release.Group(FacetGroup::kTabular).has_value()) return nullptr;
  const CatalogRelease* nearest = nullptr;
  int64_t nearest_days = 0;
  // Oldest first, so that the earlier of two at the same distance stays.
  for (const CatalogRelease& other : releases_) {
    if (!other.Group(FacetGroup::kTabular).has_value()) continue;
    const int64_t days = std::abs(other.effective - release.effective);
    if (nearest == nullptr || days < nearest_days) {
      nearest = &other;
      nearest_days = days;
    }
  }
  return nearest;
}

image::ImageSpec Catalog::SpecOf(const CatalogRelease& release) const {
  image::ImageSpec spec{release.id.ToString(), release.effective, release.groups, std::nullopt};
  if (const CatalogRelease* lender = LenderFor(release); lender != nullptr) {
    spec.lender = {lender->id.ToString(), *lender->Group(FacetGroup::kTabular)};
  }
  return spec;
}

}  // namespace codeset::store
