#include "storage/source/visual_table.h"

#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/status_macros.h"
#include "storage/source/text.h"
#include "storage/source/xml_grammar.h"

namespace codeset::source {
namespace {

// The canonical form has one place for each part, in the schema's order; of `parts`, only
// `repeated` may come more than once.
absl::Status CheckParts(const XmlDocument& xml, pugi::xml_node element,
                        std::initializer_list<absl::string_view> parts,
                        absl::string_view repeated = "") {
  RETURN_IF_ERROR(CheckElement(xml, element));
  auto place = parts.begin();
  absl::string_view last;
  for (const pugi::xml_node child : element.children()) {
    const absl::string_view name = child.name();
    while (place != parts.end() && *place != name) ++place;
    if (place == parts.end() || (name == last && name != repeated)) {
      return xml.Malformed(child, absl::StrCat("<", name, "> stands twice or out of order in <",
                                               element.name(), ">"));
    }
    last = name;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> PartText(const XmlDocument& xml, pugi::xml_node element,
                                                    const char* name) {
  const pugi::xml_node part = element.child(name);
  if (!part) return std::optional<std::string>();
  RETURN_IF_ERROR(CheckElement(xml, part));
  return std::optional<std::string>(TextOf(part));
}

absl::StatusOr<std::optional<model::VisualBound>> ReadBound(const XmlDocument& xml,
                                                            pugi::xml_node element) {
  if (!element) return std::optional<model::VisualBound>();
  RETURN_IF_ERROR(CheckParts(xml, element, {"heading", "value"}));
  model::VisualBound bound;
  ASSIGN_OR_RETURN(bound.heading, PartText(xml, element, "heading"));
  ASSIGN_OR_RETURN(bound.value, PartText(xml, element, "value"));
  return std::optional<model::VisualBound>(std::move(bound));
}

absl::StatusOr<model::VisualRange> ReadRange(const XmlDocument& xml, pugi::xml_node element) {
  RETURN_IF_ERROR(CheckParts(xml, element, {"heading", "visMax", "visMin"}));
  model::VisualRange range;
  ASSIGN_OR_RETURN(range.heading, PartText(xml, element, "heading"));
  ASSIGN_OR_RETURN(range.maximum, ReadBound(xml, element.child("visMax")));
  ASSIGN_OR_RETURN(range.minimum, ReadBound(xml, element.child("visMin")));
  return range;
}

}  // namespace

std::string TextOf(pugi::xml_node element) {
  const pugi::xml_node only = element.first_child();
  if (!only.next_sibling()) return CleanText(only.value());
  // A comment or CDATA splits text.
  std::string text;
  for (const pugi::xml_node part : element.children()) absl::StrAppend(&text, part.value());
  return CleanText(text);
}

absl::StatusOr<std::vector<model::VisualCategory>> ReadVisualTable(const XmlDocument& xml,
                                                                   pugi::xml_node table) {
  RETURN_IF_ERROR(CheckElement(xml, table));
  std::vector<model::VisualCategory> rows;
  for (const pugi::xml_node element : table.children()) {
    RETURN_IF_ERROR(CheckParts(xml, element, {"heading", "value", "visRange"}, "visRange"));
    model::VisualCategory row;
    ASSIGN_OR_RETURN(row.heading, PartText(xml, element, "heading"));
    ASSIGN_OR_RETURN(row.value, PartText(xml, element, "value"));
    for (const pugi::xml_node child : element.children("visRange")) {
      ASSIGN_OR_RETURN(model::VisualRange range, ReadRange(xml, child));
      row.ranges.push_back(std::move(range));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace codeset::source
