#include "server/date_resolution.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

using model::Date;
using model::Edition;
using model::FacetGroup;
using model::FiscalYearOf;
using model::FormatDate;
using model::MakeError;
using model::Reason;
using store::CatalogRelease;

// How a date stands to what is loaded.
struct Standing {
  // The newest release in force, of whatever fiscal year; null if there is none.
  const CatalogRelease* release = nullptr;
  // Whether it is one of the date's fiscal year.
  bool year_loaded = false;
  // The editions of that year that are missing after it.
  std::vector<const Edition*> missing;
  // Whether one of those changed order facts.
  bool codes_changed = false;

  bool Answers() const { return year_loaded && !codes_changed; }
};

Standing StandingOf(Date date, const ReleaseView& view) {
  Standing standing;
  const int fiscal_year = FiscalYearOf(date);
  standing.release = view.NewestInForce(date);
  standing.year_loaded =
      standing.release != nullptr && FiscalYearOf(standing.release->effective) == fiscal_year;
  standing.missing =
      view.MissingAfter(standing.year_loaded ? standing.release : nullptr, date, fiscal_year);
  standing.codes_changed =
      std::any_of(standing.missing.begin(), standing.missing.end(),
                  [](const Edition* edition) { return edition->Changed(FacetGroup::kOrder); });
  return standing;
}

// The edition to name where a date cannot be answered: the newest that changed order facts,
// since that one's order file is needed; else the newest known; else the fiscal year's.
std::string MissingEdition(const std::vector<const Edition*>& missing, int fiscal_year) {
  for (auto edition = missing.rbegin(); edition != missing.rend(); ++edition) {
    if ((*edition)->Changed(FacetGroup::kOrder)) return (*edition)->id.ToString();
  }
  return missing.empty() ? absl::StrCat(fiscal_year) : missing.back()->id.ToString();
}

// What else a caller can do whose date is refused; `fallback` may be null.
std::string OrElse(const CatalogRelease* fallback) {
  return fallback == nullptr
             ? std::string(", or ask for a release by its id")
             : absl::StrCat(", or set allow_stale to be answered from ", fallback->id.ToString());
}

absl::Status Refuse(Date date, const Standing& standing, const ReleaseView& view) {
  // With what is held back the date would have its answer: then that is what to let go.
  const Standing all = StandingOf(date, view.WithHeldBack());
  if (all.Answers()) {
    const std::string edition = all.release->id.ToString();
    return MakeError(
        Reason::kReleaseHeldBack,
        absl::StrCat("release ", edition, ", in force on ", FormatDate(date), ", ",
                     HowToActivate(*all.release), OrElse(standing.release), "; ", view.Describe()),
        {{"edition", edition}, {"date", FormatDate(date)}});
  }
  const std::string edition = MissingEdition(standing.missing, FiscalYearOf(date));
  const CatalogRelease* later = view.catalog().Find(edition);
  const std::string how =
      later == nullptr
          ? std::string("is not loaded; load it")
          : absl::StrCat("is loaded as in force from ", FormatDate(later->effective),
                         " only; if that is wrong, delete it and load it for its own day");
  return MakeError(Reason::kReleaseNotLoaded,
                   absl::StrCat("edition ", edition, ", in force on ", FormatDate(date), ", ", how,
                                OrElse(standing.release), "; ", view.Describe()),
                   {{"edition", edition}, {"date", FormatDate(date)}});
}

absl::Status CheckNotBeforeFirst(Date date, const ReleaseView& view) {
  std::optional<Date> first;
  if (!view.editions().editions().empty()) first = view.editions().editions().front().effective;
  if (!view.catalog().releases().empty()) {
    const Date loaded = view.catalog().releases().front().effective;
    first = first.has_value() ? std::min(*first, loaded) : loaded;
  }
  if (!first.has_value() || date >= *first) return absl::OkStatus();
  return MakeError(Reason::kDateBeforeFirstRelease,
                   absl::StrCat(FormatDate(date), " lies before ", FormatDate(*first),
                                ", when the first edition known took effect"),
                   {{"date", FormatDate(date)}, {"first_date", FormatDate(*first)}});
}

// Names the editions that stand between the release and the date; and the date's fiscal year,
// where nothing of it is loaded and the register knows none of its editions.
void NameMissing(const Standing& standing, Date date, const ReleaseView& view,
                 v1::Coverage& coverage) {
  const std::vector<const Edition*> missing =
      standing.year_loaded ? standing.missing
                           : view.MissingAfter(standing.release, date, std::nullopt);
  for (const Edition* edition : missing) {
    coverage.add_unloaded_editions(edition->id.ToString());
  }
  if (!standing.year_loaded && standing.missing.empty()) {
    coverage.add_unloaded_editions(absl::StrCat(FiscalYearOf(date)));
  }
}

}  // namespace

std::string HowToActivate(const CatalogRelease& release) {
  const std::string& until = release.entry.release().activate_on();
  return absl::StrCat("is loaded but held back", until == store::kNever ? "" : " until ",
                      until == store::kNever ? "" : until,
                      "; let it go with `codesetctl release activate ", release.id.ToString(), "`");
}

absl::StatusOr<Resolution> ResolveDate(Date date, bool allow_stale, const ReleaseView& view) {
  if (absl::Status early = CheckNotBeforeFirst(date, view); !early.ok()) return early;
  const Standing standing = StandingOf(date, view);
  Resolution result;
  result.release = standing.release;
  result.coverage.set_date(FormatDate(date));
  result.coverage.set_before_mandate(date < model::MandateDate());
  if (standing.Answers()) {
    result.coverage.set_kind(standing.missing.empty() ? v1::COVERAGE_KIND_EXACT
                                                      : v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED);
  } else if (allow_stale && standing.release != nullptr) {
    result.coverage.set_kind(v1::COVERAGE_KIND_STALE);
  } else {
    return Refuse(date, standing, view);
  }
  NameMissing(standing, date, view, result.coverage);
  return result;
}

absl::StatusOr<Resolution> ResolveCurrent(const ReleaseView& view) {
  const Date today = view.today();
  if (view.NewestInForce(today) == nullptr) {
    if (const CatalogRelease* held = view.WithHeldBack().NewestInForce(today)) {
      const std::string id = held->id.ToString();
      return MakeError(Reason::kReleaseHeldBack,
                       absl::StrCat("no release is current: ", id, " ", HowToActivate(*held),
                                    ", or ask for a release by its id; ", view.Describe()),
                       {{"edition", id}, {"date", FormatDate(today)}});
    }
    return NotFound(Reason::kReleaseNotFound, "release", "current",
                    absl::StrCat("no release in force on ", FormatDate(today), " is loaded; ",
                                 view.Describe()));
  }
  absl::StatusOr<Resolution> current = ResolveDate(today, /*allow_stale=*/true, view);
  if (current.ok()) {
    current->coverage.set_overdue(current->coverage.unloaded_editions_size() > 0);
  }
  return current;
}

}  // namespace codeset::server
