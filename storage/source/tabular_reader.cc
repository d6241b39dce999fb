#include "storage/source/tabular_reader.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/source/text.h"
#include "storage/source/visual_table.h"
#include "storage/source/xml_grammar.h"

namespace codeset::source {
namespace {

using model::TabularCategory;
using model::TabularChapter;
using model::TabularFacts;
using model::TabularSection;

bool IsChapterId(absl::string_view text) {
  return !text.empty() && text.size() <= 2 && text[0] != '0' &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsCategory(absl::string_view text) {
  return text.size() == model::kCategoryLength && model::IsCode(text);
}

bool IsSectionId(absl::string_view id) {
  const size_t dash = id.find('-');
  return dash != absl::string_view::npos && IsCategory(id.substr(0, dash)) &&
         IsCategory(id.substr(dash + 1)) && id.substr(0, dash) <= id.substr(dash + 1);
}

// Groups the texts of a container: a text that ends in a colon heads those after it,
// unless it is the last.
model::Note GroupNotes(model::NoteKind kind, std::vector<std::string> texts) {
  model::Note note{kind, {}};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (absl::EndsWith(texts[i], ":") && i + 1 < texts.size()) {
      note.groups.push_back({std::move(texts[i]), {}});
      continue;
    }
    if (note.groups.empty()) note.groups.emplace_back();
    note.groups.back().items.push_back(std::move(texts[i]));
  }
  return note;
}

}  // namespace

absl::StatusOr<TabularDocument> TabularReader::Read() {
  const pugi::xml_node root = xml_.root();
  if (absl::string_view(root.name()) != "ICD10CM.tabular") {
    return xml_.Malformed(
        root, absl::StrCat("the root element is <", root.name(), ">, not <ICD10CM.tabular>"));
  }
  RETURN_IF_ERROR(CheckElement(xml_, root));
  if (root.attribute("isAddenda").as_bool()) {
    return xml_.Malformed(root, "isAddenda says that this is an addenda, not a tabular list");
  }
  TabularDocument document;
  for (const pugi::xml_node child : root.children()) {
    const absl::string_view name = child.name();
    if (name == "version") {
      RETURN_IF_ERROR(CheckElement(xml_, child));
      document.version = TextOf(child);
    } else if (name == "chapter") {
      ASSIGN_OR_RETURN(TabularChapter chapter, ReadChapter(child));
      document.tabular.chapters.push_back(std::move(chapter));
    }
  }
  if (document.tabular.chapters.empty()) return xml_.Malformed(root, "it holds no chapter");
  document.findings = findings_.Take();
  return document;
}

absl::StatusOr<TabularChapter> TabularReader::ReadChapter(pugi::xml_node node) {
  RETURN_IF_ERROR(CheckElement(xml_, node));
  TabularChapter chapter;
  ASSIGN_OR_RETURN(chapter.id, OnlyText(node, "name"));
  if (!IsChapterId(chapter.id)) {
    return xml_.Malformed(node, absl::StrCat("a chapter's name is a number from 1 to 99, not ",
                                             model::Quoted(chapter.id)));
  }
  RETURN_IF_ERROR(CheckNew(node, "chapter", chapter.id));
  ASSIGN_OR_RETURN(chapter.title, OnlyText(node, "desc"));
  ASSIGN_OR_RETURN(chapter.facts, ReadFacts(node, absl::StrCat("chapter ", chapter.id)));
  for (const pugi::xml_node child : node.children("section")) {
    ASSIGN_OR_RETURN(TabularSection section, ReadSection(child));
    chapter.sections.push_back(std::move(section));
  }
  RETURN_IF_ERROR(CheckIndex(node, chapter));
  for (const auto& [one, other] : model::LinkSections(chapter)) {
    findings_.Add(DisagreementClass::kSectionsOverlap, absl::StrCat(one, " and ", other));
  }
  return chapter;
}

absl::StatusOr<TabularSection> TabularReader::ReadSection(pugi::xml_node node) {
  RETURN_IF_ERROR(CheckElement(xml_, node));
  TabularSection section;
  section.id = model::SectionId(CleanText(node.attribute("id").value()));
  if (!IsSectionId(section.id)) {
    return xml_.Malformed(node, absl::StrCat("a section's id is one or two categories, as A00-A09; "
                                             "found ",
                                             model::Quoted(node.attribute("id").value())));
  }
  RETURN_IF_ERROR(CheckNew(node, "section", section.id));
  if (node.child("name")) return xml_.Malformed(node.child("name"), "a section has no <name>");
  ASSIGN_OR_RETURN(section.title, OnlyText(node, "desc"));
  ASSIGN_OR_RETURN(section.facts, ReadFacts(node, section.id));
  for (const pugi::xml_node child : node.children("diag")) {
    TabularCategory category;
    RETURN_IF_ERROR(ReadDiag(child, "", category));
    section.categories.push_back(std::move(category));
  }
  CheckPlaces(section);
  return section;
}

absl::Status TabularReader::ReadDiag(pugi::xml_node node, absl::string_view parent,
                                     TabularCategory& category) {
  // Each step down is at least one character longer, save that the publisher once nested
  // a code under a neighbour; a file that nests deeper is not a tabular list.
  constexpr int kMaxDepth = 16;
  int depth = 0;
  for (pugi::xml_node above = node; above; above = above.parent()) ++depth;
  if (depth > kMaxDepth) return xml_.Malformed(node, "elements are nested too deep");
  RETURN_IF_ERROR(CheckElement(xml_, node));
  ASSIGN_OR_RETURN(const std::string code, ReadCode(node, parent, category));
  model::Diag diag;
  diag.code = code;
  diag.xml_parent = std::string(parent);
  const absl::string_view placeholder = node.attribute("placeholder").as_string("false");
  if (placeholder != "true" && placeholder != "false") {
    return xml_.Malformed(
        node, absl::StrCat("placeholder is true or false, not ", model::Quoted(placeholder)));
  }
  diag.placeholder = placeholder == "true";
  ASSIGN_OR_RETURN(diag.title, OnlyText(node, "desc"));
  ASSIGN_OR_RETURN(diag.facts, ReadFacts(node, code));
  if (parent.empty()) category.code = code;
  category.diags.push_back(std::move(diag));
  for (const pugi::xml_node child : node.children("diag")) {
    RETURN_IF_ERROR(ReadDiag(child, code, category));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TabularReader::ReadCode(pugi::xml_node node, absl::string_view parent,
                                                    const TabularCategory& category) {
  ASSIGN_OR_RETURN(const std::string name, OnlyText(node, "name"));
  std::string code = name;
  if (const size_t dot = code.find('.'); dot != std::string::npos) code.erase(dot, 1);
  if (!model::IsCode(code) || model::DottedCode(code) != name) {
    return xml_.Malformed(node,
                          absl::StrCat("a code is written as M99.86, not ", model::Quoted(name)));
  }
  if (parent.empty() && code.size() != model::kCategoryLength) {
    return xml_.Malformed(node, absl::StrCat(name,
                                             " stands directly in a section, where only "
                                             "categories of three characters stand"));
  }
  if (!parent.empty() && model::CategoryOf(code) != category.code) {
    return xml_.Malformed(node, absl::StrCat(name, " stands in category ", category.code,
                                             ", to which it does not belong"));
  }
  RETURN_IF_ERROR(CheckNew(node, "code", name));
  return code;
}

absl::StatusOr<TabularFacts> TabularReader::ReadFacts(pugi::xml_node node, absl::string_view id) {
  TabularFacts facts;
  for (const pugi::xml_node child : node.children()) {
    const absl::string_view name = child.name();
    if (const std::optional<model::NoteKind> kind = model::NoteKindFromName(name)) {
      ASSIGN_OR_RETURN(std::vector<std::string> texts, ReadNotes(child, id));
      if (!texts.empty()) facts.notes.push_back(GroupNotes(*kind, std::move(texts)));
    } else if (name == "sevenChrNote" || name == "sevenChrDef") {
      if (!facts.seventh_characters.has_value()) facts.seventh_characters.emplace();
      RETURN_IF_ERROR(ReadSeventhCharacters(child, id, *facts.seventh_characters));
    } else if (name == "visualImpairment") {
      ASSIGN_OR_RETURN(std::vector<model::VisualCategory> rows, ReadVisualTable(xml_, child));
      std::move(rows.begin(), rows.end(), std::back_inserter(facts.visual_impairment));
    }
  }
  return facts;
}

absl::StatusOr<std::vector<std::string>> TabularReader::ReadNotes(pugi::xml_node container,
                                                                  absl::string_view id) {
  RETURN_IF_ERROR(CheckElement(xml_, container));
  std::vector<std::string> texts;
  bool has_empty = !container.first_child();
  for (const pugi::xml_node note : container.children()) {
    RETURN_IF_ERROR(CheckElement(xml_, note));
    std::string text = TextOf(note);
    if (text.empty()) {
      has_empty = true;
    } else {
      texts.push_back(std::move(text));
    }
  }
  if (has_empty) {
    findings_.Add(DisagreementClass::kEmptyNote,
                  absl::StrCat(model::FormatConceptKey(id), ": <", container.name(), ">, line ",
                               xml_.LineOf(container)));
  }
  return texts;
}

absl::Status TabularReader::ReadSeventhCharacters(pugi::xml_node node, absl::string_view id,
                                                  model::SeventhCharacters& seventh) {
  if (absl::string_view(node.name()) == "sevenChrNote") {
    ASSIGN_OR_RETURN(std::vector<std::string> texts, ReadNotes(node, id));
    std::move(texts.begin(), texts.end(), std::back_inserter(seventh.instructions));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckElement(xml_, node));
  for (const pugi::xml_node child : node.children()) {
    RETURN_IF_ERROR(CheckElement(xml_, child));
    std::string text = TextOf(child);
    if (absl::string_view(child.name()) == "note") {
      if (seventh.characters.empty()) {
        return xml_.Malformed(child, "a note stands before the first 7th character");
      }
      if (!text.empty()) seventh.characters.back().notes.push_back(std::move(text));
      continue;
    }
    const std::string character = CleanText(child.attribute("char").value());
    if (character.size() != 1 ||
        !(absl::ascii_isdigit(character[0]) || absl::ascii_isupper(character[0]))) {
      return xml_.Malformed(
          child, absl::StrCat("char is one letter or digit, not ", model::Quoted(character)));
    }
    if (std::any_of(seventh.characters.begin(), seventh.characters.end(),
                    [&](const auto& known) { return known.character == character; })) {
      return xml_.Malformed(child, absl::StrCat("7th character ", character, " stands twice"));
    }
    seventh.characters.push_back({character, std::move(text), {}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TabularReader::OnlyText(pugi::xml_node node, const char* name) {
  const pugi::xml_node child = node.child(name);
  if (!child) return xml_.Malformed(node, absl::StrCat("<", node.name(), "> has no <", name, ">"));
  if (child.next_sibling(name)) {
    return xml_.Malformed(child.next_sibling(name), absl::StrCat("a second <", name, ">"));
  }
  RETURN_IF_ERROR(CheckElement(xml_, child));
  std::string text = TextOf(child);
  if (text.empty()) return xml_.Malformed(child, absl::StrCat("<", name, "> is empty"));
  return text;
}

absl::Status TabularReader::CheckNew(pugi::xml_node node, absl::string_view what,
                                     absl::string_view id) {
  const int line = xml_.LineOf(node);
  const auto [place, is_new] = lines_.emplace(id, line);
  if (is_new) return absl::OkStatus();
  return xml_.Malformed(node,
                        absl::StrCat(what, " ", id, " stands on line ", place->second, " already"));
}

absl::Status TabularReader::CheckIndex(pugi::xml_node node, const TabularChapter& chapter) {
  std::vector<std::string> listed;
  const auto differs = [&](absl::string_view id, absl::string_view how) {
    findings_.Add(DisagreementClass::kSectionIndexDiffers,
                  absl::StrCat("chapter ", chapter.id, ": ", id, " ", how));
  };
  for (const pugi::xml_node index : node.children("sectionIndex")) {
    RETURN_IF_ERROR(CheckElement(xml_, index));
    for (const pugi::xml_node ref : index.children()) {
      RETURN_IF_ERROR(CheckElement(xml_, ref));
      std::string id = model::SectionId(CleanText(ref.attribute("id").value()));
      if (id != absl::StrCat(ref.attribute("first").value(), "-", ref.attribute("last").value())) {
        differs(id, "is listed with another first or last category");
      }
      if (std::none_of(chapter.sections.begin(), chapter.sections.end(),
                       [&](const TabularSection& section) { return section.id == id; })) {
        differs(id, "is listed but does not stand there");
      } else {
        listed.push_back(std::move(id));
      }
    }
  }
  size_t next = 0;
  for (const TabularSection& section : chapter.sections) {
    if (std::find(listed.begin(), listed.end(), section.id) == listed.end()) {
      differs(section.id, "is not listed");
    } else if (next < listed.size() && listed[next++] != section.id) {
      differs(section.id, "is listed in another place");
    }
  }
  return absl::OkStatus();
}

void TabularReader::CheckPlaces(const TabularSection& section) {
  for (const TabularCategory& category : section.categories) {
    if (section.first() <= category.code && category.code <= section.last()) continue;
    findings_.Add(DisagreementClass::kCategoryOutsideSection,
                  absl::StrCat(category.code, " stands in ", section.id));
  }
}

}  // namespace codeset::source
