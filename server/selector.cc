#include "server/selector.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/error.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::server {
namespace {

using model::Date;
using model::Edition;
using model::EditionRegister;
using model::FacetGroup;
using model::FiscalYearOf;
using model::FormatDate;
using model::MakeError;
using model::Reason;
using model::ReleaseId;
using store::Catalog;
using store::CatalogRelease;

constexpr absl::string_view kCurrent = "current";
constexpr absl::string_view kNext = "next";
constexpr size_t kMaxNamedReleases = 40;

std::string LoadedReleases(const Catalog& catalog) {
  if (catalog.releases().empty()) return "no release is loaded";
  std::vector<std::string> ids;
  for (const CatalogRelease& release : catalog.releases()) ids.push_back(release.id.ToString());
  const size_t more = ids.size() > kMaxNamedReleases ? ids.size() - kMaxNamedReleases : 0;
  ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(more));
  return absl::StrCat("loaded are ", more > 0 ? absl::StrCat(more, " older ones, ") : "",
                      absl::StrJoin(ids, ", "));
}

// What to say of an id that is not loaded.
absl::Status IdNotFound(const ReleaseId& id, const Catalog& catalog,
                        const EditionRegister& editions) {
  const std::string name = id.ToString();
  std::string why = "is not loaded";
  if (catalog.FindRetired(name) != nullptr) why = "was deleted";
  for (const Edition& edition : editions.editions()) {
    if (edition.id == id) {
      absl::StrAppend(&why, "; it is known to be in force from ", FormatDate(edition.effective),
                      ": load its files with `codesetctl release load ", name, " PATH...`");
    }
  }
  return NotFound(Reason::kReleaseNotFound, "release", name,
                  absl::StrCat("release ", name, " ", why, "; ", LoadedReleases(catalog)));
}

// The editions in force on `date` that are not loaded and are newer than `release` (null:
// all), oldest first; with `fiscal_year`, of that year only.
std::vector<const Edition*> UnloadedAfter(const CatalogRelease* release, Date date,
                                          std::optional<int> fiscal_year, const Catalog& catalog,
                                          const EditionRegister& editions) {
  std::vector<const Edition*> unloaded;
  for (const Edition& edition : editions.editions()) {
    if (edition.effective > date || catalog.Find(edition.id.ToString()) != nullptr) continue;
    if (fiscal_year.has_value() && FiscalYearOf(edition.effective) != *fiscal_year) continue;
    if (release != nullptr && !(release->order() < edition.order())) continue;
    unloaded.push_back(&edition);
  }
  return unloaded;
}

const CatalogRelease* NewestInForce(const Catalog& catalog, Date date) {
  const CatalogRelease* newest = nullptr;
  for (const CatalogRelease& release : catalog.releases()) {
    if (release.effective <= date) newest = &release;
  }
  return newest;
}

// The edition to name where a date cannot be answered: the newest that changed order facts,
// since that one's order file is needed; else the newest known; else the fiscal year's.
std::string MissingEdition(const std::vector<const Edition*>& unloaded, int fiscal_year) {
  for (auto edition = unloaded.rbegin(); edition != unloaded.rend(); ++edition) {
    if ((*edition)->Changed(FacetGroup::kOrder)) return (*edition)->id.ToString();
  }
  return unloaded.empty() ? absl::StrCat(fiscal_year) : unloaded.back()->id.ToString();
}

absl::StatusOr<Resolution> ResolveDate(Date date, bool allow_stale, const Catalog& catalog,
                                       const EditionRegister& editions) {
  Resolution result;
  result.coverage.set_date(FormatDate(date));
  result.coverage.set_before_mandate(date < model::MandateDate());
  const int fiscal_year = FiscalYearOf(date);

  result.release = NewestInForce(catalog, date);
  const bool year_loaded =
      result.release != nullptr && FiscalYearOf(result.release->effective) == fiscal_year;
  std::vector<const Edition*> unloaded =
      UnloadedAfter(year_loaded ? result.release : nullptr, date, fiscal_year, catalog, editions);
  const bool codes_changed =
      std::any_of(unloaded.begin(), unloaded.end(),
                  [](const Edition* edition) { return edition->Changed(FacetGroup::kOrder); });

  if (year_loaded && !codes_changed) {
    result.coverage.set_kind(unloaded.empty() ? v1::COVERAGE_KIND_EXACT
                                              : v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED);
  } else if (allow_stale && result.release != nullptr) {
    result.coverage.set_kind(v1::COVERAGE_KIND_STALE);
    unloaded = UnloadedAfter(result.release, date, std::nullopt, catalog, editions);
  } else {
    const std::string edition = MissingEdition(unloaded, fiscal_year);
    return MakeError(Reason::kReleaseNotLoaded,
                     absl::StrCat("edition ", edition, ", in force on ", FormatDate(date),
                                  ", is not loaded; load it",
                                  result.release == nullptr
                                      ? std::string(", or ask for a release by its id")
                                      : absl::StrCat(", or set allow_stale to be answered from ",
                                                     result.release->id.ToString()),
                                  "; ", LoadedReleases(catalog)),
                     {{"edition", edition}, {"date", FormatDate(date)}});
  }
  for (const Edition* edition : unloaded) {
    result.coverage.add_unloaded_editions(edition->id.ToString());
  }
  return result;
}

