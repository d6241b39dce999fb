#include "storage/query/listing.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/text.h"
#include "storage/query/hierarchy.h"

namespace codeset::query {

absl::StatusOr<std::string> ParsePattern(absl::string_view text) {
  const auto invalid = [&](absl::string_view why) {
    return model::MakeError(
        model::Reason::kArgumentInvalid,
        absl::StrCat(model::Quoted(text), " is no pattern: ", why, "; write E11.- or E11"));
  };
  if (text.size() > model::kMaxIdTextLength) return invalid("it is too long");
  std::string pattern = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(text));
  if (absl::EndsWith(pattern, "-")) pattern.pop_back();
  if (const size_t dot = pattern.find('.'); dot != std::string::npos) {
    if (dot != model::kCategoryLength) return invalid("a dot stands after the third character");
    pattern.erase(dot, 1);
  }
  if (pattern.empty()) return invalid("it is empty");
  if (pattern.size() > model::kMaxCodeLength) return invalid("codes have at most 7 characters");
  if (!absl::ascii_isupper(pattern[0]) ||
      !std::all_of(pattern.begin(), pattern.end(), absl::ascii_isalnum)) {
    return invalid("a code begins with a letter and has letters and digits");
  }
  return pattern;
}

std::vector<image::NodeIndex> ListConcepts(const image::Image& image, const ListFilter& filter) {
  image::NodeIndex first = 0;
  auto last = static_cast<image::NodeIndex>(image.nodes().size());
  if (filter.under.has_value()) {
    first = *filter.under;
    last = image.node(*filter.under).end;
  }
  std::vector<image::NodeIndex> result;
  for (image::NodeIndex i = first; i < last; ++i) {
    const image::Node& node = image.node(i);
    if (filter.prefix.has_value() &&
        (node.row == nullptr || !absl::StartsWith(node.key, *filter.prefix))) {
      continue;
    }
    if (filter.range.has_value()) {
      // By order number and not by node: categories that could not be placed stand last
      // among the nodes, but where they belong in the order file.
      const auto& [from, to] = *filter.range;
      const uint32_t below = image.node(to).end - to - 1;
      if (node.row == nullptr || node.order_number < image.node(from).order_number ||
          node.order_number > image.node(to).order_number + below) {
        continue;
      }
    }
    if (!filter.kinds.empty() && !filter.kinds.contains(node.kind)) continue;
    if (filter.billable.has_value() && (node.row == nullptr || node.billable != *filter.billable)) {
      continue;
    }
    result.push_back(i);
  }
  return result;
}

bool IsComplete(const image::Image& image, const ListFilter& filter) {
  if (filter.under.has_value()) return !MayLackDescendants(image, *filter.under);
  const bool codes_alone =
      filter.prefix.has_value() || filter.range.has_value() || filter.billable.has_value() ||
      (!filter.kinds.empty() && !filter.kinds.contains(v1::CONCEPT_KIND_CHAPTER) &&
       !filter.kinds.contains(v1::CONCEPT_KIND_SECTION));
  return codes_alone || image.unplaced().empty();
}

}  // namespace codeset::query
