// A page taken apart into what can be verified one by one: its texts and items, and of each
// section which items it has and what it rests on.
//
//   PageUnits then = UnitsOf(first), now = UnitsOf(second);
//   then[{v1::REFERENCE_SECTION_QUESTIONS, "q1"}] == now[…]   // the same words
//
// The page's state and author are no part of it: publishing a draft changes no word.
//
// Thread-safe: values and free functions.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "codeset/v1/reference.pb.h"
#include "codeset/v1/verification.pb.h"
#include "storage/model/digest.h"

namespace codeset::server {

// A section, and an item of it or, where that is empty, the section's own: the words of a text
// block, the list of item ids, provenance; of SOURCES the whole list.
using PageUnit = std::pair<v1::ReferenceSection, std::string>;

// Every unit of a page with the digest of its content.
using PageUnits = std::map<PageUnit, model::Digest>;

// Takes a page apart. Sections that it does not have have no units.
PageUnits UnitsOf(const v1::Reference& page);

// Whether a scope takes in a unit. An empty scope takes in all.
bool Covers(const v1::VerificationScope& scope, const PageUnit& unit);

// Whether it is the whole page.
inline bool IsWhole(const v1::VerificationScope& scope) {
  return scope.sections().empty() && scope.item_ids().empty();
}

// Adds a unit to what a reason tells of.
void AddUnit(const PageUnit& unit, v1::TextChange& change);

}  // namespace codeset::server
