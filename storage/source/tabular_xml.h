// Reads the tabular list's XML: chapters, sections, codes, notes, 7th characters.
//
// Everything that storage/FORMAT.md §1.2 counts as part of the list is read; an element
// or attribute that is not known there is an error, so that nothing is dropped unseen.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/model/release.h"
#include "storage/source/disagreement.h"

namespace codeset::source {

// What the file holds.
struct TabularDocument {
  // Sections are linked.
  model::Tabular tabular;
  // The text of `<version>`, which is no release id: `0`, `2014`, …
  std::string version;
  // EMPTY_NOTE, SECTION_INDEX_DIFFERS, SECTIONS_OVERLAP, CATEGORY_OUTSIDE_SECTION.
  std::vector<Disagreement> findings;
};

// Reads a tabular list. SOURCE_MALFORMED names line and reason where the file is not
// well-formed, declares entities, is an addenda in XML, holds an unknown element or
// attribute, or an id that is wrong, stands twice or in the wrong place.
absl::StatusOr<TabularDocument> ParseTabularXml(std::string name, std::string bytes);

}  // namespace codeset::source
