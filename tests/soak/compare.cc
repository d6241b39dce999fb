#include "tests/soak/compare.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace codeset::soak {
namespace {

constexpr char kLine[] = "\x1e";
constexpr char kPart[] = "\x1f";

// Collects what differs; the first of it is told.
class Comparison {
 public:
  explicit Comparison(std::string about) : about_(std::move(about)) {}

  template <typename Expected, typename Actual>
  void Same(absl::string_view what, const Expected& expected, const Actual& actual) {
    if (!found_.empty() || expected == actual) return;
    found_ = absl::StrCat(about_, ": ", what, ": expected '", expected, "', came '", actual, "'");
  }
  const std::string& found() const { return found_; }

 private:
  std::string about_;
  std::string found_;
};

std::string TagOf(v1::NoteKind kind) {
  static const std::map<v1::NoteKind, std::string> tags = {
      {v1::NOTE_KIND_INCLUDES, "includes"},
      {v1::NOTE_KIND_EXCLUDES1, "excludes1"},
      {v1::NOTE_KIND_EXCLUDES2, "excludes2"},
      {v1::NOTE_KIND_CODE_FIRST, "codeFirst"},
      {v1::NOTE_KIND_CODE_ALSO, "codeAlso"},
      {v1::NOTE_KIND_USE_ADDITIONAL_CODE, "useAdditionalCode"},
      {v1::NOTE_KIND_NOTE, "notes"},
      {v1::NOTE_KIND_INCLUSION_TERM, "inclusionTerm"}};
  const auto found = tags.find(kind);
  return found == tags.end() ? "?" : found->second;
}

void AddLines(const v1::Note& note, std::vector<std::string>* lines) {
  lines->push_back(TagOf(note.kind()));
  for (const v1::NoteGroup& group : note.groups()) {
    if (group.has_heading()) lines->push_back("heading " + group.heading());
    for (const std::string& item : group.items()) lines->push_back("item " + item);
  }
}

void AddBound(const v1::VisualAcuityBound& bound, std::vector<std::string>* texts) {
  if (bound.has_heading()) texts->push_back(bound.heading());
  if (bound.has_value()) texts->push_back(bound.value());
}

std::string TableText(const v1::VisualImpairmentTable& table) {
  std::vector<std::string> texts;
  for (const v1::VisualImpairmentCategory& category : table.categories()) {
    if (category.has_heading()) texts.push_back(category.heading());
    if (category.has_value()) texts.push_back(category.value());
    for (const v1::VisualAcuityRange& range : category.ranges()) {
      if (range.has_heading()) texts.push_back(range.heading());
      AddBound(range.maximum(), &texts);
      AddBound(range.minimum(), &texts);
    }
  }
  return absl::StrJoin(texts, kLine);
}

// The notes that apply must have all of the concept's own and of what it lies under, nearest
// first, but for inclusion terms of others and for what Excludes say of the concept itself: their
// items may be fewer, and are not judged one by one here.
std::vector<std::string> WithoutExcludes(absl::string_view text) {
  std::vector<std::string> kept;
  bool keep = false;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(kLine[0], begin), text.size());
    const absl::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    const bool note = line.substr(0, 5) != "item " && line.substr(0, 8) != "heading ";
    if (note) keep = line.substr(0, 8) != "excludes";
    if (keep) kept.emplace_back(line);
  }
  return kept;
}

std::string EffectiveText(const ReleaseFacts& release, const ConceptFacts& concept_facts) {
  std::vector<std::string> lines = WithoutExcludes(concept_facts.notes);
  for (const ConceptFacts* above : release.AncestorsOf(concept_facts)) {
    bool keep = true;
    for (std::string& line : WithoutExcludes(above->notes)) {
      const bool note = line.rfind("item ", 0) != 0 && line.rfind("heading ", 0) != 0;
      if (note) keep = line != "inclusionTerm";
      if (keep) lines.push_back(std::move(line));
    }
  }
  return absl::StrJoin(lines, kLine);
}

std::string EffectiveText(const v1::Concept& actual) {
  std::vector<std::string> lines;
  for (const v1::EffectiveNote& note : actual.effective_notes()) {
    if (note.note().kind() == v1::NOTE_KIND_EXCLUDES1 ||
        note.note().kind() == v1::NOTE_KIND_EXCLUDES2) {
      continue;
    }
    AddLines(note.note(), &lines);
  }
  return absl::StrJoin(lines, kLine);
}

absl::string_view NameOf(v1::TabularState state) { return v1::TabularState_Name(state); }

