#include "storage/store/catalog.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::store {

using model::Date;
using model::Digest;
using model::FacetGroup;

std::optional<Digest> CatalogRelease::Group(FacetGroup group) const {
  for (const auto& [present, digest] : groups) {
    if (present == group) return digest;
  }
  return std::nullopt;
}

bool CatalogRelease::HeldBackOn(Date day) const {
  return activation.has_value() && (activation->never || day < activation->day);
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
  CatalogRelease release{*release_id, effective, {}, {}, {}, {}};
  if (const std::string& day = entry.release().activate_on(); day == kNever) {
    release.activation = {true, {}};
  } else if (!day.empty()) {
    ASSIGN_OR_RETURN(const Date date, model::ParseDate(day));
    release.activation = {false, date};
  }
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

Catalog::Catalog(std::vector<CatalogRelease> releases, std::vector<LabelEntry> labels,
                 std::shared_ptr<const image::PageReader> pages,
                 std::shared_ptr<const model::EditionRegister> editions)
    : pages_(std::move(pages)), editions_(std::move(editions)) {
  if (editions_ == nullptr) {
    editions_ = std::make_shared<const model::EditionRegister>(model::EditionRegister::BuiltIn());
  }
  for (LabelEntry& label : labels) labels_.emplace(label.name(), std::move(label));
  for (CatalogRelease& release : releases) {
    (release.entry.retired() ? retired_ : releases_).push_back(std::move(release));
  }
  std::sort(releases_.begin(), releases_.end(),
            [](const CatalogRelease& a, const CatalogRelease& b) {
              if (!(a.order() == b.order())) return a.order() < b.order();
              return a.id.ToString() < b.id.ToString();
            });
}

std::vector<CatalogRelease> Catalog::AllReleases() const {
  std::vector<CatalogRelease> all = releases_;
  all.insert(all.end(), retired_.begin(), retired_.end());
  return all;
}

std::vector<CatalogRelease> Catalog::ReleasesWith(CatalogRelease release) const {
  std::vector<CatalogRelease> all = AllReleases();
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const CatalogRelease& other) { return other.id == release.id; }),
            all.end());
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

const CatalogRelease* Catalog::LenderFor(const CatalogRelease& release, Date today) const {
  if (release.Group(FacetGroup::kTabular).has_value()) return nullptr;
  const CatalogRelease* nearest = nullptr;
  int64_t nearest_days = 0;
  // Oldest first, so that the earlier of two at the same distance stays.
  for (const CatalogRelease& other : releases_) {
    if (!other.Group(FacetGroup::kTabular).has_value() || other.HeldBackOn(today)) continue;
    const int64_t days = std::abs(other.effective - release.effective);
    if (nearest == nullptr || days < nearest_days) {
      nearest = &other;
      nearest_days = days;
    }
  }
  return nearest;
}

const CatalogRelease* Catalog::PoaSourceFor(const CatalogRelease& release, Date today) const {
  const int fiscal_year = model::FiscalYearOf(release.effective);
  const CatalogRelease* source = nullptr;
  for (const CatalogRelease& other : releases_) {
    const bool self = other.id == release.id;
    if (!self && !(other.order() < release.order())) continue;
    if (model::FiscalYearOf(other.effective) != fiscal_year) continue;
    if (!other.Group(FacetGroup::kPoa).has_value()) continue;
    if (!self && other.HeldBackOn(today)) continue;
    source = &other;
  }
  if (source == nullptr || source->id == release.id) return source;
  for (const model::Edition& edition : editions_->editions()) {
    // A correction brings no other list by being one: it is the edition that changes it.
    if (source->order() < edition.order() && edition.effective <= release.effective &&
        edition.Changed(FacetGroup::kPoa)) {
      return nullptr;
    }
  }
  return source;
}

const LabelEntry* Catalog::FindLabel(absl::string_view name) const {
  const auto it = labels_.find(std::string(name));
  return it == labels_.end() ? nullptr : &it->second;
}

const CatalogRelease* Catalog::Follow(const LabelEntry& label, Date day) const {
  const CatalogRelease* release = Find(label.release_id());
  if (release == nullptr || label.exact()) return release;
  const CatalogRelease* newest = release;
  for (const CatalogRelease& other : releases_) {
    if (other.id.year() != release->id.year() || other.id.month() != release->id.month()) continue;
    // Of an edition that is yet to come, what corrects it comes with it.
    if (other.effective > std::max(day, release->effective) || other.HeldBackOn(day)) continue;
    if (newest->order() < other.order()) newest = &other;
  }
  return newest;
}

image::ImageSpec Catalog::SpecOf(const CatalogRelease& release, Date today) const {
  image::ImageSpec spec{release.id.ToString(), release.effective, release.groups, {}, {}};
  if (const CatalogRelease* source = PoaSourceFor(release, today); source != nullptr) {
    spec.poa = {source->id.ToString(), *source->Group(FacetGroup::kPoa)};
  }
  if (const CatalogRelease* lender = LenderFor(release, today); lender != nullptr) {
    spec.lender = {lender->id.ToString(), *lender->Group(FacetGroup::kTabular)};
  }
  return spec;
}

}  // namespace codeset::store
