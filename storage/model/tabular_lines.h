// The fact lines of tabular pages: notes, 7th-character definitions and the table of
// visual impairment (storage/FORMAT.md §1.2). Used by canonical.h alone.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/model/release.h"

namespace codeset::model {

// Appends the lines of `facts` to a page.
void AppendFactLines(std::string* page, const TabularFacts& facts);

// Adds what one line (without its LF) says to `facts`. Lines must come in the order in
// which AppendFactLines wrote them; DATA_DAMAGED for any other line.
absl::Status ReadFactLine(absl::string_view line, TabularFacts& facts);

}  // namespace codeset::model
