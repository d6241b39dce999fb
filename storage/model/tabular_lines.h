// The fact lines of tabular pages: notes, 7th-character definitions and the table of
// visual impairment (storage/FORMAT.md §1.2). Used by canonical.h, and for the
// digests of what applies to a code.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/model/release.h"

namespace codeset::model {

// Appends the lines of `facts` to a page.
void AppendFactLines(std::string* page, const TabularFacts& facts);

// Appends the lines of one part of them.
void AppendSeventhCharacterLines(std::string* page, const SeventhCharacters& definition);
void AppendVisualImpairmentLines(std::string* page, const std::vector<VisualCategory>& table);

// Adds what one line (without its LF) says to `facts`. Lines must come in the order in
// which AppendFactLines wrote them; DATA_DAMAGED for any other line.
absl::Status ReadFactLine(absl::string_view line, TabularFacts& facts);

}  // namespace codeset::model
