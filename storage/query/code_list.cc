#include "storage/query/code_list.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/query/listing.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::NodeIndex;
using model::Reason;

// An entry of one row, which tells an error.
CodeListCheck::Entry ErrorEntry(absl::Status error) {
  CodeListCheck::Entry entry;
  entry.error = std::move(error);
  entry.codes.push_back({kNoNode, kNoNode, false, true});
  return entry;
}

CodeListCheck::Entry Malformed(Reason reason, absl::string_view why) {
  return ErrorEntry(model::MakeError(
      reason, absl::StrCat(why,
                           "; an entry is a code (M99.86), a pattern (E11.-) or a range "
                           "(S72.0-S72.9)")));
}

CodeListCheck::Entry Malformed(const absl::Status& status) {
  return Malformed(model::ReasonOf(status).value_or(Reason::kArgumentInvalid), status.message());
}

absl::Status Unknown(absl::string_view message) {
  return model::MakeError(Reason::kConceptNotFound, message);
}

// What a pattern or range takes in; UNKNOWN, in words, where that is nothing in the first
// release.
CodeListCheck::Entry Matched(std::vector<CodeListCheck::Code> codes, absl::string_view unknown) {
  CodeListCheck::Entry entry;
  if (std::all_of(codes.begin(), codes.end(),
                  [](const CodeListCheck::Code& code) { return code.newly_matched; })) {
    entry = ErrorEntry(Unknown(unknown));
  }
  entry.codes.insert(entry.codes.end(), codes.begin(), codes.end());
  return entry;
}

