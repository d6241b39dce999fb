#include "tests/benchmark/concept_rows.h"

namespace codeset::bench {

ConceptRow ToRow(const v1::Concept& value) {
  ConceptRow row;
  row.id = value.id();
  row.kind = value.kind();
  row.title = value.title();
  row.short_title = value.short_title();
  row.billable = value.billable();
  row.tabular_title = value.tabular_title();
  row.parent_id = value.parent_id();
  row.child_count = value.child_count();
  row.order_number = value.order_number();
  row.chapter_id = value.chapter_id();
  row.section_id = value.section_id();
  row.placement = value.placement();
  row.tabular_state = value.tabular_state();
  row.poa_exempt = value.poa_exempt();
  v1::Concept rest = value;
  rest.clear_id();
  rest.clear_kind();
  rest.clear_title();
  rest.clear_short_title();
  rest.clear_billable();
  rest.clear_tabular_title();
  rest.clear_parent_id();
  rest.clear_child_count();
  rest.clear_order_number();
  rest.clear_chapter_id();
  rest.clear_section_id();
  rest.clear_placement();
  rest.clear_tabular_state();
  rest.clear_poa_exempt();
  row.rest = rest.SerializeAsString();
  return row;
}

}  // namespace codeset::bench
