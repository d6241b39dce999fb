#include "tests/soak/lives.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/soak/compare.h"

namespace codeset::soak {
namespace {

// What there is to say of something at one time: a text, or one of these.
constexpr char kNothing[] = "\x01nothing";
constexpr char kGap[] = "\x01gap";
constexpr char kUnknown[] = "\x01unknown";

bool IsUncertain(const std::string& value) { return value == kGap || value == kUnknown; }

// One span as text, so that expected and told ones are compared as a whole.
std::string SpanText(absl::string_view value, absl::string_view release, absl::string_view since,
                     absl::string_view until, bool after_gap, bool into_gap) {
  return absl::StrCat("{", value, " from ", release, " ", since, " until ", until,
                      after_gap ? " after a gap" : "", into_gap ? " into a gap" : "", "}");
}

std::string SpanText(absl::string_view value, const v1::HistorySpan& span) {
  return SpanText(value, span.from_release_id(), span.from_date(), span.until_date(),
                  span.begins_after_gap(), span.ends_in_gap());
}

// Equal neighbours as one span; `value` tells what holds at one time of the line.
std::string Spans(const std::vector<EditionTime>& line, bool gap_before,
                  const std::function<std::string(const EditionTime&)>& value) {
  struct Group {
    std::string value;
    const EditionTime* first;
    const EditionTime* last;
  };
  std::vector<Group> groups;
  for (const EditionTime& time : line) {
    std::string here = value(time);
    if (!groups.empty() && groups.back().value == here) {
      groups.back().last = &time;
    } else {
      groups.push_back({std::move(here), &time, &time});
    }
  }
  std::vector<std::string> texts;
  for (size_t i = 0; i < groups.size(); ++i) {
    const Group& group = groups[i];
    if (group.value == kNothing || group.value == kGap) continue;
    const bool known = group.value != kUnknown;
    const bool after_gap = i == 0 ? gap_before : IsUncertain(groups[i - 1].value);
    const bool into_gap = i + 1 < groups.size() && IsUncertain(groups[i + 1].value);
    texts.push_back(SpanText(group.value, known ? group.first->release->id : "", group.first->since,
                             group.last->until, known && after_gap, known && into_gap));
  }
  return absl::StrJoin(texts, " ");
}

// The line: from the first time on of which it is known what codes there were.
std::vector<EditionTime> LineOf(const std::vector<EditionTime>& times) {
  const auto known = std::find_if(times.begin(), times.end(),
                                  [](const EditionTime& time) { return time.release != nullptr; });
  return {known, times.end()};
}

std::string StatusName(v1::CodeStatus status) {
  return status == v1::CODE_STATUS_NOT_KNOWN ? kUnknown : v1::CodeStatus_Name(status);
}

std::string PoaName(v1::PoaState state) {
  return state == v1::POA_STATE_NOT_KNOWN ? kUnknown : v1::PoaState_Name(state);
}

// The four facets of a life as it should be, each as text.
std::vector<std::string> Expected(const std::vector<EditionTime>& times, absl::string_view code) {
  const std::vector<EditionTime> line = LineOf(times);
  const bool gap_before = line.size() < times.size();
  // What `told` says of the code's row, where there is one.
  const auto facet = [&](const std::string& absent, const std::string& unknown, auto told) {
    return Spans(line, gap_before, [&, told](const EditionTime& time) -> std::string {
      if (time.release == nullptr) return unknown;
      const ConceptFacts* row = time.release->Find(code);
      return row == nullptr ? absent : told(time, *row);
    });
  };
  return {
      facet(v1::CodeStatus_Name(v1::CODE_STATUS_ABSENT), kUnknown,
            [](const EditionTime&, const ConceptFacts& row) {
              return StatusName(row.billable ? v1::CODE_STATUS_BILLABLE : v1::CODE_STATUS_HEADER);
            }),
      facet(kNothing, kGap,
            [](const EditionTime&, const ConceptFacts& row) {
              return absl::StrCat(row.title, " / ", row.short_title);
            }),
      facet(kNothing, kGap,
            [code](const EditionTime& time, const ConceptFacts&) -> std::string {
              if (time.tabular == nullptr) return kUnknown;
              const ConceptFacts* there = time.tabular->Find(code);
              return absl::StrCat("notes ", there == nullptr ? "" : there->notes);
            }),
      facet(kNothing, kGap,
            [code](const EditionTime& time, const ConceptFacts& row) -> std::string {
              if (!row.billable) return kNothing;
              if (time.exempt == nullptr) return kUnknown;
              return PoaName(time.exempt->exempt.contains(code) ? v1::POA_STATE_EXEMPT
                                                                : v1::POA_STATE_NOT_EXEMPT);
            })};
}

// The same as it was told.
std::vector<std::string> Told(const v1::CodeHistory& actual) {
  std::vector<std::string> statuses;
  std::vector<std::string> titles;
  std::vector<std::string> notes;
  std::vector<std::string> poa;
  for (const v1::StatusSpan& span : actual.statuses()) {
    statuses.push_back(SpanText(StatusName(span.status()), span.span()));
  }
  for (const v1::TitleSpan& span : actual.titles()) {
    titles.push_back(SpanText(absl::StrCat(span.title(), " / ", span.short_title()), span.span()));
  }
  for (const v1::NotesSpan& span : actual.notes()) {
    notes.push_back(SpanText(
        span.known() ? absl::StrCat("notes ", NotesText(span.notes())) : kUnknown, span.span()));
  }
  for (const v1::PoaSpan& span : actual.poa()) {
    poa.push_back(SpanText(PoaName(span.state()), span.span()));
  }
  return {absl::StrJoin(statuses, " "), absl::StrJoin(titles, " "), absl::StrJoin(notes, " "),
          absl::StrJoin(poa, " ")};
}

}  // namespace

std::vector<EditionTime> TimesOf(const Oracle& oracle, const std::set<std::string>& loaded,
                                 const std::string& today) {
  // Editions that are known, those that are loaded, and fiscal years that have begun.
  std::map<std::string, Edition> by_date;
  for (const Edition& edition : oracle.editions) by_date[edition.date] = edition;
  for (int year = FiscalYear(oracle.editions.front().date); year <= FiscalYear(today); ++year) {
    const std::string date = absl::StrCat(year - 1, "-10-01");
    if (!by_date.contains(date)) by_date[date] = {absl::StrCat(year), date, true, true};
  }
  std::vector<EditionTime> times;
  for (const auto& [date, edition] : by_date) {
    EditionTime time;
    time.since = date;
    const EditionTime before = times.empty() ? EditionTime() : times.back();
    const bool within = date.substr(5) != "10-01";
    if (loaded.contains(edition.id)) {
      time.release = &oracle.releases.at(edition.id);
      if (time.release->tabular()) time.tabular = time.release;
      time.exempt = time.release->has_exempt_list() ? time.release
                    : within                        ? before.exempt
                                                    : nullptr;
    } else {
      if (within && !edition.changes_codes) time.release = before.release;
      if (within && !edition.changes_exempt_list) time.exempt = before.exempt;
    }
    if (!times.empty()) times.back().until = date;
    times.push_back(time);
  }
  return times;
}

bool HasLife(const std::vector<EditionTime>& times, absl::string_view code) {
  return std::any_of(times.begin(), times.end(), [&](const EditionTime& time) {
    const ConceptFacts* row = time.release == nullptr ? nullptr : time.release->Find(code);
    return row != nullptr && row->row;
  });
}

std::string DifferenceOf(const std::vector<EditionTime>& times, absl::string_view code,
                         bool with_notes, const v1::CodeHistory& actual) {
  if (actual.id() != code) return absl::StrCat("the life of ", code, ": came ", actual.id());
  const std::vector<std::string> expected = Expected(times, code);
  const std::vector<std::string> told = Told(actual);
  const std::vector<std::string> names = {"statuses", "titles", "notes", "POA"};
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "notes" && !with_notes) continue;
    if (expected[i] != told[i]) {
      return absl::StrCat(names[i], " of ", code, ": expected ", expected[i], ", came ", told[i]);
    }
  }
  return "";
}

std::string DifferenceOf(const std::vector<EditionTime>& times,
                         const google::protobuf::RepeatedPtrField<v1::HistoryRelease>& actual) {
  std::vector<std::string> expected;
  std::string open;
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i].release == nullptr) continue;
    if (open.empty()) open = absl::StrCat(times[i].release->id, " ", times[i].since, " ");
    if (i + 1 == times.size() || times[i + 1].release != times[i].release) {
      expected.push_back(open + times[i].until);
      open.clear();
    }
  }
  std::vector<std::string> told;
  told.reserve(static_cast<size_t>(actual.size()));
  for (const v1::HistoryRelease& release : actual) {
    told.push_back(
        absl::StrCat(release.release_id(), " ", release.from_date(), " ", release.until_date()));
  }
  if (expected == told) return "";
  return absl::StrCat("the line: expected ", absl::StrJoin(expected, ", "), "; came ",
                      absl::StrJoin(told, ", "));
}

}  // namespace codeset::soak