bool IsNumber(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

CodeListCheck::CodeListCheck(const Image& from, const Image& to)
    : from_(SideOf(from)),
      to_(SideOf(to)),
      notes_compared_(from.Has(model::FacetGroup::kTabular) &&
                      to.Has(model::FacetGroup::kTabular)) {}

CodeListCheck::Side CodeListCheck::SideOf(const Image& image) {
  Side side;
  side.image = &image;
  for (NodeIndex i = 0; i < image.nodes().size(); ++i) {
    if (image.node(i).row != nullptr) side.rows.push_back(i);
  }
  // Categories that could not be placed stand last among the nodes.
  std::sort(side.rows.begin(), side.rows.end(), [&](NodeIndex a, NodeIndex b) {
    return image.node(a).order_number < image.node(b).order_number;
  });
  for (size_t i = 0; i < side.rows.size(); ++i) {
    const absl::string_view category = model::CategoryOf(image.node(side.rows[i]).key);
    side.categories.try_emplace(category, i, i).first->second.second = i + 1;
  }
  return side;
}

size_t CodeListCheck::held_bytes() const {
  size_t bytes = 0;
  for (const Side* const side : {&from_, &to_}) {
    bytes += side->rows.capacity() * sizeof(NodeIndex) +
             side->categories.capacity() * sizeof(*side->categories.begin());
  }
  return bytes;
}

size_t CodeListCheck::PlaceOf(const Side& side, NodeIndex node) {
  const auto it =
      std::lower_bound(side.rows.begin(), side.rows.end(), node, [&](NodeIndex a, NodeIndex b) {
        return side.image->node(a).order_number < side.image->node(b).order_number;
      });
  return static_cast<size_t>(it - side.rows.begin());
}

CodeListCheck::Run CodeListCheck::CategoryRun(const Side& side, absl::string_view prefix) {
  if (prefix.size() < model::kCategoryLength) return {0, side.rows.size()};
  const auto it = side.categories.find(model::CategoryOf(prefix));
  return it == side.categories.end() ? Run{0, 0} : it->second;
}

CodeListCheck::Entry CodeListCheck::Read(absl::string_view text) const {
  if (text.size() > model::kMaxIdTextLength) {
    return Malformed(Reason::kArgumentInvalid,
                     absl::StrCat("the entry is ", text.size(), " bytes long and at most ",
                                  model::kMaxIdTextLength, " are read"));
  }
  const absl::string_view entry = absl::StripAsciiWhitespace(text);
  if (absl::EndsWith(entry, "-")) return ReadPattern(entry);
  if (const size_t dash = entry.find('-'); dash != absl::string_view::npos) {
    // `E11.-E13` is read as `E11-E13`.
    return ReadRange(absl::StripSuffix(entry.substr(0, dash), "."), entry.substr(dash + 1));
  }
  return ReadCode(entry);
}

CodeListCheck::Entry CodeListCheck::ReadCode(absl::string_view text) const {
  if (!text.empty() && IsNumber(text)) {
    return Malformed(Reason::kConceptIdInvalid,
                     absl::StrCat(text, " is a number, as chapters have, and no code"));
  }
  const absl::StatusOr<std::string> key = model::ParseCode(text);
  if (!key.ok()) return Malformed(key.status());
  Entry entry;
  const std::optional<NodeIndex> before = from_.image->Find(*key);
  const std::optional<NodeIndex> after = to_.image->Find(*key);
  entry.codes.push_back({before.value_or(kNoNode), after.value_or(kNoNode), false, false});
  if (before.has_value()) return entry;
  const std::string id = model::DottedCode(*key);
  entry.codes[0].tells_error = true;
  entry.unknown = *key;
  entry.error =
      Unknown(after.has_value()
                  ? absl::StrCat("release ", from_.image->release_id(), " has no code ", id,
                                 "; release ", to_.image->release_id(), " has it")
                  : absl::StrCat("neither release ", from_.image->release_id(), " nor release ",
                                 to_.image->release_id(), " has a code ", id));
  return entry;
}

CodeListCheck::Entry CodeListCheck::ReadPattern(absl::string_view text) const {
  const absl::StatusOr<std::string> prefix = ParsePattern(text);
  if (!prefix.ok()) return Malformed(prefix.status());
  return Matched(Match(CategoryRun(from_, *prefix), CategoryRun(to_, *prefix), *prefix),
                 absl::StrCat("release ", from_.image->release_id(),
                              " has no billable code that begins as ", text));
}

CodeListCheck::Entry CodeListCheck::ReadRange(absl::string_view first_text,
                                              absl::string_view last_text) const {
  const absl::StatusOr<std::string> first = model::ParseCode(first_text);
  if (!first.ok()) return Malformed(first.status());
  const absl::StatusOr<std::string> last = model::ParseCode(last_text);
  if (!last.ok()) return Malformed(last.status());
  const std::optional<NodeIndex> begin = from_.image->Find(*first);
  const std::optional<NodeIndex> end = from_.image->Find(*last);
  if (!begin.has_value() || !end.has_value()) {
    return ErrorEntry(
        Unknown(absl::StrCat("release ", from_.image->release_id(), " has no code ",
                             model::DottedCode(begin.has_value() ? *last : *first),
                             ", with which the range ", begin.has_value() ? "ends" : "begins")));
  }
  const Run run = {PlaceOf(from_, *begin),
                   PlaceOf(from_, *end) + (from_.image->node(*end).end - *end)};
  const std::string ends =
      absl::StrCat(model::DottedCode(*first), " to ", model::DottedCode(*last));
  if (run.first >= run.second) {
    return Malformed(Reason::kArgumentInvalid,
                     absl::StrCat(ends, " goes against the tabular order of release ",
                                  from_.image->release_id()));
  }
  return Matched(
      Match(run, RunInSecond(run, *first, *last), ""),
      absl::StrCat("release ", from_.image->release_id(), " has no billable code from ", ends));
}

CodeListCheck::Run CodeListCheck::RunInSecond(const Run& run, absl::string_view first,
                                              absl::string_view last) const {
  const auto in_second = [&](size_t place) {
    return to_.image->Find(from_.image->node(from_.rows[place]).key);
  };
  // Whether a row of the second release is new, so that its spelling must tell its place.
  const auto is_new = [&](size_t place) {
    return !from_.image->Find(to_.image->node(to_.rows[place]).key).has_value();
  };
  const auto key_at = [&](size_t place) { return to_.image->node(to_.rows[place]).key; };

  Run result = {0, to_.rows.size()};
  if (const auto node = to_.image->Find(first)) {
    result.first = PlaceOf(to_, *node);
  } else {
    for (size_t i = run.first; i-- > 0;) {
      if (const auto neighbour = in_second(i)) {
        result.first = PlaceOf(to_, *neighbour) + 1;
        break;
      }
    }
    while (result.first < to_.rows.size() && is_new(result.first) && key_at(result.first) < first) {
      ++result.first;
    }
  }
  if (const auto node = to_.image->Find(last)) {
    result.second = PlaceOf(to_, *node) + (to_.image->node(*node).end - *node);
  } else {
    for (size_t i = run.second; i < from_.rows.size(); ++i) {
      if (const auto neighbour = in_second(i)) {
        result.second = PlaceOf(to_, *neighbour);
        break;
      }
    }
    while (result.second > 0 && is_new(result.second - 1) && key_at(result.second - 1) > last &&
           !absl::StartsWith(key_at(result.second - 1), last)) {
      --result.second;
    }
  }
  result.second = std::max(result.first, result.second);
  return result;
}

std::vector<CodeListCheck::Code> CodeListCheck::Match(const Run& before, const Run& after,
                                                      absl::string_view prefix) const {
  const auto is_taken = [&](const Side& side, NodeIndex node) {
    return side.image->node(node).billable && absl::StartsWith(side.image->node(node).key, prefix);
  };
  struct Placed {
    // In the second release, from 1.
    size_t place = 0;
    bool gone = false;
    Code code;
  };
  std::vector<Placed> placed;
  size_t last = 0;
  for (size_t i = before.first; i < before.second; ++i) {
    if (!is_taken(from_, from_.rows[i])) continue;
    const auto node = to_.image->Find(from_.image->node(from_.rows[i]).key);
    if (node.has_value()) last = PlaceOf(to_, *node) + 1;
    placed.push_back({last, !node.has_value(), {from_.rows[i], node.value_or(kNoNode)}});
  }
  for (size_t i = after.first; i < after.second; ++i) {
    if (!is_taken(to_, to_.rows[i])) continue;
    const auto node = from_.image->Find(to_.image->node(to_.rows[i]).key);
    if (node.has_value() && is_taken(from_, *node)) {
      const size_t place = PlaceOf(from_, *node);
      if (place >= before.first && place < before.second) continue;
    }
    placed.push_back({i + 1, false, {node.value_or(kNoNode), to_.rows[i], true}});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.place, a.gone) < std::tie(b.place, b.gone);
  });
  std::vector<Code> codes;
  codes.reserve(placed.size());
  for (const Placed& entry : placed) codes.push_back(entry.code);
  return codes;
}

}  // namespace codeset::query
