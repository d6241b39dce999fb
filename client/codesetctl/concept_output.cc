#include "client/codesetctl/concept_output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/effective_output.h"
#include "client/codesetctl/json.h"

namespace codeset::ctl {
namespace {

constexpr char kNotKnown[] = "not known in this release";

std::string Place(const v1::Concept& item, const std::string& id) {
  if (item.placement() == v1::PLACEMENT_NOT_KNOWN) return kNotKnown;
  if (id.empty()) return "none";
  return item.placement() == v1::PLACEMENT_BORROWED
             ? absl::StrCat(id, " (on loan from another release)")
             : id;
}

// Below a category the parent follows from the codes alone; above, it is a place.
std::string Parent(const v1::Concept& item) {
  const bool below_category =
      item.kind() == v1::CONCEPT_KIND_SUBCATEGORY || item.kind() == v1::CONCEPT_KIND_CODE;
  return below_category ? item.parent_id() : Place(item, item.parent_id());
}

void Fact(std::string* out, absl::string_view name, absl::string_view value) {
  absl::StrAppendFormat(out, "  %-13s  %s\n", name, value);
}

void AppendSeventh(std::string* out, const v1::SeventhCharacterDefinition& definition) {
  absl::StrAppend(out, "  7th characters:\n");
  for (const std::string& instruction : definition.instructions()) {
    absl::StrAppend(out, "    ", instruction, "\n");
  }
  for (const v1::SeventhCharacter& character : definition.characters()) {
    absl::StrAppend(out, "    ", character.character(), "  ", character.meaning(), "\n");
    for (const std::string& note : character.notes()) {
      absl::StrAppend(out, "       ", note, "\n");
    }
  }
}

std::string BoundText(const v1::VisualAcuityBound& bound) {
  return bound.has_value() ? bound.value() : bound.heading();
}

void AppendVisualImpairment(std::string* out, const v1::VisualImpairmentTable& table) {
  absl::StrAppend(out, "  visual impairment:\n");
  for (const v1::VisualImpairmentCategory& category : table.categories()) {
    absl::StrAppend(out, "    ", category.has_value() ? category.value() : category.heading());
    for (const v1::VisualAcuityRange& range : category.ranges()) {
      absl::StrAppend(out, " | ", range.heading(), range.has_heading() ? " " : "",
                      BoundText(range.maximum()), " / ", BoundText(range.minimum()));
    }
    absl::StrAppend(out, "\n");
  }
}

// What the view `full` adds.
void AppendTabular(std::string* out, const v1::Concept& item) {
  if (item.tabular_state() == v1::TABULAR_STATE_NOT_KNOWN) {
    absl::StrAppend(out, "  notes: ", kNotKnown, "\n  7th characters: ", kNotKnown, "\n");
    return;
  }
  if (item.tabular_state() != v1::TABULAR_STATE_KNOWN) return;
  if (item.notes().empty()) absl::StrAppend(out, "  notes: none of its own\n");
  for (const v1::Note& note : item.notes()) {
    for (const std::string& line : NoteLines(note)) absl::StrAppend(out, "  ", line, "\n");
  }
  if (item.has_seventh_characters()) AppendSeventh(out, item.seventh_characters());
  if (item.has_visual_impairment()) AppendVisualImpairment(out, item.visual_impairment());
}

std::string BillableText(const v1::Concept& item, absl::string_view yes, absl::string_view no) {
  if (!item.has_billable()) return "";
  return std::string(item.billable() ? yes : no);
}

// Whether a billable code is exempt from present-on-admission reporting.
std::string PoaText(const v1::Concept& item) {
  if (!item.has_poa_exempt()) return "exemption not known in this release";
  return item.poa_exempt() ? "exempt from reporting" : "not exempt from reporting";
}

// The columns about the whole answer, last in every record.
std::vector<std::string> AnswerFields(const client::ConceptsHeader& header, Answers answers) {
  const std::string complete = header.complete ? "true" : "false";
  return {answers == Answers::kList ? complete : "", header.release.release_id(),
          header.release.fingerprint(), NameOf(header.release.coverage().kind()),
          header.release.structure_from()};
}

}  // namespace

std::string FormatConcept(const v1::Concept& item, Children children, v1::ConceptView view,
                          std::optional<int> columns) {
  std::string out = absl::StrCat(item.id(), "  ", item.title(), "\n");
  std::string kind = WordsOf(item.kind());
  if (item.has_billable())
    absl::StrAppend(&kind, item.billable() ? ", billable" : ", not billable");
  Fact(&out, "kind", kind);
  if (item.has_short_title()) Fact(&out, "short title", item.short_title());
  if (item.has_tabular_title()) Fact(&out, "tabular title", item.tabular_title());
  if (item.kind() != v1::CONCEPT_KIND_CHAPTER) {
    Fact(&out, "parent", Parent(item));
    Fact(&out, "chapter", Place(item, item.chapter_id()));
    Fact(&out, "section", Place(item, item.section_id()));
  }
  Fact(&out, "children",
       absl::StrCat(children == Children::kAtLeast ? "at least " : "", item.child_count()));
  if (item.has_order_number()) Fact(&out, "order number", absl::StrCat(item.order_number()));
  if (item.has_placeholder() && item.placeholder()) Fact(&out, "placeholder", "yes");
  if (item.has_billable() && item.billable()) Fact(&out, "POA", PoaText(item));
  if (view == v1::CONCEPT_VIEW_EFFECTIVE) {
    absl::StrAppend(&out, FormatEffective(item, columns));
    if (item.has_visual_impairment()) AppendVisualImpairment(&out, item.visual_impairment());
  } else {
    AppendTabular(&out, item);
  }
  return out;
}

Table ConceptTable(const std::vector<v1::Concept>& concepts) {
  Table table{{{"ID"}, {"KIND"}, {"BILLABLE"}, {"TITLE", /*shrinks=*/true}}, {}};
  for (const v1::Concept& item : concepts) {
    table.rows.push_back(
        {item.id(), WordsOf(item.kind()), BillableText(item, "yes", "no"), item.title()});
  }
  return table;
}

std::string ConceptCsvHeading(v1::ConceptView view) {
  std::vector<std::string> columns = {"outcome",
                                      "id",
                                      "kind",
                                      "billable",
                                      "title",
                                      "short_title",
                                      "tabular_title",
                                      "parent_id",
                                      "chapter_id",
                                      "section_id",
                                      "placement",
                                      "child_count",
                                      "order_number",
                                      "placeholder",
                                      "tabular_state",
                                      "notes",
                                      "seventh_characters",
                                      "poa_exempt",
                                      "complete",
                                      "release_id",
                                      "fingerprint",
                                      "coverage",
                                      "structure_from"};
  if (view == v1::CONCEPT_VIEW_EFFECTIVE) {
    for (std::string& column : EffectiveCsvColumns()) columns.push_back(std::move(column));
  }
  return FormatCsvRecord(columns);
}

std::string ConceptCsv(const v1::Concept& item, const client::ConceptsHeader& header,
                       Answers answers, v1::ConceptView view) {
  std::vector<std::string> fields = {
      "FOUND",
      item.id(),
      NameOf(item.kind()),
      BillableText(item, "true", "false"),
      item.title(),
      item.short_title(),
      item.tabular_title(),
      item.parent_id(),
      item.chapter_id(),
      item.section_id(),
      NameOf(item.placement()),
      absl::StrCat(item.child_count()),
      item.has_order_number() ? absl::StrCat(item.order_number()) : "",
      item.has_placeholder() ? (item.placeholder() ? "true" : "false") : "",
      NameOf(item.tabular_state()),
      NotesText(item.notes()),
      SeventhCharactersText(item.seventh_characters()),
      item.has_poa_exempt() ? (item.poa_exempt() ? "true" : "false") : ""};
  for (std::string& field : AnswerFields(header, answers)) fields.push_back(std::move(field));
  if (view == v1::CONCEPT_VIEW_EFFECTIVE) {
    for (std::string& field : EffectiveCsvFields(item)) fields.push_back(std::move(field));
  }
  return FormatCsvRecord(fields);
}

std::string FailureCsv(const v1::ConceptFailure& failure, const client::ConceptsHeader& header,
                       v1::ConceptView view) {
  std::vector<std::string> fields = {NameOf(failure.reason()), failure.id()};
  fields.resize(18);
  for (std::string& field : AnswerFields(header, Answers::kOneConcept))
    fields.push_back(std::move(field));
  if (view == v1::CONCEPT_VIEW_EFFECTIVE) {
    fields.resize(fields.size() + EffectiveCsvColumns().size());
  }
  return FormatCsvRecord(fields);
}

AnswerJson::AnswerJson(const client::ConceptsHeader& header)
    : release(ToJson(header.release)), complete(header.complete) {}

std::string AnswerJson::Line(const v1::Concept& item) const {
  return JsonLine(
      {{"release", release}, {"complete", complete ? "true" : "false"}, {"concept", ToJson(item)}});
}

std::string AnswerJson::EmptyLine() const {
  return JsonLine(
      {{"release", release}, {"complete", complete ? "true" : "false"}, {"totalSize", "0"}});
}

}  // namespace codeset::ctl
