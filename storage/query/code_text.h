// Text that is to be a code, read more closely than model::ParseCode does: what exactly is
// wrong with it, and which codes may have been meant.
//
//   const CodeText read = ReadCodeText("S06.Ox1A");
//   read.key;       // empty: it is not written as a code is
//   read.faults;    // LETTER_O at 4, LOWER_CASE_X at 5
//   read.readings;  // S06OX1A, S060X1A
//
// All that it takes for well written ParseCode takes too. What it takes for a fault and
// ParseCode does not is a lower-case x among capitals alone; letters O and I (and a small L)
// in places where no code has had one are doubtful: a release may still have such a code.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/validation.pb.h"

namespace codeset::query {

// See above.
struct CodeText {
  // Undotted; empty where the text is not written as a code is.
  std::string key;
  // What is wrong, in the order of the text. Empty if and only if `key` is not.
  std::vector<v1::CodeFault> faults;
  // Letters that are faults unless there is a code that has them. Part of `faults` where that
  // is not empty.
  std::vector<v1::CodeFault> doubtful;
  // What may have been meant, undotted, each once: without stray characters, in capitals, and
  // each doubtful letter as it is and as a digit; the one with most digits first; of a text
  // that is up to three characters too long those without that many `X`. Only texts of a code's
  // grammar.
  std::vector<std::string> readings;
};

// The key of a text that is plainly written as a code is (`M99.86`, ` m9986`), as image::PackKey
// gives it: what most texts are, read without making any. 0 for every other text, well written or
// not; what ReadCodeText says of those is what counts.
uint64_t ReadPlainCode(absl::string_view text);

// Reads a text. Of one that is longer than model::kMaxIdTextLength only that is told.
CodeText ReadCodeText(absl::string_view text);

}  // namespace codeset::query
