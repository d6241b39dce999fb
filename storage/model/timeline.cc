#include "storage/model/timeline.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace codeset::model {
namespace {

// What histories are told of, and gaps named for.
constexpr FacetGroup kTold[] = {FacetGroup::kOrder, FacetGroup::kTabular, FacetGroup::kPoa};

bool IsLoaded(const std::vector<TimelineRelease>& releases, const Edition& edition) {
  return std::any_of(releases.begin(), releases.end(), [&](const TimelineRelease& release) {
    // One that was loaded for a later day does not stand for the edition on its own days.
    return release.id == edition.id && !release.held_back && release.effective <= edition.effective;
  });
}

// The days on which anything may change: first days in force, and those of fiscal years, up
// to the last that is known to have begun, or to begin.
std::set<Date> Borders(const std::vector<TimelineRelease>& releases,
                       const EditionRegister& editions, Date today) {
  std::set<Date> borders;
  // One that is held back is known all the same, and so is the day that it is for.
  for (const TimelineRelease& release : releases) borders.insert(release.effective);
  for (const Edition& edition : editions.editions()) borders.insert(edition.effective);
  if (borders.empty()) return borders;
  const int last = std::max(FiscalYearOf(today), FiscalYearOf(*borders.rbegin()));
  for (int year = FiscalYearOf(*borders.begin()) + 1; year <= last; ++year) {
    borders.insert(FiscalYearStart(year));
  }
  return borders;
}

Period PeriodFrom(Date day, const std::vector<TimelineRelease>& releases,
                  const EditionRegister& editions) {
  Period period;
  period.from = day;
  const int fiscal_year = FiscalYearOf(day);
  for (size_t i = 0; i < releases.size(); ++i) {
    const TimelineRelease& release = releases[i];
    if (!release.held_back && release.effective <= day &&
        FiscalYearOf(release.effective) == fiscal_year) {
      period.release = i;
    }
  }
  const TimelineRelease* const release =
      period.release.has_value() ? &releases[*period.release] : nullptr;
  period.order_known = release != nullptr;
  period.tabular_known = release != nullptr && release->Has(FacetGroup::kTabular);
  period.poa_known = release != nullptr && release->poa_known;
  for (const Edition& edition : editions.editions()) {
    if (edition.effective > day || FiscalYearOf(edition.effective) != fiscal_year) continue;
    if (release != nullptr && !(release->order() < edition.order())) continue;
    if (IsLoaded(releases, edition)) continue;
    period.unloaded.push_back(edition.id.ToString());
    if (edition.Changed(FacetGroup::kOrder)) period.order_known = false;
    if (edition.Changed(FacetGroup::kTabular)) period.tabular_known = false;
    if (edition.Changed(FacetGroup::kPoa)) period.poa_known = false;
  }
  if (release == nullptr && period.unloaded.empty()) {
    period.unloaded.push_back(absl::StrCat(fiscal_year));
  }
  return period;
}

bool SameState(const Period& a, const Period& b) {
  return a.release == b.release && a.unloaded == b.unloaded && a.order_known == b.order_known &&
         a.tabular_known == b.tabular_known && a.poa_known == b.poa_known;
}

template <typename Value>
void AddOnce(std::vector<Value>& values, const Value& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

}  // namespace

bool TimelineRelease::Has(FacetGroup group) const {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

bool Period::Knows(FacetGroup group) const {
  switch (group) {
    case FacetGroup::kOrder:
      return order_known;
    case FacetGroup::kTabular:
      return tabular_known;
    case FacetGroup::kPoa:
      return poa_known;
    case FacetGroup::kConversion:
      return false;
  }
  return false;
}

Timeline MakeTimeline(std::vector<TimelineRelease> releases, const EditionRegister& editions,
                      Date today) {
  Timeline timeline;
  timeline.releases = std::move(releases);
  std::stable_sort(
      timeline.releases.begin(), timeline.releases.end(),
      [](const TimelineRelease& a, const TimelineRelease& b) { return a.order() < b.order(); });
  for (const Date day : Borders(timeline.releases, editions, today)) {
    Period period = PeriodFrom(day, timeline.releases, editions);
    if (!timeline.periods.empty()) {
      if (SameState(timeline.periods.back(), period)) continue;
      timeline.periods.back().until = day;
    }
    timeline.periods.push_back(std::move(period));
  }
  return timeline;
}

std::vector<LineSpan> LineOf(const Timeline& timeline) {
  std::vector<LineSpan> line;
  for (const Period& period : timeline.periods) {
    if (!period.order_known) continue;
    if (!line.empty() && line.back().release == *period.release) {
      line.back().until = period.until;
    } else {
      line.push_back({*period.release, period.from, period.until});
    }
  }
  return line;
}

std::vector<Gap> GapsOf(const Timeline& timeline) {
  std::vector<Gap> gaps;
  for (const Period& period : timeline.periods) {
    std::vector<FacetGroup> groups;
    for (const FacetGroup group : kTold) {
      if (!period.Knows(group)) groups.push_back(group);
    }
    if (groups.empty()) continue;
    if (gaps.empty() || gaps.back().until != period.from || gaps.back().groups != groups) {
      gaps.push_back({period.from, period.until, std::move(groups), {}, {}});
    }
    Gap& gap = gaps.back();
    gap.until = period.until;
    for (const std::string& edition : period.unloaded) AddOnce(gap.unloaded, edition);
    if (!period.order_known) continue;
    const TimelineRelease& release = timeline.releases[*period.release];
    const bool lacks_tabular = !release.Has(FacetGroup::kTabular);
    if (lacks_tabular || !release.poa_known) AddOnce(gap.lacking, *period.release);
  }
  return gaps;
}

}  // namespace codeset::model
