#include "storage/model/addenda.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace codeset::model {
namespace {

AddendaLine Line(AddendaAction action, const OrderRow& row) {
  return {action, row.billable, row.code, row.short_title, row.long_title};
}

absl::string_view ActionText(AddendaAction action) {
  switch (action) {
    case AddendaAction::kAdd:
      return "Add:";
    case AddendaAction::kDelete:
      return "Delete:";
    case AddendaAction::kReviseFrom:
      return "Revise from:";
    case AddendaAction::kReviseTo:
      return "Revise to:";
  }
  return "";
}

AddendaTally& TallyOf(AddendaTrailer& trailer, bool billable) {
  return billable ? trailer.codes : trailer.headers;
}

void AppendTally(std::string* out, absl::string_view title, absl::string_view unit,
                 const AddendaTrailer& trailer, const AddendaTally& tally) {
  absl::StrAppendFormat(out, "\r\n%s\r\n%7d %s in %s\r\n%7d %s in %s\r\n", title, tally.old_rows,
                        unit, trailer.old_file, tally.new_rows, unit, trailer.new_file);
  absl::StrAppendFormat(out, "%7d additions\r\n%7d deletions\r\n%7d revisions\r\nof which\r\n",
                        tally.additions, tally.deletions, tally.revisions);
  absl::StrAppendFormat(out,
                        "%7d revisions to both long and short titles\r\n"
                        "%7d revisions to long title only\r\n"
                        "%7d revisions to short title only\r\n",
                        tally.both_titles, tally.long_only, tally.short_only);
}

}  // namespace

bool SameButForWhiteSpace(absl::string_view a, absl::string_view b) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  auto i = a.begin();
  auto j = b.begin();
  while (true) {
    i = std::find_if_not(i, a.end(), is_space);
    j = std::find_if_not(j, b.end(), is_space);
    if (i == a.end() || j == b.end()) return i == a.end() && j == b.end();
    if (*i++ != *j++) return false;
  }
}

Addenda ComputeAddenda(const OrderFacts& base, const OrderFacts& next) {
  std::map<absl::string_view, std::pair<const OrderRow*, const OrderRow*>> by_code;
  Addenda addenda;
  for (const OrderRow& row : base.rows) {
    by_code[row.code].first = &row;
    ++TallyOf(addenda.trailer, row.billable).old_rows;
  }
  for (const OrderRow& row : next.rows) {
    by_code[row.code].second = &row;
    ++TallyOf(addenda.trailer, row.billable).new_rows;
  }
  for (const auto& [code, rows] : by_code) {
    const auto& [before, after] = rows;
    if (before != nullptr && after != nullptr && before->billable == after->billable) {
      const bool same_long = SameButForWhiteSpace(before->long_title, after->long_title);
      const bool same_short = SameButForWhiteSpace(before->short_title, after->short_title);
      if (same_long && same_short) continue;
      addenda.lines.push_back(Line(AddendaAction::kReviseFrom, *before));
      addenda.lines.push_back(Line(AddendaAction::kReviseTo, *after));
      AddendaTally& tally = TallyOf(addenda.trailer, after->billable);
      ++tally.revisions;
      // A title that differs in white space alone is no reason for a revision, but counts
      // as revised where the other title is the reason.
      ++(before->short_title == after->short_title ? tally.long_only
         : before->long_title == after->long_title ? tally.short_only
                                                   : tally.both_titles);
      continue;
    }
    if (before != nullptr) {
      addenda.lines.push_back(Line(AddendaAction::kDelete, *before));
      ++TallyOf(addenda.trailer, before->billable).deletions;
    }
    if (after != nullptr) {
      addenda.lines.push_back(Line(AddendaAction::kAdd, *after));
      ++TallyOf(addenda.trailer, after->billable).additions;
    }
  }
  return addenda;
}

std::string FormatAddendaLine(const AddendaLine& line) {
  return absl::StrFormat("%-13s%d %-7s %-60s %s", ActionText(line.action), line.billable ? 1 : 0,
                         line.code, line.short_title, line.long_title);
}

std::string FormatAddendaTrailer(const AddendaTrailer& trailer) {
  std::string out;
  AppendTally(&out, "Headers", "headers", trailer, trailer.headers);
  AppendTally(&out, "Codes", "codes", trailer, trailer.codes);
  return out;
}

}  // namespace codeset::model
