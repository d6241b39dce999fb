#include "client/codesetctl/validity_output.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

// ISO 8601 dates are ordered as texts; a time that lasts ends after all of them.
constexpr char kForEver[] = "9999-99-99";

std::string EndOf(const v1::HistorySpan& span) {
  return span.until_date().empty() ? kForEver : span.until_date();
}

bool Exists(const v1::StatusSpan& item) {
  return item.status() == v1::CODE_STATUS_BILLABLE || item.status() == v1::CODE_STATUS_HEADER;
}

// What a status and a title have in common; `from` and `until` are where they overlap. `title`
// is nullptr where no title is told for that time.
ValidityRow Overlap(const v1::StatusSpan& status, const v1::TitleSpan* title,
                    const std::string& from, const std::string& until) {
  ValidityRow row;
  row.status = status.status();
  row.from_date = from;
  row.until_date = until == kForEver ? "" : until;
  // What began last began the row; where both did, the status tells the release.
  const auto begin = [&](const v1::HistorySpan& span) {
    if (span.from_date() != from) return;
    row.from_release_id = span.from_release_id();
    row.begins_after_gap = row.begins_after_gap || span.begins_after_gap();
  };
  const auto end = [&](const v1::HistorySpan& span) {
    if (EndOf(span) == until) row.ends_in_gap = row.ends_in_gap || span.ends_in_gap();
  };
  if (title != nullptr) {
    begin(title->span());
    end(title->span());
    row.title = title->title();
    row.short_title = title->short_title();
  }
  begin(status.span());
  end(status.span());
  return row;
}

// Cuts one status at the titles. Times without a title are told without one.
void AppendRows(const v1::StatusSpan& status, const v1::CodeHistory& history,
                std::vector<ValidityRow>* rows) {
  std::string at = status.span().from_date();
  const std::string end = EndOf(status.span());
  for (const v1::TitleSpan& title : history.titles()) {
    const std::string from = std::max(at, title.span().from_date());
    const std::string until = std::min(end, EndOf(title.span()));
    if (from >= until) continue;
    if (at < from) rows->push_back(Overlap(status, nullptr, at, from));
    rows->push_back(Overlap(status, &title, from, until));
    at = until;
  }
  if (at < end) rows->push_back(Overlap(status, nullptr, at, end));
}

ValidityRow NotKnown(const std::string& from_date, const std::string& until_date) {
  ValidityRow row;
  row.status = v1::CODE_STATUS_NOT_KNOWN;
  row.from_date = from_date;
  row.until_date = until_date;
  return row;
}

std::string Flag(bool value) { return value ? "true" : "false"; }

std::string Record(const std::string& code, const ValidityRow& row) {
  return FormatCsvRecord({code, NameOf(row.status), row.from_date, row.until_date,
                          row.from_release_id, Flag(row.begins_after_gap), Flag(row.ends_in_gap),
                          row.short_title, row.title});
}

}  // namespace

std::vector<ValidityRow> ValidityRows(const v1::CodeHistory& history) {
  std::vector<ValidityRow> rows;
  const auto& statuses = history.statuses();
  for (int i = 0; i < statuses.size(); ++i) {
    if (Exists(statuses[i])) {
      AppendRows(statuses[i], history, &rows);
    } else if (statuses[i].status() != v1::CODE_STATUS_ABSENT) {
      const bool touches = (i > 0 && Exists(statuses[i - 1])) ||
                           (i + 1 < statuses.size() && Exists(statuses[i + 1]));
      if (!touches) continue;
      rows.push_back(NotKnown(statuses[i].span().from_date(), statuses[i].span().until_date()));
    }
  }
  return rows;
}

std::string ValidityCsvHeading(const client::HistoryHeader& header) {
  std::string out = FormatCsvRecord({"code", "status", "from_date", "until_date", "from_release",
                                     "begins_after_gap", "ends_in_gap", "short_title", "title"});
  for (const v1::HistoryGap& gap : header.gaps) {
    const auto& groups = gap.facet_groups();
    if (std::find(groups.begin(), groups.end(), v1::FACET_GROUP_ORDER) == groups.end()) continue;
    out += Record("*", NotKnown(gap.from_date(), gap.until_date()));
  }
  return out;
}

std::string ValidityCsv(const v1::CodeHistory& history) {
  std::string out;
  for (const ValidityRow& row : ValidityRows(history)) out += Record(history.id(), row);
  return out;
}

std::string ValidityHeaderJson(const client::HistoryHeader& header) {
  v1::StreamHistoriesResponse message;
  message.mutable_releases()->Add(header.releases.begin(), header.releases.end());
  message.mutable_gaps()->Add(header.gaps.begin(), header.gaps.end());
  message.set_as_of(header.as_of);
  return absl::StrCat(ToJson(message), "\n");
}

}  // namespace codeset::ctl
