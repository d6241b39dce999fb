// Bars along a common axis of days, for terminals.
//
// Thread-safe: values; not while segments are added.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace codeset::ctl {

// A stretch of a bar.
struct Segment {
  absl::CivilDay from;
  // The first day after it; nothing if it lasts.
  std::optional<absl::CivilDay> until;
  // What its cells are drawn with, and what its first cell is: one column each.
  std::string fill;
  std::string head;
  // Where two segments share a cell, one that is not known is drawn.
  bool known = true;
};

// An axis from one day up to another, in cells of equal time.
class Timeline {
 public:
  // `width` is the number of cells, at least 1; `end` lies after `begin`.
  Timeline(absl::CivilDay begin, absl::CivilDay end, int width);

  // The axis: the number of each fiscal year above the cell of its first day, 1 October,
  // where there is room for it.
  std::string FiscalYears() const;

  // A bar; cells without a segment are blank. Without spaces at its end.
  std::string Bar(const std::vector<Segment>& segments) const;

 private:
  // The cell in which a day lies.
  int CellOf(absl::CivilDay day) const;

  absl::CivilDay begin_;
  absl::CivilDay end_;
  int width_;
};

// The day that an ISO 8601 date names; nothing for other texts.
std::optional<absl::CivilDay> DayOf(absl::string_view date);

}  // namespace codeset::ctl
