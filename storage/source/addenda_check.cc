#include "storage/source/addenda_check.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/status_macros.h"

namespace codeset::source {
namespace {

using model::Addenda;
using model::AddendaAction;
using model::AddendaLine;
using model::AddendaTally;

// The addenda without revisions of white space alone, which the publisher lists in some
// years (2026) and not in others, and ComputeAddenda never; lines sorted.
Addenda Comparable(const Addenda& addenda) {
  Addenda comparable;
  comparable.trailer = addenda.trailer;
  // A reader's revisions are pairs of lines next to each other.
  for (auto line = addenda.lines.begin(); line != addenda.lines.end(); ++line) {
    const auto next = std::next(line);
    if (line->action == AddendaAction::kReviseFrom && next != addenda.lines.end() &&
        model::SameButForWhiteSpace(line->short_title, next->short_title) &&
        model::SameButForWhiteSpace(line->long_title, next->long_title)) {
      AddendaTally& tally = line->billable ? comparable.trailer.codes : comparable.trailer.headers;
      --tally.revisions;
      --(line->short_title == next->short_title ? tally.long_only
         : line->long_title == next->long_title ? tally.short_only
                                                : tally.both_titles);
      line = next;
      continue;
    }
    comparable.lines.push_back(*line);
  }
  std::sort(comparable.lines.begin(), comparable.lines.end());
  return comparable;
}

std::string Describe(absl::string_view whose, const AddendaLine& line) {
  return absl::StrCat(whose, ": ", model::FormatAddendaLine(line));
}

// The first line that one has and the other has not; empty if there is none.
std::string FirstDifference(const Addenda& published, const Addenda& computed) {
  const Addenda comparable = Comparable(published);
  Addenda sorted = computed;
  std::sort(sorted.lines.begin(), sorted.lines.end());
  const std::vector<AddendaLine>& said = comparable.lines;
  const std::vector<AddendaLine>& found = sorted.lines;
  const auto [a, b] = std::mismatch(said.begin(), said.end(), found.begin(), found.end());
  if (a == said.end() && b == found.end()) {
    const bool same_tallies = comparable.trailer.headers == computed.trailer.headers &&
                              comparable.trailer.codes == computed.trailer.codes;
    return same_tallies ? "" : "the kinds of revision are counted otherwise";
  }
  const bool only_said = b == found.end() || (a != said.end() && *a < *b);
  return only_said ? Describe("only in the addenda", *a) : Describe("not in the addenda", *b);
}

std::string CountsText(int headers, int codes) {
  return absl::StrCat(headers, " headers and ", codes, " codes");
}

}  // namespace

absl::StatusOr<AddendaCheck> CheckAddenda(const model::OrderFacts& next, const Addenda& addenda,
                                          const std::vector<BaseCandidate>& candidates) {
  const AddendaTally& headers = addenda.trailer.headers;
  const AddendaTally& codes = addenda.trailer.codes;
  AddendaCheck check;
  check.additions = headers.additions + codes.additions;
  check.deletions = headers.deletions + codes.deletions;
  check.revisions = headers.revisions + codes.revisions;
  const int billable = static_cast<int>(std::count_if(
      next.rows.begin(), next.rows.end(), [](const model::OrderRow& row) { return row.billable; }));
  const int not_billable = static_cast<int>(next.rows.size()) - billable;
  if (headers.new_rows != not_billable || codes.new_rows != billable) {
    check.outcome = AddendaOutcome::kDiffers;
    check.counts_differ = true;
    check.difference =
        absl::StrCat("the addenda end in ", CountsText(headers.new_rows, codes.new_rows),
                     ", the order file has ", CountsText(not_billable, billable));
    return check;
  }
  check.outcome = AddendaOutcome::kBaseNotLoaded;
  for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
    if (candidate->headers != headers.old_rows || candidate->codes != codes.old_rows) continue;
    ASSIGN_OR_RETURN(const OrderChange change, candidate->change(next));
    Addenda computed = model::ComputeAddenda(change.before, change.after);
    // Of all rows, those that were left out included.
    computed.trailer.headers.old_rows = candidate->headers;
    computed.trailer.headers.new_rows = not_billable;
    computed.trailer.codes.old_rows = candidate->codes;
    computed.trailer.codes.new_rows = billable;
    const std::string difference = FirstDifference(addenda, computed);
    if (difference.empty()) {
      check.outcome = AddendaOutcome::kReproduced;
      check.base_release_id = candidate->release_id;
      check.difference.clear();
      return check;
    }
    if (check.outcome != AddendaOutcome::kDiffers) {
      check.outcome = AddendaOutcome::kDiffers;
      check.base_release_id = candidate->release_id;
      check.difference = absl::StrCat("from ", candidate->release_id, ", ", difference);
    }
  }
  return check;
}

}  // namespace codeset::source
