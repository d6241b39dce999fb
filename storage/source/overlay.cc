#include "storage/source/overlay.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/addenda.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::source {
namespace {

using model::AddendaAction;
using model::AddendaLine;
using model::DottedCode;
using model::OrderRow;

constexpr size_t kNone = static_cast<size_t>(-1);

// A row of the result.
struct Entry {
  OrderRow row;
  // Its place in the base; kNone for a code that is added.
  size_t base_place = kNone;
  // The line of the addenda that made it what it is; 0 for a row of the base.
  int line = 0;
  // Set when rows are put in order: the row it lies under, and those under it.
  size_t parent = kNone;
  std::vector<size_t> children = {};
  // The first place in the base of it and all below it.
  size_t first_place = kNone;
};

OrderRow RowOf(const AddendaLine& line) {
  return {line.code, line.billable, line.short_title, line.long_title};
}

std::string Describe(const OrderRow& row) {
  return absl::StrCat(row.billable ? "billable" : "header", ", \"", row.short_title, "\", \"",
                      row.long_title, "\"");
}

// The place of a letter among blocks: chapter 22, U, stands after Z.
int RankOf(absl::string_view code) { return code[0] == 'U' ? 'Z' + 1 : code[0]; }

// Lays addenda over a base, step by step.
class Overlay {
 public:
  Overlay(absl::string_view base_id, const model::OrderFacts& base, const NamedAddenda& addenda)
      : base_id_(base_id), base_(base), addenda_(addenda) {}

  absl::StatusOr<model::OrderFacts> Build() {
    for (size_t i = 0; i < base_.rows.size(); ++i) base_places_[base_.rows[i].code] = i;
    const std::vector<AddendaLine>& lines = addenda_.addenda.lines;
    for (size_t i = 0; i < lines.size();) {
      size_t end = i + 1;
      while (end < lines.size() && lines[end].code == lines[i].code) ++end;
      RETURN_IF_ERROR(ApplyLinesOf(i, end));
      i = end;
    }
    Gather();
    RETURN_IF_ERROR(Link());
    RETURN_IF_ERROR(CheckTree());
    PutInOrder();
    return Emit();
  }

 private:
  // An error at a line of the addenda.
  absl::Status DoesNotFit(int line, absl::string_view code, absl::string_view why) const {
    constexpr model::Reason kReason = model::Reason::kOverlayDoesNotFit;
    const absl::Status at = model::MakeFileError(
        kReason, addenda_.file, line,
        absl::StrCat("the line does not fit base ", base_id_, ": ", DottedCode(code), " ", why));
    model::ErrorFacts facts = model::FactsOf(at);
    facts["code"] = DottedCode(code);
    return model::MakeError(kReason, at.message(), facts);
  }

  const OrderRow* InBase(absl::string_view code) const {
    const auto it = base_places_.find(code);
    return it == base_places_.end() ? nullptr : &base_.rows[it->second];
  }

  // Applies the lines [begin, end), all of one code, deletions and revisions first.
  absl::Status ApplyLinesOf(size_t begin, size_t end) {
    const std::vector<AddendaLine>& lines = addenda_.addenda.lines;
    const AddendaLine& first = lines[begin];
    const int number = addenda_.line_numbers[begin];
    const OrderRow* const known = InBase(first.code);
    const size_t count = end - begin;
    if (first.action == AddendaAction::kAdd) {
      if (count > 1) return Twice(begin + 1);
      if (known != nullptr) {
        return DoesNotFit(number, first.code,
                          absl::StrCat("is added, but the base has it: ", Describe(*known)));
      }
      changes_[first.code] = {RowOf(first), number};
      return absl::OkStatus();
    }
    const bool revision = first.action == AddendaAction::kReviseFrom;
    const absl::string_view verb = revision ? "is revised" : "is deleted";
    if (known == nullptr) {
      return DoesNotFit(number, first.code, absl::StrCat(verb, ", but the base does not have it"));
    }
    if (!(RowOf(first) == *known)) {
      return DoesNotFit(number, first.code,
                        absl::StrCat(verb, " as ", Describe(RowOf(first)),
                                     ", but the base has: ", Describe(*known)));
    }
    if (revision) {
      // The reader gives pairs.
      if (count > 2) return Twice(begin + 2);
      changes_[first.code] = {RowOf(lines[begin + 1]), addenda_.line_numbers[begin + 1]};
      return absl::OkStatus();
    }
    if (count == 1) {
      changes_[first.code] = {std::nullopt, number};
      return absl::OkStatus();
    }
    if (count > 2 || lines[begin + 1].action != AddendaAction::kAdd) return Twice(begin + 1);
    if (lines[begin + 1].billable == first.billable) {
      return DoesNotFit(addenda_.line_numbers[begin + 1], first.code,
                        "is deleted and added with the same flag; that is a revision");
    }
    changes_[first.code] = {RowOf(lines[begin + 1]), addenda_.line_numbers[begin + 1]};
    return absl::OkStatus();
  }

