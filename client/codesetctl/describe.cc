#include "client/codesetctl/describe.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace codeset::ctl {
namespace {

constexpr std::size_t kShortFingerprint = 12;

// `kEnumName` in `KIND_OF_THING_X` style: the longest common prefix of all values that
// ends in an underscore. The zero value shares it, by the style of the contract.
std::string CommonPrefix(const google::protobuf::EnumDescriptor& type) {
  std::string prefix = type.value(0)->name();
  for (int i = 1; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    std::size_t same = 0;
    while (same < prefix.size() && same < name.size() && prefix[same] == name[same]) ++same;
    prefix.resize(same);
  }
  const std::size_t underscore = prefix.rfind('_');
  return underscore == std::string::npos ? "" : prefix.substr(0, underscore + 1);
}

std::string HeadedItems(const v1::NoteGroup& group) {
  const std::string items = absl::StrJoin(group.items(), "; ");
  return group.has_heading() ? absl::StrCat(group.heading(), " ", items) : items;
}

}  // namespace

std::string EnumName(const google::protobuf::EnumDescriptor& type, int value) {
  const google::protobuf::EnumValueDescriptor* descriptor = type.FindValueByNumber(value);
  if (descriptor == nullptr) return absl::StrCat(value);
  return descriptor->name().substr(CommonPrefix(type).size());
}

std::string EnumWords(const google::protobuf::EnumDescriptor& type, int value) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(EnumName(type, value)), {{"_", " "}});
}

std::string ReleaseLine(const v1::ResolvedRelease& release) {
  return absl::StrCat("release ", release.release_id(), ", in force from ",
                      release.effective_date(), ", fingerprint ",
                      release.fingerprint().substr(0, kShortFingerprint));
}

std::vector<std::string> CoverageWarnings(const v1::ResolvedRelease& release) {
  std::vector<std::string> warnings;
  const v1::Coverage& coverage = release.coverage();
  const std::string editions = absl::StrJoin(coverage.unloaded_editions(), ", ");
  // A stream tells each release once, whatever its rows' dates.
  const std::string day = coverage.date().empty() ? "a row's date" : coverage.date();
  const std::string missing =
      absl::StrCat("in force on ", day,
                   " and not loaded, or held back: ", editions.empty() ? "that year's" : editions);
  switch (coverage.kind()) {
    case v1::COVERAGE_KIND_STALE:
      warnings.push_back(absl::StrCat("STALE: ", missing,
                                      "; codes, billable flags and titles of release ",
                                      release.release_id(), " may be out of date"));
      break;
    case v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED:
      warnings.push_back(absl::StrCat(
          "OTHER_GROUPS_CHANGED: ", missing,
          "; it changed no code, flag or title, but notes and other facts may be out of date"));
      break;
    default:
      break;
  }
  if (coverage.overdue()) {
    warnings.push_back(absl::StrCat("OVERDUE: current is still release ", release.release_id(),
                                    ", though a newer edition should be answering: ",
                                    editions.empty() ? "this fiscal year's" : editions,
                                    " is not loaded, or held back"));
  }
  if (coverage.before_mandate()) {
    warnings.push_back(absl::StrCat("BEFORE_MANDATE: ", day,
                                    " lies before 2015-10-01, from which US claims must use "
                                    "ICD-10-CM; the code set was published but not mandated"));
  }
  return warnings;
}

std::vector<std::string> UnknownFacts(const v1::ResolvedRelease& release) {
  for (const v1::FacetGroupFingerprint& group : release.facet_groups()) {
    if (group.group() == v1::FACET_GROUP_TABULAR) return {};
  }
  std::vector<std::string> facts = {absl::StrCat("NOT_KNOWN: release ", release.release_id(),
                                                 " was loaded without a tabular list; its notes "
                                                 "and 7th-character definitions are not known")};
  if (release.structure_from().empty()) {
    facts.push_back("NOT_KNOWN: chapters and sections are not known either");
  } else {
    facts.push_back(absl::StrCat("BORROWED: chapters and sections are those of release ",
                                 release.structure_from()));
  }
  return facts;
}

