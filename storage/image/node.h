// A concept as an image puts it together (image.h).
//
// A value whose views and pointers are into its image, which must outlive it.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "storage/image/structure.h"
#include "storage/model/canonical.h"

namespace codeset::image {

// The place of a concept in an image.
using NodeIndex = uint32_t;

// No node: the parent of a chapter, and of a category that could not be placed.
inline constexpr NodeIndex kNoNode = UINT32_MAX;

// A concept as Image::node puts it together. Exactly one of `row` and `structure` is there.
struct Node {
  // `M9986`, `M99-M99` or `13`.
  absl::string_view key;
  NodeIndex parent = kNoNode;
  // One past the last node below it.
  NodeIndex end = 0;
  // Its row in the order file, from 1; 0 for chapters and sections.
  uint32_t order_number = 0;
  v1::ConceptKind kind = v1::CONCEPT_KIND_UNSPECIFIED;
  bool billable = false;
  // On the list of POA-exempt codes that is in force; says nothing where that is not known.
  bool poa_exempt = false;
  // False for a category, and all below it, that no tabular list places.
  bool placed = true;
  // Of a code.
  const model::OrderRowView* row = nullptr;
  // Of a code that the release's own tabular list has a `<diag>` for.
  const model::Diag* diag = nullptr;
  // What the diag says, told without reading it: its title is not that of the row; it has a
  // placeholder.
  bool tabular_title_differs = false;
  bool placeholder = false;
  // Of a chapter or section.
  const StructureNode* structure = nullptr;
};

}  // namespace codeset::image
