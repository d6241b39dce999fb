#include "client/codesetctl/compare_output.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/change_classes.h"
#include "client/codesetctl/json.h"

namespace codeset::ctl {
namespace {

bool Compared(const v1::GetDiffSummaryResponse& summary, v1::Facet facet) {
  return std::any_of(summary.comparability().begin(), summary.comparability().end(),
                     [facet](const v1::FacetComparability& item) {
                       return item.facet() == facet &&
                              item.comparability() != v1::COMPARABILITY_NOT_COMPARABLE;
                     });
}

// The count of one class among those of a release or chapter; 0 where it does not occur.
template <typename Counts>
ClassCount CountOf(const ChangeClass& item, const Counts& counts) {
  ClassCount result;
  result.name = item.name;
  result.count = 0;
  if (item.edit != v1::NOTE_EDIT_KIND_UNSPECIFIED) {
    for (const v1::NoteEditCount& edit : counts.note_edits()) {
      if (edit.kind() == item.edit) *result.count += edit.count();
    }
    return result;
  }
  result.billable = 0;
  for (const v1::ChangeCount& count : counts.counts()) {
    if (count.kind() != item.kind) continue;
    result.count = count.count();
    result.billable = count.billable();
  }
  return result;
}

std::optional<int> LimitOf(const std::string& name, const std::vector<Threshold>& thresholds) {
  std::optional<int> limit;
  for (const Threshold& threshold : thresholds) {
    if (threshold.class_name != name) continue;
    limit = limit.has_value() ? std::min(*limit, threshold.max) : threshold.max;
  }
  return limit;
}

std::string Number(const std::optional<int>& number, absl::string_view otherwise = "") {
  return number.has_value() ? absl::StrCat(*number) : std::string(otherwise);
}

// Empty for what has no limit.
std::string Verdict(const ClassCount& count) {
  if (!count.max.has_value()) return "";
  if (count.undecided()) return "not known";
  return count.exceeded() ? "EXCEEDED" : "ok";
}

std::string ChapterText(const ClassCount& count) {
  if (!count.chapter.has_value()) return "all";
  return count.chapter->empty() ? "not known" : *count.chapter;
}

}  // namespace

std::vector<ClassCount> CountClasses(const v1::GetDiffSummaryResponse& summary,
                                     const std::vector<Threshold>& thresholds) {
  std::vector<ClassCount> counts;
  for (const ChangeClass& item : ChangeClasses()) {
    ClassCount count = CountOf(item, summary);
    count.max = LimitOf(item.name, thresholds);
    if (!Compared(summary, item.facet)) {
      count.count = std::nullopt;
      count.billable = std::nullopt;
    }
    if (count.count != 0 || count.max.has_value()) counts.push_back(std::move(count));
  }
  for (const v1::ChapterChanges& chapter : summary.chapters()) {
    for (const ChangeClass& item : ChangeClasses()) {
      ClassCount count = CountOf(item, chapter);
      count.chapter = chapter.chapter_id();
      if (count.count != 0) counts.push_back(std::move(count));
    }
  }
  return counts;
}

Table CompareTable(const std::vector<ClassCount>& counts) {
  Table table{{{"CHAPTER"}, {"CLASS"}, {"COUNT"}, {"BILLABLE"}, {"MAX"}, {"VERDICT"}}, {}};
  for (const ClassCount& count : counts) {
    table.rows.push_back({ChapterText(count), count.name, Number(count.count, "not known"),
                          Number(count.billable), Number(count.max), Verdict(count)});
  }
  return table;
}

std::string CompareCsv(const std::vector<ClassCount>& counts,
                       const v1::GetDiffSummaryResponse& summary) {
  std::string out = FormatCsvRecord({"chapter", "class", "known", "count", "billable", "max",
                                     "exceeded", "from_release_id", "to_release_id"});
  for (const ClassCount& count : counts) {
    const bool decided = count.max.has_value() && !count.undecided();
    out +=
        FormatCsvRecord({ChapterText(count), count.name, count.count.has_value() ? "true" : "false",
                         Number(count.count), Number(count.billable), Number(count.max),
                         decided ? (count.exceeded() ? "true" : "false") : "",
                         summary.from().release_id(), summary.to().release_id()});
  }
  return out;
}

std::string CompareJson(const ClassCount& count, const v1::GetDiffSummaryResponse& summary) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"from", JsonString(summary.from().release_id())},
      {"to", JsonString(summary.to().release_id())}};
  if (count.chapter.has_value()) members.emplace_back("chapter", JsonString(*count.chapter));
  members.emplace_back("class", JsonString(count.name));
  members.emplace_back("known", count.count.has_value() ? "true" : "false");
  if (count.count.has_value()) members.emplace_back("count", Number(count.count));
  if (count.billable.has_value()) members.emplace_back("billable", Number(count.billable));
  if (count.max.has_value()) {
    members.emplace_back("max", Number(count.max));
    if (!count.undecided()) members.emplace_back("exceeded", count.exceeded() ? "true" : "false");
  }
  return JsonLine(members);
}

}  // namespace codeset::ctl
