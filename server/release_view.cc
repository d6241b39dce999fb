#include "server/release_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace codeset::server {
namespace {

using model::Date;
using model::Edition;
using store::CatalogRelease;

// So that an error's text stays short.
constexpr size_t kMaxNamedReleases = 40;

}  // namespace

ReleaseView ReleaseView::WithHeldBack() const {
  ReleaseView all = *this;
  all.with_held_back_ = true;
  return all;
}

const CatalogRelease* ReleaseView::NewestInForce(Date date) const {
  const CatalogRelease* newest = nullptr;
  for (const CatalogRelease& release : catalog_.releases()) {
    if (release.effective <= date && Has(release)) newest = &release;
  }
  return newest;
}

const CatalogRelease* ReleaseView::FirstAfter(Date date) const {
  const CatalogRelease* first = nullptr;
  for (const CatalogRelease& release : catalog_.releases()) {
    if (release.effective <= date || !Has(release)) continue;
    // Of one day's releases the last is the newest correction, and that one will answer.
    if (first != nullptr && first->effective != release.effective) break;
    first = &release;
  }
  return first;
}

std::vector<const Edition*> ReleaseView::MissingAfter(const CatalogRelease* release, Date date,
                                                      std::optional<int> fiscal_year) const {
  std::vector<const Edition*> missing;
  for (const Edition& edition : editions_.editions()) {
    if (edition.effective > date) continue;
    if (fiscal_year.has_value() && model::FiscalYearOf(edition.effective) != *fiscal_year) continue;
    if (release != nullptr && !(release->order() < edition.order())) continue;
    const CatalogRelease* loaded = catalog_.Find(edition.id.ToString());
    // One that was loaded for a later day does not stand for the edition on its own days.
    if (loaded != nullptr && Has(*loaded) && loaded->effective <= edition.effective) continue;
    missing.push_back(&edition);
  }
  return missing;
}

std::string ReleaseView::Describe() const {
  if (catalog_.releases().empty()) return "no release is loaded";
  std::vector<std::string> ids;
  for (const CatalogRelease& release : catalog_.releases()) {
    ids.push_back(
        absl::StrCat(release.id.ToString(), release.HeldBackOn(today_) ? " (held back)" : ""));
  }
  const size_t more = ids.size() > kMaxNamedReleases ? ids.size() - kMaxNamedReleases : 0;
  ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(more));
  return absl::StrCat("loaded are ", more > 0 ? absl::StrCat(more, " older ones, ") : "",
                      absl::StrJoin(ids, ", "));
}

}  // namespace codeset::server
