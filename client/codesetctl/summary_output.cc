#include "client/codesetctl/summary_output.h"

#include "absl/strings/str_cat.h"
#include "client/codesetctl/describe.h"

namespace codeset::ctl {
namespace {

// Adds the counts of the whole or of one chapter.
template <typename Counts>
void AddRows(const std::string& chapter, const Counts& counts, Table* table) {
  for (const v1::ChangeCount& count : counts.counts()) {
    table->rows.push_back({chapter, WordsOf(count.kind()), absl::StrCat(count.count()),
                           absl::StrCat(count.billable())});
  }
  for (const v1::NoteEditCount& edit : counts.note_edits()) {
    table->rows.push_back({chapter,
                           absl::StrCat("- ", WordsOf(edit.note_kind()), " ", WordsOf(edit.kind())),
                           absl::StrCat(edit.count()), ""});
  }
}

template <typename Counts>
std::string Records(const std::string& chapter, const Counts& counts, const std::string& from,
                    const std::string& to) {
  std::string out;
  for (const v1::ChangeCount& count : counts.counts()) {
    out += FormatCsvRecord({NameOf(count.kind()), "", absl::StrCat(count.count()),
                            absl::StrCat(count.billable()), from, to, chapter, ""});
  }
  for (const v1::NoteEditCount& edit : counts.note_edits()) {
    out += FormatCsvRecord({absl::StrCat("NOTE_", NameOf(edit.kind())), "NOTES",
                            absl::StrCat(edit.count()), "", from, to, chapter,
                            NameOf(edit.note_kind())});
  }
  return out;
}

void AddSize(const std::string& release_id, const v1::ReleaseCounts& counts, Table* table) {
  table->rows.push_back({"", absl::StrCat("rows of ", release_id),
                         absl::StrCat(counts.order_rows()), absl::StrCat(counts.billable())});
}

}  // namespace

Table SummaryTable(const v1::GetDiffSummaryResponse& summary) {
  Table table{{{"CHAPTER"}, {"CHANGE"}, {"COUNT"}, {"BILLABLE"}}, {}};
  AddRows("", summary, &table);
  for (const v1::ChapterChanges& chapter : summary.chapters()) {
    AddRows(chapter.chapter_id().empty() ? "not known" : chapter.chapter_id(), chapter, &table);
  }
  for (const v1::FacetComparability& facet : summary.comparability()) {
    if (facet.comparability() != v1::COMPARABILITY_NOT_COMPARABLE) continue;
    table.rows.push_back({"", WordsOf(facet.facet()), "not known", "not known"});
  }
  AddSize(summary.from().release_id(), summary.from_counts(), &table);
  AddSize(summary.to().release_id(), summary.to_counts(), &table);
  if (!summary.chapters().empty()) return table;
  table.columns.erase(table.columns.begin());
  for (std::vector<std::string>& row : table.rows) row.erase(row.begin());
  return table;
}

std::string SummaryCsv(const v1::GetDiffSummaryResponse& summary) {
  const std::string& from = summary.from().release_id();
  const std::string& to = summary.to().release_id();
  std::string out = FormatCsvRecord({"change", "facet", "count", "billable", "from_release_id",
                                     "to_release_id", "chapter", "note_kind"});
  out += Records("", summary, from, to);
  for (const v1::ChapterChanges& chapter : summary.chapters()) {
    const std::string& id = chapter.chapter_id();
    out += Records(id.empty() ? "NOT_KNOWN" : id, chapter, from, to);
  }
  for (const v1::FacetComparability& facet : summary.comparability()) {
    if (facet.comparability() == v1::COMPARABILITY_COMPARABLE) continue;
    out += FormatCsvRecord(
        {NameOf(facet.comparability()), NameOf(facet.facet()), "", "", from, to, "", ""});
  }
  return out;
}

}  // namespace codeset::ctl
