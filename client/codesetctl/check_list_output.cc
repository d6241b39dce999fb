#include "client/codesetctl/check_list_output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/replacements_output.h"

namespace codeset::ctl {
namespace {

std::string Outcomes(const v1::CodeListRow& row, absl::string_view separator,
                     std::string (*name)(v1::CodeListOutcome)) {
  return absl::StrJoin(row.outcomes(), separator, [name](std::string* out, int outcome) {
    out->append(name(static_cast<v1::CodeListOutcome>(outcome)));
  });
}

bool Has(const v1::CodeListRow& row, v1::CodeListOutcome outcome) {
  for (const int item : row.outcomes()) {
    if (item == outcome) return true;
  }
  return false;
}

// What a reader needs to act: where to go instead, how a title reads now, what is wrong.
std::string Detail(const v1::CodeListRow& row) {
  std::vector<std::string> parts;
  if (!row.message().empty()) parts.push_back(row.message());
  if (!row.billable_descendant_ids().empty()) {
    parts.push_back(absl::StrCat("use ", absl::StrJoin(row.billable_descendant_ids(), ", ")));
  }
  // Of a code that became a header most often its descendants, which are told already.
  const std::string replacements = ReplacementIds(row.replacements(), ", ");
  if (!replacements.empty() && replacements != absl::StrJoin(row.billable_descendant_ids(), ", ")) {
    parts.push_back(absl::StrCat("replaced by ", replacements));
  }
  if (row.replacements_incomplete()) parts.emplace_back(kReplacementsIncomplete);
  if (Has(row, v1::CODE_LIST_OUTCOME_TITLE_CHANGED)) {
    parts.push_back(absl::StrCat(row.title_before(), " → ", row.title_after()));
  } else if (!row.title_before().empty() || !row.title_after().empty()) {
    parts.push_back(row.title_after().empty() ? row.title_before() : row.title_after());
  }
  if (!row.notes_changed_on().empty()) {
    parts.push_back(absl::StrCat("notes on ", absl::StrJoin(row.notes_changed_on(), ", ")));
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace

Table CheckTable(const std::vector<CheckedRow>& rows) {
  Table table{{{"LINE"}, {"ENTRY"}, {"CODE"}, {"BREAKS"}, {"OUTCOME"}, {"DETAIL", true}}, {}};
  for (const auto& [row, line] : rows) {
    table.rows.push_back({absl::StrCat(line), row.entry(), row.id(), row.breaks() ? "yes" : "",
                          Outcomes(row, ", ", WordsOf<v1::CodeListOutcome>), Detail(row)});
  }
  return table;
}

std::string CheckCsvHeading() {
  return FormatCsvRecord({"line", "entry", "code", "outcomes", "breaks", "title_before",
                          "title_after", "billable_descendants", "notes_changed_on", "reason",
                          "message", "from_release_id", "to_release_id", "notes_compared",
                          "replacements", "replacements_incomplete"});
}

std::string CheckCsv(const CheckedRow& checked, const client::CheckHeader& header) {
  const v1::CodeListRow& row = checked.row;
  return FormatCsvRecord(
      {absl::StrCat(checked.line), row.entry(), row.id(),
       Outcomes(row, " ", NameOf<v1::CodeListOutcome>), row.breaks() ? "true" : "false",
       row.title_before(), row.title_after(), absl::StrJoin(row.billable_descendant_ids(), " "),
       absl::StrJoin(row.notes_changed_on(), " "),
       row.reason() == v1::ERROR_REASON_UNSPECIFIED ? "" : NameOf(row.reason()), row.message(),
       header.from.release_id(), header.to.release_id(), header.notes_compared ? "true" : "false",
       ReplacementIds(row.replacements(), " "), row.replacements_incomplete() ? "true" : ""});
}

std::string CheckHeaderJson(const client::CheckHeader& header) {
  return JsonLine({{"from", ToJson(header.from)},
                   {"to", ToJson(header.to)},
                   {"notesCompared", header.notes_compared ? "true" : "false"}});
}

std::string CheckJson(const CheckedRow& checked) {
  return JsonLine({{"line", absl::StrCat(checked.line)}, {"row", ToJson(checked.row)}});
}

void CheckSummary::Add(const v1::CodeListRow& row) {
  entries_.insert(row.entry_index());
  ++rows_;
  if (row.breaks()) ++breaking_;
  for (const int outcome : row.outcomes()) ++outcomes_[static_cast<v1::CodeListOutcome>(outcome)];
}

std::string CheckSummary::Text() const {
  const std::string counts = absl::StrJoin(outcomes_, ", ", [](std::string* out, const auto& item) {
    absl::StrAppend(out, item.second, " ", WordsOf(item.first));
  });
  return absl::StrCat(
      entries_.size(), entries_.size() == 1 ? " entry, " : " entries, ", rows_,
      rows_ == 1 ? " row" : " rows", counts.empty() ? "" : ": ", counts, "; ",
      breaking_ == 0 ? "nothing breaks the list" : absl::StrCat(breaking_, " break the list"));
}

}  // namespace codeset::ctl
