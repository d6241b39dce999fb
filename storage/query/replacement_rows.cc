#include "storage/query/replacement_rows.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "storage/model/concept_id.h"

namespace codeset::query {
namespace {

using image::Image;
using image::Node;
using image::NodeIndex;
using model::Date;
using model::PreviousTerm;

// A range from one 7-character code to another with the same 7th character is one of stems:
// `S06.890A-S06.899A` are initial encounters alone.
bool IsOfSeventhCharacter(const PreviousTerm& term, absl::string_view key) {
  const bool of_one = term.first.size() == model::kMaxCodeLength &&
                      term.last.size() == model::kMaxCodeLength &&
                      term.first.back() == term.last.back();
  return !of_one || (key.size() == model::kMaxCodeLength && key.back() == term.first.back());
}

// A range of a release. It follows the order file; where that lacks an end, or the code asked
// about, the spelling.
class Range {
 public:
  Range(const Image& image, const PreviousTerm& term) : term_(term) {
    const std::optional<NodeIndex> first = image.Find(term.first);
    const std::optional<NodeIndex> last = image.Find(term.last);
    if (!first.has_value() || !last.has_value()) return;
    first_ = image.node(*first).order_number;
    last_ = image.node(image.node(*last).end - 1).order_number;
  }

  // `order_number` is that of the code's row; 0 where the release does not have it.
  bool Includes(absl::string_view key, uint32_t order_number) const {
    if (!IsOfSeventhCharacter(term_, key)) return false;
    if (last_ != 0 && order_number != 0) return first_ <= order_number && order_number <= last_;
    return term_.first <= key && (key <= term_.last || absl::StartsWith(key, term_.last));
  }

 private:
  const PreviousTerm& term_;
  // Rows of the order file; 0 where it lacks an end.
  uint32_t first_ = 0;
  uint32_t last_ = 0;
};

bool Names(const Image& before, const PreviousTerm& term, absl::string_view key) {
  switch (term.kind) {
    case PreviousTerm::Kind::kCode:
      return key == term.first ||
             (absl::StartsWith(key, term.first) && IsHeader(before, term.first));
    case PreviousTerm::Kind::kBelow:
      return absl::StartsWith(key, term.first);
    case PreviousTerm::Kind::kRange: {
      const std::optional<NodeIndex> node = before.Find(key);
      return Range(before, term)
          .Includes(key, node.has_value() ? before.node(*node).order_number : 0);
    }
  }
  return false;
}

// The billable codes that a term takes in.
std::vector<std::string> CodesOf(const Image& before, const PreviousTerm& term) {
  if (term.kind == PreviousTerm::Kind::kCode && !IsHeader(before, term.first)) return {term.first};
  std::vector<std::string> codes;
  if (term.kind != PreviousTerm::Kind::kRange) {
    if (IsBillable(before, term.first)) return {term.first};
    return BillableBelow(before, term.first);
  }
  const Range range(before, term);
  for (const Node& node : before.nodes()) {
    if (node.billable && range.Includes(node.key, node.order_number)) codes.emplace_back(node.key);
  }
  return codes;
}

// Leaves of rows that lead to the same code on the same day the first.
void DropRepeated(std::vector<const DatedRow*>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const DatedRow* a, const DatedRow* b) {
    return a->date() != b->date() ? a->date() < b->date() : a->source->row.row < b->source->row.row;
  });
  absl::flat_hash_set<std::pair<absl::string_view, Date>> seen;
  std::erase_if(
      rows, [&](const DatedRow* row) { return !seen.emplace(row->code(), row->date()).second; });
}

}  // namespace

bool IsBillable(const Image& image, absl::string_view key) {
  const std::optional<NodeIndex> node = image.Find(key);
  return node.has_value() && image.node(*node).billable;
}

bool IsHeader(const Image& image, absl::string_view key) {
  const std::optional<NodeIndex> node = image.Find(key);
  return node.has_value() && image.node(*node).row != nullptr && !image.node(*node).billable;
}

std::vector<std::string> BillableBelow(const Image& image, absl::string_view key) {
  std::vector<std::string> codes;
  const std::optional<NodeIndex> node = image.Find(key);
  if (!node.has_value() || image.node(*node).billable) return codes;
  for (NodeIndex i = *node + 1; i < image.node(*node).end; ++i) {
    if (image.node(i).billable) codes.emplace_back(image.node(i).key);
  }
  return codes;
}

ReplacementRows::ReplacementRows(const std::vector<ImagePtr>& releases, const Image* table) {
  if (table == nullptr) return;
  table_id_ = table->release_id();
  const Date after = releases.front()->effective();
  const Date until = releases.back()->effective();
  for (const image::ConversionPage::Row* row : table->conversion()) {
    if (row->row.effective <= after || row->row.effective > until) continue;
    const auto next = std::find_if(releases.begin(), releases.end(), [&](const ImagePtr& image) {
      return image->effective() >= row->row.effective;
    });
    rows_.push_back({row, std::prev(next)->get(), next->get()});
  }
  for (size_t i = 0; i < rows_.size(); ++i) {
    by_current_[rows_[i].code()].push_back(i);
    bool names_codes = true;
    for (const model::PreviousCodes& set :
         rows_[i].source->previous.value_or(std::vector<model::PreviousCodes>())) {
      for (const PreviousTerm& term : set) {
        names_codes = names_codes && term.kind == PreviousTerm::Kind::kCode;
      }
    }
    if (!names_codes) {
      ranges_.push_back(i);
      continue;
    }
    if (!rows_[i].source->previous.has_value()) continue;
    for (const model::PreviousCodes& set : *rows_[i].source->previous) {
      for (const PreviousTerm& term : set) by_previous_[term.first].push_back(i);
    }
  }
}