absl::StatusOr<Resolution> ResolveAskedDate(Date date, bool allow_stale, const Catalog& catalog,
                                            const EditionRegister& editions) {
  std::optional<Date> first;
  if (!editions.editions().empty()) first = editions.editions().front().effective;
  if (!catalog.releases().empty()) {
    const Date loaded = catalog.releases().front().effective;
    first = first.has_value() ? std::min(*first, loaded) : loaded;
  }
  if (first.has_value() && date < *first) {
    return MakeError(Reason::kDateBeforeFirstRelease,
                     absl::StrCat(FormatDate(date), " lies before ", FormatDate(*first),
                                  ", when the first edition known took effect"),
                     {{"date", FormatDate(date)}, {"first_date", FormatDate(*first)}});
  }
  return ResolveDate(date, allow_stale, catalog, editions);
}

absl::StatusOr<Resolution> ResolveNext(const Catalog& catalog, Date today) {
  Resolution result;
  for (const CatalogRelease& release : catalog.releases()) {
    if (release.effective <= today) continue;
    // Of one day's releases the last is the newest correction, and that one will answer.
    if (result.release != nullptr && result.release->effective != release.effective) break;
    result.release = &release;
  }
  if (result.release == nullptr) {
    return NotFound(Reason::kReleaseNotFound, "release", kNext,
                    absl::StrCat("no release that comes into force after ", FormatDate(today),
                                 " is loaded; ", LoadedReleases(catalog)));
  }
  result.coverage.set_kind(v1::COVERAGE_KIND_EXACT);
  return result;
}

}  // namespace

absl::Status CheckSelector(const v1::ReleaseSelector& selector) {
  switch (selector.selector_case()) {
    case v1::ReleaseSelector::kRelease:
      if (selector.release().size() > kMaxReleaseTextLength) {
        return MakeError(Reason::kArgumentInvalid,
                         absl::StrCat("a release is named with at most ", kMaxReleaseTextLength,
                                      " bytes, not ", selector.release().size()));
      }
      if (ReleaseId::LooksLikeId(selector.release())) {
        return ReleaseId::Parse(selector.release()).status();
      }
      return absl::OkStatus();
    case v1::ReleaseSelector::kDate:
      return model::ParseDate(selector.date()).status();
    case v1::ReleaseSelector::SELECTOR_NOT_SET:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::StatusOr<Resolution> Resolve(const v1::ReleaseSelector& selector, const Catalog& catalog,
                                   const EditionRegister& editions, Date today) {
  RETURN_IF_ERROR(CheckSelector(selector));
  if (selector.has_date()) {
    ASSIGN_OR_RETURN(const Date date, model::ParseDate(selector.date()));
    return ResolveAskedDate(date, selector.allow_stale(), catalog, editions);
  }
  const std::string& name = selector.release();
  if (name.empty() || name == kCurrent) {
    if (NewestInForce(catalog, today) == nullptr) {
      return NotFound(Reason::kReleaseNotFound, "release", kCurrent,
                      absl::StrCat("no release in force on ", FormatDate(today), " is loaded; ",
                                   LoadedReleases(catalog)));
    }
    return ResolveDate(today, /*allow_stale=*/true, catalog, editions);
  }
  if (name == kNext) return ResolveNext(catalog, today);
  if (!ReleaseId::LooksLikeId(name)) {
    return NotFound(
        Reason::kReleaseNotFound, "release", name,
        absl::StrCat("there is no label ", model::Quoted(name), "; ", LoadedReleases(catalog)));
  }
  ASSIGN_OR_RETURN(const ReleaseId id, ReleaseId::Parse(name));
  Resolution result;
  result.release = catalog.Find(id.ToString());
  if (result.release == nullptr) return IdNotFound(id, catalog, editions);
  result.coverage.set_kind(v1::COVERAGE_KIND_EXACT);
  return result;
}

}  // namespace codeset::server
