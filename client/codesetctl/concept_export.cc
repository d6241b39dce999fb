#include "client/codesetctl/concept_export.h"

#include "absl/strings/str_cat.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

std::string Flag(bool there, bool value) {
  if (!there) return "";
  return value ? "true" : "false";
}

}  // namespace

std::string ConceptExportHeading() {
  return FormatCsvRecord({"id", "kind", "billable", "title", "short_title", "tabular_title",
                          "parent_id", "chapter_id", "section_id", "placement", "order_number",
                          "placeholder", "poa_exempt", "tabular_state"});
}

std::string ConceptExportRecord(const v1::Concept& item) {
  return FormatCsvRecord(
      {item.id(), NameOf(item.kind()), Flag(item.has_billable(), item.billable()), item.title(),
       item.short_title(), item.tabular_title(), item.parent_id(), item.chapter_id(),
       item.section_id(), NameOf(item.placement()),
       item.has_order_number() ? absl::StrCat(item.order_number()) : "",
       Flag(item.has_placeholder(), item.placeholder()),
       Flag(item.has_poa_exempt(), item.poa_exempt()), NameOf(item.tabular_state())});
}

std::string ConceptExportHeader(const client::ConceptsHeader& header) {
  return JsonLine({{"release", ToJson(header.release)},
                   {"totalSize", absl::StrCat(header.total_size.value_or(0))},
                   {"complete", header.complete ? "true" : "false"}});
}

std::string ConceptExportLine(const v1::Concept& item) { return ToJson(item) + "\n"; }

}  // namespace codeset::ctl
