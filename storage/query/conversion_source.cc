#include "storage/query/conversion_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace codeset::query {
namespace {

using model::Date;
using model::FacetGroup;
using model::TimelineRelease;

// An edition, in force from a day on, of which a table may or may not tell.
struct Step {
  model::ReleaseOrder order;
  std::string id;
  bool changed_conversion = false;
};

// The editions after `older` and up to `newer` that are known to have changed codes or
// replacements, or of which it is not known: a loaded one that the register lacks, and the
// edition of a fiscal year of which neither has any.
std::vector<Step> StepsBetween(const std::vector<TimelineRelease>& releases,
                               const model::EditionRegister& editions, const TimelineRelease& older,
                               const TimelineRelease& newer) {
  const auto between = [&](Date effective) {
    return effective > older.effective && effective <= newer.effective;
  };
  std::vector<Step> steps;
  std::vector<int> years;
  // A correction brings no other table by being one: it is the edition that changes it.
  const auto is_registered = [&](const TimelineRelease& release) {
    return std::any_of(
        editions.editions().begin(), editions.editions().end(), [&](const model::Edition& edition) {
          return edition.id.year() == release.id.year() && edition.id.month() == release.id.month();
        });
  };
  for (const model::Edition& edition : editions.editions()) {
    years.push_back(model::FiscalYearOf(edition.effective));
    const bool conversion = edition.Changed(FacetGroup::kConversion);
    if (!between(edition.effective)) continue;
    if (!conversion && !edition.Changed(FacetGroup::kOrder)) continue;
    steps.push_back({edition.order(), edition.id.ToString(), conversion});
  }
  for (const TimelineRelease& release : releases) {
    years.push_back(model::FiscalYearOf(release.effective));
    if (!between(release.effective) || is_registered(release)) continue;
    steps.push_back({release.order(), release.id.ToString(), true});
  }
  const int last = model::FiscalYearOf(newer.effective);
  for (int year = model::FiscalYearOf(older.effective) + 1; year <= last; ++year) {
    if (std::find(years.begin(), years.end(), year) != years.end()) continue;
    steps.push_back({{model::FiscalYearStart(year), 0}, absl::StrCat(year), true});
  }
  std::sort(steps.begin(), steps.end(),
            [](const Step& a, const Step& b) { return a.order < b.order; });
  return steps;
}

}  // namespace

Date FirstConversionDay() { return model::FiscalYearStart(2017); }

ConversionSource FindConversionSource(const std::vector<TimelineRelease>& releases,
                                      const model::EditionRegister& editions, size_t older,
                                      size_t newer) {
  const std::vector<Step> steps =
      StepsBetween(releases, editions, releases[older], releases[newer]);
  std::optional<size_t> earlier, later;
  for (size_t i = 0; i < releases.size(); ++i) {
    if (!releases[i].Has(FacetGroup::kConversion)) continue;
    if (i != older && i != newer && releases[i].held_back) continue;
    if (!(releases[newer].order() < releases[i].order())) {
      earlier = i;
    } else if (!later.has_value()) {
      later = i;
    }
  }
  // What an edition changed after the table was drawn up is not in it.
  const auto is_told = [&](const Step& step, const std::optional<size_t>& table) {
    if (step.order.effective < FirstConversionDay()) return false;
    if (!table.has_value()) return false;
    return !step.changed_conversion || !(releases[*table].order() < step.order);
  };
  const bool earlier_tells_all =
      earlier.has_value() && std::all_of(steps.begin(), steps.end(), [&](const Step& step) {
        return step.order.effective < FirstConversionDay() || is_told(step, earlier);
      });
  ConversionSource source;
  source.release = earlier_tells_all || !later.has_value() ? earlier : later;
  for (const Step& step : steps) {
    if (!is_told(step, source.release)) source.uncovered.push_back(step.id);
  }
  return source;
}

}  // namespace codeset::query
