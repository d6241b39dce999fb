// Lists of concepts of one release by subtree, range, pattern, kind and billable flag.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// Conditions that all must hold; an absent one always does.
struct ListFilter {
  // The concept and what lies below it.
  std::optional<image::NodeIndex> under;
  // The undotted beginning of codes; see ParsePattern.
  std::optional<std::string> prefix;
  // Codes from the first through all that lies below the second, in tabular order.
  std::optional<std::pair<image::NodeIndex, image::NodeIndex>> range;
  absl::flat_hash_set<v1::ConceptKind> kinds;
  std::optional<bool> billable;
};

// Reads a pattern as coders write it, `E11.-`, `e11`, `T36.0X`, as the undotted beginning
// of codes. One character is enough (`E`). ARGUMENT_INVALID says what is wrong.
absl::StatusOr<std::string> ParsePattern(absl::string_view text);

// The concepts that meet the filter, in tabular order; those of categories that could not be
// placed come last.
std::vector<image::NodeIndex> ListConcepts(const image::Image& image, const ListFilter& filter);

// False where more concepts may meet the filter than are known, since a category could not
// be placed: it may lie below `under`, and its chapter may be one that is not known.
bool IsComplete(const image::Image& image, const ListFilter& filter);

}  // namespace codeset::query
