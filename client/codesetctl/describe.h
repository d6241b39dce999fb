// Words for people about releases, coverage and notes.
//
// Thread-safe: free functions.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/selector.pb.h"

namespace codeset::ctl {

// The name of an enum value without its prefix, for CSV: `TABULAR_STATE_KNOWN` → `KNOWN`.
// A value that is newer than this program is given as its number.
std::string EnumName(const google::protobuf::EnumDescriptor& type, int value);

// The same for tables, in lower case with spaces.
std::string EnumWords(const google::protobuf::EnumDescriptor& type, int value);

template <typename Enum>
std::string NameOf(Enum value) {
  return EnumName(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}
template <typename Enum>
std::string WordsOf(Enum value) {
  return EnumWords(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}

// `release 2026, in force from 2025-10-01, fingerprint 0123456789ab`.
std::string ReleaseLine(const v1::ResolvedRelease& release);

// What a reader must know about how the release covers the date: an edition that is not
// loaded, a date before the mandate. Empty where nothing is amiss.
std::vector<std::string> CoverageWarnings(const v1::ResolvedRelease& release);

// What the release does not know of itself: chapters on loan, notes. Empty if it has a
// tabular list.
std::vector<std::string> UnknownFacts(const v1::ResolvedRelease& release);

// Names of facet groups, joined by commas: `order, tabular`.
std::string GroupNames(const google::protobuf::RepeatedPtrField<v1::FacetGroupFingerprint>& groups);

// What the publisher's addenda say of a release, in one line.
std::string AddendaLine(const v1::AddendaCheck& check);

// Whether and until when dates and labels do not resolve to a release: `held back until
// 2026-10-01`.
std::string ActivationText(const v1::Release& release);

// A line of a note with its heading.
std::string NoteLineText(const v1::NoteLine& line);

// What happened to notes, in one line: `excludes1 reworded: a → b | note added: c`.
std::string NoteEditsText(const google::protobuf::RepeatedPtrField<v1::NoteEdit>& edits);

// The lines of one note: its kind, then headings and items, indented.
std::vector<std::string> NoteLines(const v1::Note& note);

// Notes in one line, for a cell of a table or a CSV field: `excludes1: a; b | note: c`.
std::string NotesText(const google::protobuf::RepeatedPtrField<v1::Note>& notes);

// A 7th-character definition in one line, instructions first: `code is valid only for …;
// A = initial encounter (note); D = …`.
std::string SeventhCharactersText(const v1::SeventhCharacterDefinition& definition);

}  // namespace codeset::ctl