  absl::Status Twice(size_t line) const {
    return DoesNotFit(addenda_.line_numbers[line], addenda_.addenda.lines[line].code,
                      "is changed by an earlier line already");
  }

  // The rows of the result: those of the base in their order, then what is added.
  void Gather() {
    entries_.reserve(base_.rows.size() + changes_.size());
    for (size_t i = 0; i < base_.rows.size(); ++i) {
      const auto change = changes_.find(base_.rows[i].code);
      if (change == changes_.end()) {
        entries_.push_back({base_.rows[i], i});
      } else if (change->second.row.has_value()) {
        entries_.push_back({*change->second.row, i, change->second.line});
      }
    }
    for (const AddendaLine& line : addenda_.addenda.lines) {
      if (line.action != AddendaAction::kAdd || InBase(line.code) != nullptr) continue;
      const Change& change = changes_.at(line.code);
      entries_.push_back({*change.row, kNone, change.line});
    }
    for (size_t i = 0; i < entries_.size(); ++i) by_code_[entries_[i].row.code] = i;
  }

  // Finds the parent of every row: its longest prefix that is there.
  absl::Status Link() {
    for (size_t i = 0; i < entries_.size(); ++i) {
      const std::string& code = entries_[i].row.code;
      for (size_t length = code.size() - 1; length >= model::kCategoryLength; --length) {
        const absl::string_view above = absl::string_view(code).substr(0, length);
        if (const auto it = by_code_.find(above); it != by_code_.end()) {
          entries_[i].parent = it->second;
          break;
        }
        const auto change = changes_.find(above);
        if (change != changes_.end() && !change->second.row.has_value()) {
          return DoesNotFit(change->second.line, above,
                            absl::StrCat("is deleted, but ", DottedCode(code), " stays below it"));
        }
      }
      if (entries_[i].parent == kNone) {
        tops_.push_back(i);
      } else {
        entries_[entries_[i].parent].children.push_back(i);
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckTree() const {
    for (const Entry& entry : entries_) {
      const OrderRow& row = entry.row;
      if (entry.base_place == kNone && row.code.size() > model::kCategoryLength &&
          !by_code_.contains(model::CategoryOf(row.code))) {
        return DoesNotFit(entry.line, row.code,
                          absl::StrCat("is added, but its category ", model::CategoryOf(row.code),
                                       " is neither there nor added"));
      }
      if (row.billable && !entry.children.empty()) {
        const Entry& child = entries_[entry.children.front()];
        if (child.line != 0) {
          return DoesNotFit(child.line, child.row.code,
                            absl::StrCat("lies below ", DottedCode(row.code), ", which is billable",
                                         entry.line == 0 ? " in the base" : " by the addenda"));
        }
        return DoesNotFit(
            entry.line, row.code,
            absl::StrCat("is billable, but ", DottedCode(child.row.code), " lies below it"));
      }
      if (!row.billable && entry.children.empty()) {
        return DoesNotFit(entry.line != 0 ? entry.line : LineOfDeletionBelow(row.code), row.code,
                          "is a header, but no code lies below it then");
      }
    }
    return absl::OkStatus();
  }

  int LineOfDeletionBelow(absl::string_view code) const {
    const std::vector<AddendaLine>& lines = addenda_.addenda.lines;
    for (size_t i = 0; i < lines.size(); ++i) {
      if (absl::StartsWith(lines[i].code, code)) return addenda_.line_numbers[i];
    }
    return 0;
  }

  // Puts codes with a place in the base in that order, and each other after the last that
  // precedes it in byte order.
  void PutInOrder() {
    // Below comes after above when codes grow longer.
    std::vector<size_t> longest_first(entries_.size());
    for (size_t i = 0; i < entries_.size(); ++i) longest_first[i] = i;
    std::stable_sort(longest_first.begin(), longest_first.end(), [&](size_t a, size_t b) {
      return entries_[a].row.code.size() > entries_[b].row.code.size();
    });
    for (const size_t i : longest_first) {
      Entry& entry = entries_[i];
      entry.first_place = std::min(entry.first_place, entry.base_place);
      if (entry.parent == kNone) continue;
      Entry& parent = entries_[entry.parent];
      parent.first_place = std::min(parent.first_place, entry.first_place);
    }
    for (Entry& entry : entries_) {
      entry.children = Ordered(entry.children, &Overlay::PlaceAmongSiblings);
    }
    tops_ = Ordered(tops_, &Overlay::PlaceAmongCategories);
  }

  using Place = std::vector<size_t>::iterator;
  using FindPlace = Place (Overlay::*)(std::vector<size_t>&, absl::string_view) const;

  // Rows under one parent in order; `find` says where one that is added goes among those
  // before it in byte order and those of the base.
  std::vector<size_t> Ordered(const std::vector<size_t>& rows, FindPlace find) const {
    std::vector<size_t> ordered, added;
    for (const size_t i : rows) {
      (entries_[i].first_place == kNone ? added : ordered).push_back(i);
    }
    std::sort(ordered.begin(), ordered.end(), [&](size_t a, size_t b) {
      return entries_[a].first_place < entries_[b].first_place;
    });
    std::sort(added.begin(), added.end(),
              [&](size_t a, size_t b) { return entries_[a].row.code < entries_[b].row.code; });
    for (const size_t i : added) {
      ordered.insert((this->*find)(ordered, entries_[i].row.code), i);
    }
    return ordered;
  }

  // The place after the last row for which `precedes` holds; the beginning if there is none.
  template <typename Precedes>
  Place AfterLast(std::vector<size_t>& rows, Precedes precedes) const {
    return std::find_if(rows.rbegin(), rows.rend(),
                        [&](size_t i) { return precedes(absl::string_view(entries_[i].row.code)); })
        .base();
  }

  Place PlaceAmongSiblings(std::vector<size_t>& rows, absl::string_view code) const {
    return AfterLast(rows, [&](absl::string_view other) { return other < code; });
  }

  Place PlaceAmongCategories(std::vector<size_t>& rows, absl::string_view code) const {
    const auto same_letter = [&](absl::string_view other) { return other[0] == code[0]; };
    const auto first = std::find_if(rows.begin(), rows.end(), [&](size_t i) {
      return same_letter(absl::string_view(entries_[i].row.code));
    });
    if (first == rows.end()) {
      return AfterLast(rows, [&](absl::string_view other) { return RankOf(other) < RankOf(code); });
    }
    const Place place = AfterLast(
        rows, [&](absl::string_view other) { return same_letter(other) && other < code; });
    return place == rows.begin() ? first : place;
  }

  // Writes the rows down from the tops, and counts them.
  absl::StatusOr<model::OrderFacts> Emit() {
    model::OrderFacts facts;
    facts.rows.reserve(entries_.size());
    // Where the last written row of the base stands in it.
    size_t last_place = kNone;
    // Rows change places only where a header is added above some that do not stand together.
    int regrouping_line = 0;
    std::vector<size_t> pending(tops_.rbegin(), tops_.rend());
    while (!pending.empty()) {
      Entry& entry = entries_[pending.back()];
      pending.pop_back();
      pending.insert(pending.end(), entry.children.rbegin(), entry.children.rend());
      if (entry.base_place == kNone) {
        if (entry.first_place != kNone) regrouping_line = entry.line;
      } else if (last_place != kNone && entry.base_place < last_place) {
        return DoesNotFit(regrouping_line, entry.row.code,
                          "would change its place among the rows of the base");
      } else {
        last_place = entry.base_place;
      }
      facts.rows.push_back(std::move(entry.row));
    }
    RETURN_IF_ERROR(CheckTrailer(facts));
    return facts;
  }

  absl::Status CheckTrailer(const model::OrderFacts& facts) const {
    if (addenda_.trailer_line == 0) return absl::OkStatus();
    const model::AddendaTrailer& said = addenda_.addenda.trailer;
    const struct {
      const model::OrderFacts& order;
      int headers, codes;
      absl::string_view name;
    } kSides[] = {{base_, said.headers.old_rows, said.codes.old_rows, "the base"},
                  {facts, said.headers.new_rows, said.codes.new_rows, "the result"}};
    for (const auto& side : kSides) {
      const int codes =
          static_cast<int>(std::count_if(side.order.rows.begin(), side.order.rows.end(),
                                         [](const OrderRow& row) { return row.billable; }));
      const int headers = static_cast<int>(side.order.rows.size()) - codes;
      if (side.headers == headers && side.codes == codes) continue;
      return model::MakeFileError(
          model::Reason::kOverlayDoesNotFit, addenda_.file, addenda_.trailer_line,
          absl::StrCat("the trailer does not fit base ", base_id_, ": it counts ", side.headers,
                       " headers and ", side.codes, " codes, but ", side.name, " has ", headers,
                       " and ", codes));
    }
    return absl::OkStatus();
  }

  // What the addenda make of a code: a row, or nothing; and the line that says so.
  struct Change {
    std::optional<OrderRow> row;
    int line = 0;
  };

  const absl::string_view base_id_;
  const model::OrderFacts& base_;
  const NamedAddenda& addenda_;
  absl::flat_hash_map<absl::string_view, size_t> base_places_;
  absl::flat_hash_map<std::string, Change> changes_;
  std::vector<Entry> entries_;
  // Views into entries_, which does not grow any more.
  absl::flat_hash_map<absl::string_view, size_t> by_code_;
  // Rows that lie under no other: the categories.
  std::vector<size_t> tops_;
};

}  // namespace

absl::StatusOr<model::OrderFacts> LayOver(absl::string_view base_id, const model::OrderFacts& base,
                                          const NamedAddenda& addenda) {
  return Overlay(base_id, base, addenda).Build();
}

model::AddendaTrailer TrailerOf(const std::vector<AddendaLine>& lines,
                                const model::OrderFacts& base, const model::OrderFacts& next) {
  model::AddendaTrailer trailer;
  const auto tally = [&](bool billable) -> model::AddendaTally& {
    return billable ? trailer.codes : trailer.headers;
  };
  for (const OrderRow& row : base.rows) ++tally(row.billable).old_rows;
  for (const OrderRow& row : next.rows) ++tally(row.billable).new_rows;
  for (size_t i = 0; i < lines.size(); ++i) {
    model::AddendaTally& counts = tally(lines[i].billable);
    if (lines[i].action == AddendaAction::kAdd) ++counts.additions;
    if (lines[i].action == AddendaAction::kDelete) ++counts.deletions;
    if (lines[i].action != AddendaAction::kReviseTo) continue;
    // Revisions are pairs of lines.
    ++counts.revisions;
    ++(lines[i].short_title == lines[i - 1].short_title ? counts.long_only
       : lines[i].long_title == lines[i - 1].long_title ? counts.short_only
                                                        : counts.both_titles);
  }
  return trailer;
}

}  // namespace codeset::source
