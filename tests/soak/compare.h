// Holds parts of answers against the oracle. Each function says what differs, or nothing where all
// is as it should be.
//
// Thread-safe: free functions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "codeset/v1/concept.pb.h"
#include "codeset/v1/selector.pb.h"
#include "tests/soak/facts.h"

namespace codeset::soak {

// A concept in a view, as `release` has it. `exempt_list` is the release whose list of POA-exempt
// codes is in force in it; null where none is known.
std::string DifferenceOf(const ReleaseFacts& release, const ConceptFacts& expected,
                         v1::ConceptView view, const ReleaseFacts* exempt_list,
                         const v1::Concept& actual);

// The release that an answer names, as against the one of that id: fingerprints, first day,
// lender of structure.
std::string DifferenceOf(const ReleaseFacts& expected, const v1::ResolvedRelease& actual);

// Concepts in their order. `what` opens the text.
std::string DifferenceOf(const std::string& what, const ReleaseFacts& release,
                         const std::vector<const ConceptFacts*>& expected, v1::ConceptView view,
                         const ReleaseFacts* exempt_list, const std::vector<v1::Concept>& actual);

// Notes and a 7th-character definition as the tables have them.
std::string NotesText(const google::protobuf::RepeatedPtrField<v1::Note>& notes);
std::string SeventhText(const v1::SeventhCharacterDefinition& definition);

}  // namespace codeset::soak
