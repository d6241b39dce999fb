#include "tests/fuzz/tabular_writer.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "storage/model/concept_id.h"

namespace codeset::fuzz {
namespace {

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&#34;"}});
}

std::string Element(absl::string_view name, absl::string_view text) {
  return absl::StrCat("<", name, ">", Escaped(text), "</", name, ">\n");
}

std::string Optional(absl::string_view name, const std::optional<std::string>& text) {
  return text.has_value() ? Element(name, *text) : "";
}

std::string Bound(absl::string_view name, const std::optional<model::VisualBound>& bound) {
  if (!bound.has_value()) return "";
  return absl::StrCat("<", name, ">", Optional("heading", bound->heading),
                      Optional("value", bound->value), "</", name, ">");
}

std::string Visual(const model::VisualCategory& category) {
  std::string ranges;
  for (const model::VisualRange& range : category.ranges) {
    absl::StrAppend(&ranges, "<visRange>", Optional("heading", range.heading),
                    Bound("visMax", range.maximum), Bound("visMin", range.minimum), "</visRange>");
  }
  return absl::StrCat("<visCategory>", Optional("heading", category.heading),
                      Optional("value", category.value), ranges, "</visCategory>");
}

std::string Note(const model::Note& note) {
  std::string notes;
  for (const model::NoteGroup& group : note.groups) {
    absl::StrAppend(&notes, Optional("note", group.heading));
    for (const std::string& item : group.items) absl::StrAppend(&notes, Element("note", item));
  }
  const absl::string_view kind = model::NoteKindName(note.kind);
  return absl::StrCat("<", kind, ">", notes, "</", kind, ">\n");
}

std::string Facts(const model::TabularFacts& facts) {
  std::string text;
  for (const model::Note& note : facts.notes) absl::StrAppend(&text, Note(note));
  if (facts.seventh_characters.has_value()) {
    absl::StrAppend(&text, "<sevenChrNote>");
    for (const std::string& line : facts.seventh_characters->instructions) {
      absl::StrAppend(&text, Element("note", line));
    }
    absl::StrAppend(&text, "</sevenChrNote><sevenChrDef>");
    for (const model::SeventhCharacter& one : facts.seventh_characters->characters) {
      absl::StrAppend(&text, "<extension char=\"", Escaped(one.character), "\">",
                      Escaped(one.meaning), "</extension>");
      for (const std::string& note : one.notes) absl::StrAppend(&text, Element("note", note));
    }
    absl::StrAppend(&text, "</sevenChrDef>\n");
  }
  if (!facts.visual_impairment.empty()) {
    absl::StrAppend(&text, "<visualImpairment>");
    for (const model::VisualCategory& category : facts.visual_impairment) {
      absl::StrAppend(&text, Visual(category));
    }
    absl::StrAppend(&text, "</visualImpairment>\n");
  }
  return text;
}

// Writes the diag at `place` of a category with all that the XML nests in it; `place` is then the
// next.
std::string Diag(const model::TabularCategory& category, size_t& place) {
  const model::Diag& diag = category.diags[place++];
  std::string text = absl::StrCat(diag.placeholder ? "<diag placeholder=\"true\">" : "<diag>",
                                  Element("name", model::DottedCode(diag.code)),
                                  Element("desc", diag.title), Facts(diag.facts));
  while (place < category.diags.size() && category.diags[place].xml_parent == diag.code) {
    absl::StrAppend(&text, Diag(category, place));
  }
  return absl::StrCat(text, "</diag>\n");
}

std::string Section(const model::TabularSection& section) {
  std::string text = absl::StrCat("<section id=\"", section.id, "\">",
                                  Element("desc", section.title), Facts(section.facts));
  for (const model::TabularCategory& category : section.categories) {
    for (size_t place = 0; place < category.diags.size();) {
      absl::StrAppend(&text, Diag(category, place));
    }
  }
  return absl::StrCat(text, "</section>\n");
}

}  // namespace

std::string WriteTabularXml(const model::Tabular& tabular, const std::string& version) {
  std::string text = absl::StrCat("<ICD10CM.tabular>", Element("version", version));
  for (const model::TabularChapter& chapter : tabular.chapters) {
    absl::StrAppend(&text, "<chapter>", Element("name", chapter.id), Element("desc", chapter.title),
                    Facts(chapter.facts));
    for (const model::TabularSection& section : chapter.sections) {
      absl::StrAppend(&text, Section(section));
    }
    absl::StrAppend(&text, "</chapter>\n");
  }
  return absl::StrCat(text, "</ICD10CM.tabular>\n");
}

}  // namespace codeset::fuzz
