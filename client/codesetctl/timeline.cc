#include "client/codesetctl/timeline.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace codeset::ctl {
namespace {

void TrimEnd(std::vector<std::string>* cells) {
  while (!cells->empty() && cells->back() == " ") cells->pop_back();
}

}  // namespace

Timeline::Timeline(absl::CivilDay begin, absl::CivilDay end, int width)
    : begin_(begin), end_(std::max(end, begin + 1)), width_(std::max(width, 1)) {}

int Timeline::CellOf(absl::CivilDay day) const {
  const absl::CivilDay held = std::clamp(day, begin_, end_);
  return static_cast<int>((held - begin_) * width_ / (end_ - begin_));
}

std::string Timeline::FiscalYears() const {
  std::string line;
  for (auto year = begin_.year(); year <= end_.year(); ++year) {
    const absl::CivilDay first(year, 10, 1);
    if (first < begin_ || first >= end_) continue;
    const auto cell = static_cast<std::size_t>(CellOf(first));
    const std::string label = absl::StrCat(year + 1);
    // A space between labels; none that sticks out.
    if (cell < line.size() + (line.empty() ? 0 : 1)) continue;
    if (cell + label.size() > static_cast<std::size_t>(width_)) break;
    line.resize(cell, ' ');
    line += label;
  }
  return line;
}

std::string Timeline::Bar(const std::vector<Segment>& segments) const {
  std::vector<std::string> cells(static_cast<std::size_t>(width_), " ");
  const auto draw = [&](const Segment& segment) {
    if (segment.from >= end_ || (segment.until.has_value() && *segment.until <= begin_)) return;
    const int first = CellOf(segment.from);
    // The cell of the last day, so that a segment however short has a cell.
    const int last = segment.until.has_value() ? CellOf(*segment.until - 1) : width_ - 1;
    for (int cell = first; cell <= std::min(last, width_ - 1); ++cell) {
      cells[static_cast<std::size_t>(cell)] = cell == first ? segment.head : segment.fill;
    }
  };
  for (const Segment& segment : segments) {
    if (segment.known) draw(segment);
  }
  for (const Segment& segment : segments) {
    if (!segment.known) draw(segment);
  }
  TrimEnd(&cells);
  return absl::StrJoin(cells, "");
}

std::optional<absl::CivilDay> DayOf(absl::string_view date) {
  absl::CivilDay day;
  if (date.size() != 10 || !absl::ParseCivilTime(date, &day)) return std::nullopt;
  return day;
}

}  // namespace codeset::ctl
