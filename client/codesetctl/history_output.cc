#include "client/codesetctl/history_output.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/table.h"
#include "client/codesetctl/timeline.h"

namespace codeset::ctl {
namespace {

constexpr int kDefaultColumns = 80;
constexpr int kNameWidth = 9;
// How long past the last date the axis goes, so that what began then is seen.
constexpr int kMarginDays = 183;

constexpr char kUnknown[] = "?";

// Where the texts of spans begin: name, both dates, release.
constexpr int kTextColumn = 46;

std::string StatusGlyph(v1::CodeStatus status) {
  switch (status) {
    case v1::CODE_STATUS_BILLABLE:
      return "█";
    case v1::CODE_STATUS_HEADER:
      return "▒";
    case v1::CODE_STATUS_ABSENT:
      return "·";
    default:
      return kUnknown;
  }
}

std::string StatusText(v1::CodeStatus status) {
  return status == v1::CODE_STATUS_ABSENT ? "not in the code set" : WordsOf(status);
}

std::string PoaGlyph(v1::PoaState state) {
  switch (state) {
    case v1::POA_STATE_EXEMPT:
      return "█";
    case v1::POA_STATE_NOT_EXEMPT:
      return "░";
    default:
      return kUnknown;
  }
}

// A span that is drawn and told.
struct Told {
  v1::HistorySpan span;
  std::string name;
  std::string text;
  std::string fill;
  std::string head;
  bool known = true;
};

// The facets of a life: each its spans in words and glyphs.
std::vector<Told> Statuses(const v1::CodeHistory& history) {
  std::vector<Told> told;
  for (const v1::StatusSpan& item : history.statuses()) {
    const std::string glyph = StatusGlyph(item.status());
    told.push_back(
        {item.span(), "status", StatusText(item.status()), glyph, glyph, glyph != kUnknown});
  }
  return told;
}

// The number that a title or the notes have in the drawing, one column wide.
std::string Ordinal(std::size_t number) { return number < 10 ? absl::StrCat(number) : "+"; }

// Numbers texts in the order in which they first come, so that one that is back after a gap is
// seen to be the same.
class Numbers {
 public:
  // A span of the text; it is told in full once.
  Told Tell(const v1::HistorySpan& span, const std::string& name, const std::string& text) {
    const auto [place, is_new] = numbers_.emplace(text, numbers_.size() + 1);
    return {span, absl::StrCat(name, " ", place->second), is_new ? text : "the same as before", "─",
            Ordinal(place->second)};
  }

