// The code set that a tabular list implies.
//
// The XML does not list the code set: the codes that end in a 7th character follow from
// its definitions. A `<diag>` without others below it to which a definition applies is a
// stem; its codes are the stem, padded with X to six characters, and each of the
// definition's characters.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "storage/model/release.h"

namespace codeset::source {

// A code that the list gives.
struct GeneratedCode {
  // Without its dot.
  std::string code;
  bool billable = false;
};

// All codes of the list, headers and stems included, each once, in document order. The
// nearest definition at or above a diag applies, by prefix and then by section and
// chapter. A diag without a definition and with nothing below it is billable itself.
std::vector<GeneratedCode> GenerateCodes(const model::Tabular& tabular);

}  // namespace codeset::source
