// The chapters and sections of a tabular list, without what lies in their categories:
// the skeleton that a release without a tabular list takes on loan.
//
// Thread-safe because immutable once read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/image/page.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::image {

// A chapter or a section.
struct StructureNode {
  // `13` or `M99-M99`.
  std::string id;
  bool is_chapter = false;
  std::string title;
  model::TabularFacts facts;
  // Place in `Structure::nodes` of what it lies directly within; -1 for a chapter.
  int parent = -1;
  // True where sections lie directly within it.
  bool has_sections = false;
  // Of its page.
  model::Digest digest;
};

// A category as the tabular list places it.
struct StructureCategory {
  // Place in `Structure::nodes` of its section.
  int section = -1;
  // Of its tabular page.
  model::Digest digest;
};

// Chapters and sections in tabular order, each before what lies within it.
struct Structure {
  std::vector<StructureNode> nodes;
  absl::flat_hash_map<std::string, StructureCategory> categories;
};

// Reads the skeleton of the tabular group whose root page has the given digest.
absl::StatusOr<Structure> ReadStructure(const PageReader& reader, const model::Digest& root);

// The same of what one category lies in and of nothing else, found through the sections whose
// ranges include it, so that few pages are read. Nothing where that does not lead to it: the list
// lacks the category, or has it outside the range of its section.
absl::StatusOr<std::optional<Structure>> ReadStructureAbove(const PageReader& reader,
                                                            const model::Digest& root,
                                                            absl::string_view category);

// The section of each category of a release, as places in `structure.nodes`, -1 where it
// cannot be told. `categories` are those of the release, in tabular order. A category that
// the structure knows lies where it says. Another lies in the section that holds its
// nearest neighbours on both sides, where that is the same one; else in the one section
// without subsections whose range, read byte by byte, includes it.
std::vector<int> PlaceCategories(const Structure& structure,
                                 const std::vector<absl::string_view>& categories);

}  // namespace codeset::image