void CompareTabular(const ReleaseFacts& release, const ConceptFacts& expected, v1::ConceptView view,
                    const v1::Concept& actual, Comparison* comparison) {
  if (view == v1::CONCEPT_VIEW_BASIC || view == v1::CONCEPT_VIEW_UNSPECIFIED) {
    comparison->Same("tabular state", NameOf(v1::TABULAR_STATE_NOT_REQUESTED),
                     NameOf(actual.tabular_state()));
    comparison->Same("notes of a basic view", 0, actual.notes_size());
    return;
  }
  comparison->Same(
      "tabular state",
      NameOf(release.tabular() ? v1::TABULAR_STATE_KNOWN : v1::TABULAR_STATE_NOT_KNOWN),
      NameOf(actual.tabular_state()));
  comparison->Same("notes", expected.notes, NotesText(actual.notes()));
  comparison->Same("7th characters", expected.seventh,
                   actual.has_seventh_characters() ? SeventhText(actual.seventh_characters()) : "");
  comparison->Same("table", expected.table, TableText(actual.visual_impairment()));
  comparison->Same("placeholder", expected.placeholder, actual.placeholder());
  if (view == v1::CONCEPT_VIEW_EFFECTIVE) {
    comparison->Same("notes that apply", EffectiveText(release, expected), EffectiveText(actual));
  }
}

}  // namespace

std::string NotesText(const google::protobuf::RepeatedPtrField<v1::Note>& notes) {
  std::vector<std::string> lines;
  for (const v1::Note& note : notes) AddLines(note, &lines);
  return absl::StrJoin(lines, kLine);
}

std::string SeventhText(const v1::SeventhCharacterDefinition& definition) {
  std::vector<std::string> lines = {"seventh"};
  for (const std::string& text : definition.instructions()) lines.push_back("instruction " + text);
  for (const v1::SeventhCharacter& character : definition.characters()) {
    std::string line =
        absl::StrCat("character ", character.character(), kPart, character.meaning());
    for (const std::string& note : character.notes()) absl::StrAppend(&line, kPart, note);
    lines.push_back(std::move(line));
  }
  return absl::StrJoin(lines, kLine);
}

std::string DifferenceOf(const ReleaseFacts& release, const ConceptFacts& expected,
                         v1::ConceptView view, const ReleaseFacts* exempt_list,
                         const v1::Concept& actual) {
  Comparison comparison(absl::StrCat(expected.id, " in ", release.id));
  comparison.Same("id", expected.id, actual.id());
  comparison.Same("kind", v1::ConceptKind_Name(expected.kind), v1::ConceptKind_Name(actual.kind()));
  comparison.Same("title", expected.title, actual.title());
  comparison.Same("has a short title", expected.row, actual.has_short_title());
  comparison.Same("short title", expected.short_title, actual.short_title());
  comparison.Same("has a flag", expected.row, actual.has_billable());
  comparison.Same("billable", expected.billable, actual.billable());
  comparison.Same("has an order number", expected.row, actual.has_order_number());
  comparison.Same("order number", expected.order_number, actual.order_number());
  comparison.Same("parent", expected.parent, actual.parent_id());
  comparison.Same("children", expected.children.size(), static_cast<size_t>(actual.child_count()));
  comparison.Same("chapter", expected.chapter, actual.chapter_id());
  comparison.Same("section", expected.section, actual.section_id());
  comparison.Same("placement", v1::Placement_Name(expected.placement),
                  v1::Placement_Name(actual.placement()));
  comparison.Same("POA exemption is told", expected.billable && exempt_list != nullptr,
                  actual.has_poa_exempt());
  comparison.Same(
      "POA exemption",
      expected.billable && exempt_list != nullptr && exempt_list->exempt.contains(expected.id),
      actual.poa_exempt());
  CompareTabular(release, expected, view, actual, &comparison);
  return comparison.found();
}

std::string DifferenceOf(const ReleaseFacts& expected, const v1::ResolvedRelease& actual) {
  Comparison comparison("the release that answered");
  comparison.Same("id", expected.id, actual.release_id());
  comparison.Same("fingerprint", expected.fingerprint, actual.fingerprint());
  comparison.Same("effective date", expected.date, actual.effective_date());
  comparison.Same("structure from", expected.structure_from, actual.structure_from());
  comparison.Same("number of groups", expected.groups.size(),
                  static_cast<size_t>(actual.facet_groups_size()));
  for (const v1::FacetGroupFingerprint& group : actual.facet_groups()) {
    const auto found = expected.groups.find(group.group());
    comparison.Same(v1::FacetGroup_Name(group.group()),
                    found == expected.groups.end() ? "" : found->second, group.fingerprint());
  }
  return comparison.found();
}

std::string DifferenceOf(const std::string& what, const ReleaseFacts& release,
                         const std::vector<const ConceptFacts*>& expected, v1::ConceptView view,
                         const ReleaseFacts* exempt_list, const std::vector<v1::Concept>& actual) {
  for (size_t i = 0; i < expected.size() && i < actual.size(); ++i) {
    const std::string found = DifferenceOf(release, *expected[i], view, exempt_list, actual[i]);
    if (!found.empty()) return absl::StrCat(what, ": place ", i, ": ", found);
  }
  Comparison comparison(absl::StrCat(what, " in ", release.id));
  comparison.Same("how many", expected.size(), actual.size());
  return comparison.found();
}

}  // namespace codeset::soak
