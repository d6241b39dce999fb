#include "storage/store/conversion_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace codeset::store {
namespace {

using model::Date;
using model::FacetGroup;

// An edition, in force from a day on, of which a table may or may not tell.
struct Step {
  model::ReleaseOrder order;
  std::string id;
  bool changed_conversion = false;
};

// The editions after `older` and up to `newer` that are known to have changed codes or
// replacements, or of which it is not known: a loaded one that the register lacks, and the
// edition of a fiscal year of which neither has any.
std::vector<Step> StepsBetween(const Catalog& catalog, const model::EditionRegister& editions,
                               const CatalogRelease& older, const CatalogRelease& newer) {
  const auto between = [&](Date effective) {
    return effective > older.effective && effective <= newer.effective;
  };
  std::vector<Step> steps;
  std::vector<int> years;
  // A correction brings no other table by being one: it is the edition that changes it.
  const auto is_registered = [&](const CatalogRelease& release) {
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
  for (const CatalogRelease& release : catalog.releases()) {
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

ConversionSource FindConversionSource(const Catalog& catalog,
                                      const model::EditionRegister& editions,
                                      const CatalogRelease& older, const CatalogRelease& newer,
                                      Date today) {
  const std::vector<Step> steps = StepsBetween(catalog, editions, older, newer);
  const CatalogRelease* earlier = nullptr;
  const CatalogRelease* later = nullptr;
  for (const CatalogRelease& release : catalog.releases()) {
    if (!release.Group(FacetGroup::kConversion).has_value()) continue;
    const bool end = release.id == older.id || release.id == newer.id;
    if (!end && release.HeldBackOn(today)) continue;
    if (!(newer.order() < release.order())) {
      earlier = &release;
    } else if (later == nullptr) {
      later = &release;
    }
  }
  // What an edition changed after the table was drawn up is not in it.
  const auto is_told = [](const Step& step, const CatalogRelease* table) {
    if (step.order.effective < FirstConversionDay()) return false;
    if (table == nullptr) return false;
    return !step.changed_conversion || !(table->order() < step.order);
  };
  const bool earlier_tells_all =
      earlier != nullptr && std::all_of(steps.begin(), steps.end(), [&](const Step& step) {
        return step.order.effective < FirstConversionDay() || is_told(step, earlier);
      });
  ConversionSource source;
  source.release = earlier_tells_all || later == nullptr ? earlier : later;
  for (const Step& step : steps) {
    if (!is_told(step, source.release)) source.uncovered.push_back(step.id);
  }
  return source;
}

}  // namespace codeset::store