 private:
  std::map<std::string, std::size_t> numbers_;
};

std::vector<Told> Titles(const v1::CodeHistory& history) {
  std::vector<Told> told;
  Numbers numbers;
  for (const v1::TitleSpan& item : history.titles()) {
    told.push_back(numbers.Tell(item.span(), "title",
                                absl::StrCat(item.title(), " (short: ", item.short_title(), ")")));
  }
  return told;
}

std::vector<Told> NotesOf(const v1::CodeHistory& history) {
  std::vector<Told> told;
  Numbers numbers;
  for (const v1::NotesSpan& item : history.notes()) {
    if (!item.known()) {
      told.push_back({item.span(), "notes", "not known", kUnknown, kUnknown, false});
      continue;
    }
    const std::string text = NotesText(item.notes());
    told.push_back(numbers.Tell(item.span(), "notes", text.empty() ? "none of its own" : text));
  }
  return told;
}

std::vector<Told> Poa(const v1::CodeHistory& history) {
  std::vector<Told> told;
  for (const v1::PoaSpan& item : history.poa()) {
    const std::string glyph = PoaGlyph(item.state());
    told.push_back({item.span(), "POA", WordsOf(item.state()), glyph, glyph, glyph != kUnknown});
  }
  return told;
}

std::vector<Segment> SegmentsOf(const std::vector<Told>& told) {
  std::vector<Segment> segments;
  for (const Told& item : told) {
    const std::optional<absl::CivilDay> from = DayOf(item.span.from_date());
    if (!from.has_value()) continue;
    segments.push_back({*from, DayOf(item.span.until_date()), item.fill, item.head, item.known});
  }
  return segments;
}

// Breaks text at spaces so that no line is wider than `width`, where words allow it.
std::vector<std::string> Wrap(const std::string& text, int width) {
  std::vector<std::string> lines = {""};
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = std::string(word);
    } else if (DisplayWidth(line) + 1 + DisplayWidth(word) <= width) {
      absl::StrAppend(&line, " ", word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

// `text` followed by spaces up to `width` columns.
std::string Padded(const std::string& text, int width) {
  return absl::StrCat(
      text, std::string(static_cast<std::size_t>(std::max(width - DisplayWidth(text), 0)), ' '));
}

// One span in words; the text is wrapped in a column of its own.
std::string SpanLines(const std::string& name, const v1::HistorySpan& span, const std::string& text,
                      int columns) {
  const std::string from = absl::StrCat(span.begins_after_gap() ? "≤" : " ", span.from_date());
  const std::string until =
      span.until_date().empty()
          ? "on"
          : absl::StrCat("to ", span.ends_in_gap() ? "≥" : "", span.until_date());
  std::string prefix = absl::StrCat(Padded(name, kNameWidth), Padded(from, 12), Padded(until, 15),
                                    Padded(span.from_release_id(), 10));
  std::string out;
  for (const std::string& line : Wrap(text, std::max(columns - kTextColumn, 20))) {
    absl::StrAppend(&out, prefix, line, "\n");
    prefix = std::string(kTextColumn, ' ');
  }
  return out;
}

// The axis over everything that the answer tells of.
std::optional<Timeline> AxisOf(const v1::GetHistoryResponse& response, int columns) {
  std::optional<absl::CivilDay> begin;
  std::optional<absl::CivilDay> end = DayOf(response.as_of());
  const auto take = [&](const std::string& date) {
    const std::optional<absl::CivilDay> day = DayOf(date);
    if (!day.has_value()) return;
    begin = begin.has_value() ? std::min(*begin, *day) : *day;
    end = end.has_value() ? std::max(*end, *day) : *day;
  };
  for (const v1::HistoryRelease& release : response.releases()) {
    take(release.from_date());
    take(release.until_date());
  }
  for (const v1::HistoryGap& gap : response.gaps()) take(gap.from_date());
  for (const v1::StatusSpan& item : response.history().statuses()) take(item.span().from_date());
  if (!begin.has_value()) return std::nullopt;
  return Timeline(*begin, *end + kMarginDays, std::max(columns - kNameWidth, 20));
}

std::string Drawing(const v1::GetHistoryResponse& response, int columns) {
  const std::optional<Timeline> axis = AxisOf(response, columns);
  if (!axis.has_value()) return "";
  const v1::CodeHistory& history = response.history();
  std::string out = absl::StrCat(Padded("FY", kNameWidth), axis->FiscalYears(), "\n");
  for (const auto& [name, told] :
       {std::pair{"status", Statuses(history)}, std::pair{"titles", Titles(history)},
        std::pair{"notes", NotesOf(history)}, std::pair{"POA", Poa(history)}}) {
    if (told.empty()) continue;
    absl::StrAppend(&out, Padded(name, kNameWidth), axis->Bar(SegmentsOf(told)), "\n");
  }
  absl::StrAppend(&out, "█ billable  ▒ header  · not in the code set  ? not known",
                  history.poa().empty() ? "" : "\nPOA: █ exempt  ░ not exempt  ? not known", "\n");
  return out;
}

std::string HeadLines(const v1::GetHistoryResponse& response) {
  const v1::CodeHistory& history = response.history();
  const std::string title =
      history.titles().empty() ? "" : history.titles(history.titles_size() - 1).title();
  return absl::StrCat(history.id(), title.empty() ? "" : "  ", title, "\nfirst in release ",
                      history.first_release_id(), ", last in ", history.last_release_id(),
                      "; told on ", response.as_of(), " along ", response.releases_size(),
                      response.releases_size() == 1 ? " release\n\n" : " releases\n\n");
}

bool HasUncertainEdge(const v1::HistorySpan& span) {
  return span.begins_after_gap() || span.ends_in_gap();
}

}  // namespace

std::string GapText(const v1::HistoryGap& gap) {
  const std::string groups =
      absl::StrJoin(gap.facet_groups(), ", ", [](std::string* out, int group) {
        out->append(WordsOf(static_cast<v1::FacetGroup>(group)));
      });
  std::vector<std::string> reasons;
  if (!gap.unloaded_editions().empty()) {
    reasons.push_back(
        absl::StrCat("not loaded, or held back: ", absl::StrJoin(gap.unloaded_editions(), ", ")));
  }
  if (!gap.lacking_release_ids().empty()) {
    reasons.push_back(
        absl::StrCat("loaded without it: ", absl::StrJoin(gap.lacking_release_ids(), ", ")));
  }
  return absl::StrCat(groups, " facts not known; ", absl::StrJoin(reasons, "; "));
}

std::string FormatHistory(const v1::GetHistoryResponse& response, std::optional<int> columns) {
  const int width = columns.value_or(kDefaultColumns);
  const v1::CodeHistory& history = response.history();
  std::string out = absl::StrCat(HeadLines(response), Drawing(response, width), "\n");
  bool uncertain = false;
  for (const std::vector<Told>& facet :
       {Statuses(history), Titles(history), NotesOf(history), Poa(history)}) {
    std::string last;
    for (const Told& item : facet) {
      absl::StrAppend(&out,
                      SpanLines(item.name == last ? "" : item.name, item.span, item.text, width));
      last = item.name;
      uncertain = uncertain || HasUncertainEdge(item.span);
    }
  }
  for (const v1::HistoryGap& gap : response.gaps()) {
    v1::HistorySpan span;
    span.set_from_date(gap.from_date());
    span.set_until_date(gap.until_date());
    absl::StrAppend(&out, SpanLines("gap", span, GapText(gap), width));
  }
  if (uncertain) {
    absl::StrAppend(&out,
                    "\n≤ it may have begun earlier, in the gap before; ≥ it may have lasted "
                    "longer\n");
  }
  return out;
}

std::string HistoryCsvHeading() {
  return FormatCsvRecord({"code", "facet", "state", "from_date", "until_date", "from_release",
                          "begins_after_gap", "ends_in_gap", "short_title", "text"});
}

namespace {

std::string SpanCsv(const std::string& code, const std::string& facet, const std::string& state,
                    const v1::HistorySpan& span, const std::string& short_title,
                    const std::string& text) {
  return FormatCsvRecord({code, facet, state, span.from_date(), span.until_date(),
                          span.from_release_id(), span.begins_after_gap() ? "true" : "false",
                          span.ends_in_gap() ? "true" : "false", short_title, text});
}

}  // namespace

std::string HistoryCsv(const v1::CodeHistory& history) {
  std::string out;
  const std::string& id = history.id();
  for (const v1::StatusSpan& item : history.statuses()) {
    out += SpanCsv(id, "STATUS", NameOf(item.status()), item.span(), "", "");
  }
  for (const v1::TitleSpan& item : history.titles()) {
    out += SpanCsv(id, "TITLE", "KNOWN", item.span(), item.short_title(), item.title());
  }
  for (const v1::NotesSpan& item : history.notes()) {
    out += SpanCsv(id, "NOTES", item.known() ? "KNOWN" : "NOT_KNOWN", item.span(), "",
                   NotesText(item.notes()));
  }
  for (const v1::PoaSpan& item : history.poa()) {
    out += SpanCsv(id, "POA", NameOf(item.state()), item.span(), "", "");
  }
  return out;
}

std::string GapsCsv(const google::protobuf::RepeatedPtrField<v1::HistoryGap>& gaps) {
  std::string out;
  for (const v1::HistoryGap& gap : gaps) {
    v1::HistorySpan span;
    span.set_from_date(gap.from_date());
    span.set_until_date(gap.until_date());
    for (const int group : gap.facet_groups()) {
      out += SpanCsv("*", absl::StrCat("GAP_", NameOf(static_cast<v1::FacetGroup>(group))),
                     "NOT_KNOWN", span, "", GapText(gap));
    }
  }
  return out;
}

}  // namespace codeset::ctl
