#include "storage/model/tabular_lines.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/model/error.h"
#include "storage/model/text.h"

namespace codeset::model {
namespace {

absl::Status Damaged(absl::string_view line) {
  return MakeError(Reason::kDataDamaged,
                   absl::StrCat("a stored page is damaged: unexpected line ", Quoted(line)));
}

void AppendVisual(std::string* page, absl::string_view path,
                  const std::optional<std::string>& text) {
  if (text.has_value()) absl::StrAppend(page, "vis\t", path, "\t", *text, "\n");
}

void AppendBound(std::string* page, absl::string_view name,
                 const std::optional<VisualBound>& bound) {
  if (!bound.has_value()) return;
  absl::StrAppend(page, "vis\t", name, "\n");
  AppendVisual(page, absl::StrCat(name, ".heading"), bound->heading);
  AppendVisual(page, absl::StrCat(name, ".value"), bound->value);
}

absl::Status ReadVisual(const std::vector<absl::string_view>& fields, absl::string_view line,
                        std::vector<VisualCategory>& rows) {
  const absl::string_view path = fields[1];
  if (fields.size() == 2) {
    if (path == "category") {
      rows.emplace_back();
      return absl::OkStatus();
    }
    if (rows.empty()) return Damaged(line);
    if (path == "range") {
      rows.back().ranges.emplace_back();
      return absl::OkStatus();
    }
    if (rows.back().ranges.empty()) return Damaged(line);
    VisualRange& range = rows.back().ranges.back();
    if (path == "max") {
      range.maximum.emplace();
    } else if (path == "min") {
      range.minimum.emplace();
    } else {
      return Damaged(line);
    }
    return absl::OkStatus();
  }
  if (rows.empty()) return Damaged(line);
  VisualCategory& row = rows.back();
  VisualRange* range = row.ranges.empty() ? nullptr : &row.ranges.back();
  std::optional<std::string>* slot = nullptr;
  if (path == "category.heading") slot = &row.heading;
  if (path == "category.value") slot = &row.value;
  if (range != nullptr) {
    if (path == "range.heading") slot = &range->heading;
    if (path == "max.heading" && range->maximum) slot = &range->maximum->heading;
    if (path == "max.value" && range->maximum) slot = &range->maximum->value;
    if (path == "min.heading" && range->minimum) slot = &range->minimum->heading;
    if (path == "min.value" && range->minimum) slot = &range->minimum->value;
  }
  if (slot == nullptr || slot->has_value()) return Damaged(line);
  slot->emplace(fields[2]);
  return absl::OkStatus();
}

// A line of the notes: `note`, `heading` or `item`.
absl::Status ReadNote(const std::vector<absl::string_view>& fields, absl::string_view line,
                      std::vector<Note>& notes) {
  if (fields[0] == "note") {
    const std::optional<NoteKind> kind = NoteKindFromName(fields[1]);
    if (!kind.has_value()) return Damaged(line);
    notes.push_back({*kind, {}});
    return absl::OkStatus();
  }
  if (notes.empty()) return Damaged(line);
  std::vector<NoteGroup>& groups = notes.back().groups;
  if (fields[0] == "heading") {
    groups.push_back({std::string(fields[1]), {}});
  } else {
    if (groups.empty()) groups.emplace_back();
    groups.back().items.emplace_back(fields[1]);
  }
  return absl::OkStatus();
}

// A line of the 7th-character definition after `seventh`.
absl::Status ReadSeventh(const std::vector<absl::string_view>& fields, absl::string_view line,
                         SeventhCharacters& seventh) {
  if (fields[0] == "instruction" && fields.size() == 2) {
    seventh.instructions.emplace_back(fields[1]);
  } else if (fields[0] == "character" && fields.size() == 3) {
    seventh.characters.push_back({std::string(fields[1]), std::string(fields[2]), {}});
  } else if (fields[0] == "character-note" && fields.size() == 2 && !seventh.characters.empty()) {
    seventh.characters.back().notes.emplace_back(fields[1]);
  } else {
    return Damaged(line);
  }
  return absl::OkStatus();
}

}  // namespace

void AppendFactLines(std::string* page, const TabularFacts& facts) {
  for (const Note& note : facts.notes) {
    absl::StrAppend(page, "note\t", NoteKindName(note.kind), "\n");
    for (const NoteGroup& group : note.groups) {
      if (group.heading.has_value()) absl::StrAppend(page, "heading\t", *group.heading, "\n");
      for (const std::string& item : group.items) absl::StrAppend(page, "item\t", item, "\n");
    }
  }
  if (facts.seventh_characters.has_value()) {
    AppendSeventhCharacterLines(page, *facts.seventh_characters);
  }
  AppendVisualImpairmentLines(page, facts.visual_impairment);
}

void AppendSeventhCharacterLines(std::string* page, const SeventhCharacters& definition) {
  absl::StrAppend(page, "seventh\n");
  for (const std::string& text : definition.instructions) {
    absl::StrAppend(page, "instruction\t", text, "\n");
  }
  for (const SeventhCharacter& character : definition.characters) {
    absl::StrAppend(page, "character\t", character.character, "\t", character.meaning, "\n");
    for (const std::string& text : character.notes) {
      absl::StrAppend(page, "character-note\t", text, "\n");
    }
  }
}

void AppendVisualImpairmentLines(std::string* page, const std::vector<VisualCategory>& table) {
  for (const VisualCategory& row : table) {
    absl::StrAppend(page, "vis\tcategory\n");
    AppendVisual(page, "category.heading", row.heading);
    AppendVisual(page, "category.value", row.value);
    for (const VisualRange& range : row.ranges) {
      absl::StrAppend(page, "vis\trange\n");
      AppendVisual(page, "range.heading", range.heading);
      AppendBound(page, "max", range.maximum);
      AppendBound(page, "min", range.minimum);
    }
  }
}

absl::Status ReadFactLine(absl::string_view line, TabularFacts& facts) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, '\t');
  const absl::string_view word = fields[0];
  if (word == "seventh" && fields.size() == 1 && !facts.seventh_characters.has_value()) {
    facts.seventh_characters.emplace();
    return absl::OkStatus();
  }
  if ((word == "note" || word == "heading" || word == "item") && fields.size() == 2) {
    return ReadNote(fields, line, facts.notes);
  }
  if (word == "vis" && (fields.size() == 2 || fields.size() == 3)) {
    return ReadVisual(fields, line, facts.visual_impairment);
  }
  if (!facts.seventh_characters.has_value()) return Damaged(line);
  return ReadSeventh(fields, line, *facts.seventh_characters);
}

}  // namespace codeset::model