std::vector<const DatedRow*> ReplacementRows::From(absl::string_view previous) const {
  std::vector<const DatedRow*> found;
  const auto add = [&](const std::vector<size_t>& places) {
    for (const size_t place : places) {
      if (SetOf(rows_[place], previous) >= 0) found.push_back(&rows_[place]);
    }
  };
  // A cell may name a header for what lies below it.
  for (size_t length = previous.size(); length >= model::kCategoryLength; --length) {
    if (const auto it = by_previous_.find(previous.substr(0, length)); it != by_previous_.end()) {
      add(it->second);
    }
  }
  add(ranges_);
  DropRepeated(found);
  return found;
}

std::vector<const DatedRow*> ReplacementRows::To(absl::string_view current) const {
  std::vector<const DatedRow*> found;
  if (const auto it = by_current_.find(current); it != by_current_.end()) {
    for (const size_t place : it->second) found.push_back(&rows_[place]);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto* a, const auto* b) { return a->date() < b->date(); });
  return found;
}

std::vector<std::string> ReplacementRows::PreviousOf(const DatedRow& row) {
  std::vector<std::string> codes;
  absl::flat_hash_set<std::string> seen;
  if (!row.source->previous.has_value()) return codes;
  for (const model::PreviousCodes& set : *row.source->previous) {
    for (const PreviousTerm& term : set) {
      for (std::string& code : CodesOf(*row.before, term)) {
        if (seen.insert(code).second) codes.push_back(std::move(code));
      }
    }
  }
  return codes;
}

int ReplacementRows::SetOf(const DatedRow& row, absl::string_view previous) {
  if (!row.source->previous.has_value()) return -1;
  const std::vector<model::PreviousCodes>& sets = *row.source->previous;
  int found = -1;
  for (size_t i = 0; i < sets.size(); ++i) {
    const bool named = std::any_of(sets[i].begin(), sets[i].end(), [&](const PreviousTerm& term) {
      return Names(*row.before, term, previous);
    });
    // Alone rather than together with others.
    if (named && (found < 0 || sets[i].size() < sets[found].size())) found = static_cast<int>(i);
  }
  return found;
}

size_t ReplacementRows::FanOut(absl::string_view previous, Date date) const {
  size_t count = 0;
  for (const DatedRow* row : From(previous)) count += row->date() == date ? 1 : 0;
  return count;
}

size_t ReplacementRows::FanIn(absl::string_view current, Date date) const {
  absl::flat_hash_set<std::string> codes;
  for (const DatedRow* row : To(current)) {
    if (row->date() != date) continue;
    for (std::string& code : PreviousOf(*row)) codes.insert(std::move(code));
  }
  return codes.size();
}

v1::ReplacementHop ReplacementRows::HopOf(const DatedRow& row, absl::string_view previous,
                                          bool backward) const {
  const model::ConversionRow& published = row.source->row;
  v1::ReplacementHop hop;
  hop.set_previous_id(model::DottedCode(previous));
  hop.set_current_id(model::DottedCode(row.code()));
  hop.set_effective_date(model::FormatDate(row.date()));
  hop.set_before_release_id(row.before->release_id());
  hop.set_after_release_id(row.after->release_id());
  v1::ConversionRow& source = *hop.mutable_row();
  source.set_release_id(table_id_);
  source.set_row(published.row);
  source.set_current_text(published.current);
  source.set_effective_date(model::FormatDate(published.effective));
  source.set_previous_text(published.previous);

  if (const int place = SetOf(row, previous); place >= 0) {
    bool self = false;
    for (const PreviousTerm& term : (*row.source->previous)[place]) {
      if (!self && Names(*row.before, term, previous)) {
        self = true;
        continue;
      }
      hop.add_combined_with_ids(model::FormatPreviousTerm(term));
    }
  }
  const bool combined = !hop.combined_with_ids().empty();
  const bool still_header = IsHeader(*row.before, previous) && IsHeader(*row.after, previous);
  if (IsBillable(*row.after, previous) || still_header) {
    hop.set_kind(v1::REPLACEMENT_KIND_CARVED_OUT);
    hop.set_lossy(true);
    return hop;
  }
  const size_t fan_out = FanOut(previous, row.date());
  const size_t fan_in = FanIn(row.code(), row.date());
  if (absl::StartsWith(row.code(), previous) && IsHeader(*row.after, previous)) {
    hop.set_kind(v1::REPLACEMENT_KIND_HEADERS_CHILD);
    hop.set_lossy(fan_out > 1 || combined || BillableBelow(*row.after, previous).size() > 1);
  } else if (fan_out > 1) {
    hop.set_kind(v1::REPLACEMENT_KIND_SPLIT);
    hop.set_lossy(true);
  } else {
    hop.set_kind(fan_in > 1 ? v1::REPLACEMENT_KIND_MERGE : v1::REPLACEMENT_KIND_ONE_TO_ONE);
    hop.set_lossy(combined);
  }
  if (backward && fan_in > 1) hop.set_lossy(true);
  return hop;
}

}  // namespace codeset::query
