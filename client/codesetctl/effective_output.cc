#include "client/codesetctl/effective_output.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/wrapped_text.h"

namespace codeset::ctl {
namespace {

constexpr char kNotKnown[] = "not known in this release";

// Where a note stands, as seen from the concept.
std::string Origin(const v1::Concept& item, const std::string& origin) {
  return origin == item.id() ? "" : absl::StrCat(" (from ", origin, ")");
}

void AddNote(const v1::Concept& item, const v1::EffectiveNote& effective, WrappedText& block) {
  const v1::Note& note = effective.note();
  block.Add(4, absl::StrCat(WordsOf(note.kind()), Origin(item, effective.origin_id()), ":"));
  for (const v1::NoteGroup& group : note.groups()) {
    if (group.has_heading()) block.Add(6, group.heading());
    for (const std::string& text : group.items()) block.Add(group.has_heading() ? 8 : 6, text);
  }
}

// The codes to add: only with more than one is there an order to tell.
void AddOrder(const v1::Concept& item, WrappedText& block) {
  if (item.add_on_order_size() < 2) return;
  block.Add(2, "codes to add, in this order:");
  int place = 0;
  for (const int index : item.add_on_order()) {
    if (index >= item.effective_notes_size()) continue;  // from a server that is not ours
    const v1::EffectiveNote& effective = item.effective_notes(index);
    google::protobuf::RepeatedPtrField<v1::Note> one;
    *one.Add() = effective.note();
    block.Add(4, absl::StrCat(++place, ". ", NotesText(one), Origin(item, effective.origin_id())));
  }
}

void AddNotes(const v1::Concept& item, WrappedText& block) {
  if (item.tabular_state() == v1::TABULAR_STATE_NOT_KNOWN) {
    block.Add(2, absl::StrCat("notes: ", kNotKnown));
    block.Add(2, absl::StrCat("7th characters: ", kNotKnown));
    return;
  }
  const bool whole = item.placement() != v1::PLACEMENT_NOT_KNOWN;
  if (item.effective_notes().empty()) {
    block.Add(2, whole ? "notes: none apply" : "notes: none known to apply");
  } else {
    block.Add(2, "notes that apply, nearest first:");
  }
  for (const v1::EffectiveNote& note : item.effective_notes()) AddNote(item, note, block);
  if (!whole) block.Add(2, "its chapter and section are not known; their notes may be missing");
  AddOrder(item, block);
  if (!item.has_effective_seventh_characters()) return;
  const v1::EffectiveSeventhCharacters& seventh = item.effective_seventh_characters();
  block.Add(2, absl::StrCat("7th characters", Origin(item, seventh.origin_id()), ":"));
  for (const std::string& text : seventh.definition().instructions()) block.Add(4, text);
  for (const v1::SeventhCharacter& character : seventh.definition().characters()) {
    block.Add(4, absl::StrCat(character.character(), "  ", character.meaning()));
    for (const std::string& note : character.notes()) block.Add(7, note);
  }
}

std::string SeventhUseText(v1::SeventhCharacterUse use) {
  switch (use) {
    case v1::SEVENTH_CHARACTER_USE_NONE:
      return "takes no 7th character";
    case v1::SEVENTH_CHARACTER_USE_REQUIRED:
      return "needs a 7th character:";
    case v1::SEVENTH_CHARACTER_USE_PRESENT:
      return "its last character is a 7th character";
    case v1::SEVENTH_CHARACTER_USE_BELOW:
      return "codes below it take a 7th character";
    case v1::SEVENTH_CHARACTER_USE_NOT_KNOWN:
      return "whether a 7th character applies is not known in this release";
    default:
      return "";
  }
}

// What tells a sibling apart: its words, and those that stand in their place here.
std::string SiblingText(const v1::SiblingCode& sibling) {
  std::string text = absl::StrCat(sibling.id(), "  ");
  if (sibling.its_words().empty() && sibling.own_words().empty()) {
    return absl::StrCat(text, sibling.title());
  }
  absl::StrAppend(&text, sibling.its_words().empty() ? "without" : sibling.its_words());
  if (!sibling.own_words().empty()) {
    absl::StrAppend(&text, sibling.its_words().empty() ? ": " : ", not ", sibling.own_words());
  }
  return text;
}

// `codes_alone`: 7th characters are told from the release's codes, without a tabular list.
void AddFacts(const v1::CodeFacts& facts, bool codes_alone, WrappedText& block) {
  std::vector<std::string> lines;
  if (facts.laterality() == v1::LATERALITY_UNSPECIFIED_SIDE) {
    lines.push_back("side: unspecified; other codes name one");
  } else if (facts.laterality() != v1::LATERALITY_UNSPECIFIED) {
    lines.push_back(absl::StrCat("side: ", WordsOf(facts.laterality())));
  }
  if (facts.unspecified()) lines.push_back("stands for what the record does not specify");
  if (facts.other_specified()) lines.push_back("stands for what has no code of its own");
  if (facts.manifestation()) {
    lines.push_back("a manifestation: never the first code (guidelines, I.A.13)");
  }
  if (!facts.placeholder_positions().empty()) {
    lines.push_back(
        absl::StrCat("placeholder X at ", absl::StrJoin(facts.placeholder_positions(), ", ")));
  }
  if (std::string text = SeventhUseText(facts.seventh_character_use()); !text.empty()) {
    lines.push_back(codes_alone ? absl::StrCat("by the codes alone: ", text) : std::move(text));
  }
  if (!lines.empty()) block.Add(2, "facts:");
  for (const std::string& line : lines) block.Add(4, line);
  for (const v1::CompletingCharacter& character : facts.seventh_characters()) {
    block.Add(6, absl::StrCat(character.character(), "  ", character.code_id(), "  ",
                              character.meaning().empty() ? "meaning not known in this release"
                                                          : character.meaning()));
  }
  if (facts.siblings().empty()) return;
  block.Add(2, "billable codes beside it, and what tells them apart:");
  for (const v1::SiblingCode& sibling : facts.siblings()) block.Add(4, SiblingText(sibling));
}

std::string YesNo(const v1::Concept& item, bool value) {
  if (!item.has_facts()) return "";
  return value ? "true" : "false";
}

}  // namespace

std::string FormatEffective(const v1::Concept& item, std::optional<int> columns) {
  WrappedText block(columns);
  AddNotes(item, block);
  if (item.has_facts())
    AddFacts(item.facts(), item.tabular_state() == v1::TABULAR_STATE_NOT_KNOWN, block);
  return block.Take();
}

std::vector<std::string> EffectiveCsvColumns() {
  return {"effective_notes", "add_on_codes",          "effective_seventh_characters",
          "laterality",      "unspecified",           "other_specified",
          "manifestation",   "seventh_character_use", "completing_codes",
          "siblings"};
}

std::vector<std::string> EffectiveCsvFields(const v1::Concept& item) {
  const auto note_text = [](const v1::EffectiveNote& effective) {
    google::protobuf::RepeatedPtrField<v1::Note> one;
    *one.Add() = effective.note();
    return absl::StrCat("[", effective.origin_id(), "] ", NotesText(one));
  };
  std::vector<std::string> notes;
  for (const v1::EffectiveNote& effective : item.effective_notes()) {
    notes.push_back(note_text(effective));
  }
  std::vector<std::string> add_on;
  for (const int index : item.add_on_order()) {
    if (index < item.effective_notes_size()) {
      add_on.push_back(notes[static_cast<std::size_t>(index)]);
    }
  }
  std::string seventh;
  if (item.has_effective_seventh_characters()) {
    seventh = absl::StrCat("[", item.effective_seventh_characters().origin_id(), "] ",
                           SeventhCharactersText(item.effective_seventh_characters().definition()));
  }
  const v1::CodeFacts& facts = item.facts();
  return {absl::StrJoin(notes, " | "),
          absl::StrJoin(add_on, " | "),
          seventh,
          item.has_facts() && facts.laterality() != v1::LATERALITY_UNSPECIFIED
              ? NameOf(facts.laterality())
              : "",
          YesNo(item, facts.unspecified()),
          YesNo(item, facts.other_specified()),
          YesNo(item, facts.manifestation()),
          item.has_facts() ? NameOf(facts.seventh_character_use()) : "",
          absl::StrJoin(facts.seventh_characters(), " ",
                        [](std::string* out, const v1::CompletingCharacter& character) {
                          out->append(character.code_id());
                        }),
          absl::StrJoin(facts.siblings(), " ", [](std::string* out, const v1::SiblingCode& code) {
            out->append(code.id());
          })};
}

}  // namespace codeset::ctl