std::string GroupNames(
    const google::protobuf::RepeatedPtrField<v1::FacetGroupFingerprint>& groups) {
  return absl::StrJoin(groups, ", ", [](std::string* out, const v1::FacetGroupFingerprint& group) {
    out->append(WordsOf(group.group()));
  });
}

std::string AddendaLine(const v1::AddendaCheck& check) {
  const std::string counts = absl::StrCat(" (", check.additions(), " added, ", check.deletions(),
                                          " deleted, ", check.revisions(), " revised)");
  switch (check.outcome()) {
    case v1::ADDENDA_OUTCOME_NO_ADDENDA:
      return "none were loaded; nothing confirms the changes";
    case v1::ADDENDA_OUTCOME_REPRODUCED:
      return absl::StrCat("reproduced by the difference from ", check.base_release_id(), counts);
    case v1::ADDENDA_OUTCOME_BASE_NOT_LOADED:
      return absl::StrCat("not checked: the release they start from is not loaded", counts);
    case v1::ADDENDA_OUTCOME_DIFFERS:
      return absl::StrCat("DIFFER from the computed changes since ", check.base_release_id(),
                          counts);
    default:
      return "not stated";
  }
}

std::string ActivationText(const v1::Release& release) {
  if (release.activate_on().empty()) return "not held back";
  if (release.activate_on() == "never") return "held back until it is activated";
  return absl::StrCat(release.held_back() ? "held back until " : "was held back until ",
                      release.activate_on());
}

std::string NoteLineText(const v1::NoteLine& line) {
  if (!line.has_heading()) return line.text();
  return line.text().empty() ? line.heading() : absl::StrCat(line.heading(), " ", line.text());
}

std::string NoteEditsText(const google::protobuf::RepeatedPtrField<v1::NoteEdit>& edits) {
  return absl::StrJoin(edits, " | ", [](std::string* out, const v1::NoteEdit& edit) {
    absl::StrAppend(out, WordsOf(edit.note_kind()), " ", WordsOf(edit.kind()));
    if (edit.has_before()) absl::StrAppend(out, ": ", NoteLineText(edit.before()));
    if (edit.has_after()) {
      absl::StrAppend(out, edit.has_before() ? " → " : ": ", NoteLineText(edit.after()));
    }
  });
}

std::vector<std::string> NoteLines(const v1::Note& note) {
  std::vector<std::string> lines = {absl::StrCat(WordsOf(note.kind()), ":")};
  for (const v1::NoteGroup& group : note.groups()) {
    if (group.has_heading()) lines.push_back(absl::StrCat("  ", group.heading()));
    for (const std::string& item : group.items()) {
      lines.push_back(absl::StrCat(group.has_heading() ? "    " : "  ", item));
    }
  }
  return lines;
}

std::string NotesText(const google::protobuf::RepeatedPtrField<v1::Note>& notes) {
  return absl::StrJoin(notes, " | ", [](std::string* out, const v1::Note& note) {
    absl::StrAppend(out, WordsOf(note.kind()), ": ",
                    absl::StrJoin(note.groups(), "; ", [](std::string* text, const auto& group) {
                      text->append(HeadedItems(group));
                    }));
  });
}

std::string SeventhCharactersText(const v1::SeventhCharacterDefinition& definition) {
  std::vector<std::string> parts(definition.instructions().begin(),
                                 definition.instructions().end());
  for (const v1::SeventhCharacter& character : definition.characters()) {
    std::string part = absl::StrCat(character.character(), " = ", character.meaning());
    if (!character.notes().empty()) {
      absl::StrAppend(&part, " (", absl::StrJoin(character.notes(), "; "), ")");
    }
    parts.push_back(std::move(part));
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace codeset::ctl
