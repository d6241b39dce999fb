// A concept as a row of a table: what is one value has a column, what repeats (notes, 7th
// characters) is one column of bytes. So PostgreSQL and SQLite hold what the others hold.
//
// Thread-safe: a value and free functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"

namespace codeset::bench {

// The columns, in this order: `rest` is the concept without what the other columns hold.
inline constexpr absl::string_view kConceptColumns =
    "id, kind, title, short_title, billable, tabular_title, parent_id, child_count, order_number, "
    "chapter_id, section_id, placement, tabular_state, poa_exempt, rest";
inline constexpr int kConceptColumnCount = 15;

// See above.
struct ConceptRow {
  std::string id;
  int32_t kind = 0;
  std::string title;
  std::string short_title;
  bool billable = false;
  std::string tabular_title;
  std::string parent_id;
  int32_t child_count = 0;
  int32_t order_number = 0;
  std::string chapter_id;
  std::string section_id;
  int32_t placement = 0;
  int32_t tabular_state = 0;
  bool poa_exempt = false;
  std::string rest;
};

// A concept as a row.
ConceptRow ToRow(const v1::Concept& value);

}  // namespace codeset::bench
