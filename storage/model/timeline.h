// Time as releases and editions divide it: which loaded release governs each day, and what
// is not known of that day.
//
//   Timeline timeline = MakeTimeline(releases, EditionRegister::BuiltIn(), today);
//   for (const Period& period : timeline.periods) Use(period.from, period.order_known);
//   for (const LineSpan& span : LineOf(timeline)) Use(timeline.releases[span.release].id);
//
// It holds for every day what resolving that day's date as a selector comes to
// (server/selector.h), without asking day by day: a release governs within its fiscal
// year, until a newer one or an edition that is not loaded and changed order facts.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/model/release.h"
#include "storage/model/release_id.h"

namespace codeset::model {

// A loaded release.
struct TimelineRelease {
  ReleaseId id;
  // First day in force.
  Date effective;
  // The facet groups that it has.
  std::vector<FacetGroup> groups;
  // Whether the list of POA-exempt codes in force in it is known, be it its own or an earlier
  // release's of its fiscal year.
  bool poa_known = false;
  // Whether dates may not resolve to it: then it counts as one that is not loaded.
  bool held_back = false;

  ReleaseOrder order() const { return {effective, id.correction()}; }
  bool Has(FacetGroup group) const;
};

// A time during which nothing in what is loaded or known changes.
struct Period {
  Date from;
  // The first day after it; absent for the last period.
  std::optional<Date> until;
  // The newest loaded release in force and of the fiscal year, as an index into
  // Timeline::releases; absent where none of the fiscal year is.
  std::optional<size_t> release;
  // The editions in force, of the fiscal year, newer than `release` and not loaded (or held
  // back), oldest first. Where nothing of a fiscal year is loaded nor in the register, that
  // year's own edition: the calendar knows that the year began.
  std::vector<std::string> unloaded;
  // Whether `release` says truly what codes there are: it is there, and no edition of
  // `unloaded` changed order facts.
  bool order_known = false;
  // The same of the tabular group, which `release` must have.
  bool tabular_known = false;
  // The same of the list of POA-exempt codes in force.
  bool poa_known = false;

  bool Knows(FacetGroup group) const;
};

// See above.
struct Timeline {
  // By (effective date, correction), oldest first.
  std::vector<TimelineRelease> releases;
  // One after the other without a break, from the first day of the first edition known (in
  // the register, or loaded) on; empty where none is. The last one has no end: fiscal years
  // that no edition is known of are divided off, as gaps, up to that of `today`, since only
  // they have surely begun.
  std::vector<Period> periods;
};

// Divides time. `releases` come in any order.
Timeline MakeTimeline(std::vector<TimelineRelease> releases, const EditionRegister& editions,
                      Date today);

// A time during which one release says truly what codes there are.
struct LineSpan {
  // An index into Timeline::releases.
  size_t release = 0;
  Date from;
  std::optional<Date> until;
};

// The releases that ever do, oldest first; each once.
std::vector<LineSpan> LineOf(const Timeline& timeline);

// A time during which the same groups are not known.
struct Gap {
  Date from;
  std::optional<Date> until;
  // Of order, tabular and POA those that are not known, in this order.
  std::vector<FacetGroup> groups;
  // The editions of Period::unloaded then, oldest first.
  std::vector<std::string> unloaded;
  // The releases that govern then and lack one of the groups, as indices into
  // Timeline::releases; oldest first.
  std::vector<size_t> lacking;
};

// The gaps, oldest first. Neighbouring periods of which the same groups are not known are
// one gap.
std::vector<Gap> GapsOf(const Timeline& timeline);

}  // namespace codeset::model
