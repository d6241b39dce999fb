// What the view `effective` adds to a concept, for people and for CSV: the notes that apply with
// where they stand, the codes to add in their order, and the facts of a code.
//
// Thread-safe: free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codeset/v1/concept.pb.h"

namespace codeset::ctl {

// Notes, 7th characters and facts as lines below a concept's own; lines longer than `columns`
// are wrapped, unless it is absent. A release without a tabular list is said not to know its
// notes.
std::string FormatEffective(const v1::Concept& item, std::optional<int> columns);

// The names of the columns that the view adds to a concept's CSV record, and their fields.
std::vector<std::string> EffectiveCsvColumns();
std::vector<std::string> EffectiveCsvFields(const v1::Concept& item);

}  // namespace codeset::ctl
