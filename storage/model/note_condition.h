// The words `with …` after codes that narrow them to some of their characters. Used by
// note_reference.h, which tells what is read, alone.
//
// Thread-safe: values and a free function.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace codeset::model {

// What follows codes.
struct ConditionWords {
  enum class Outcome {
    // Nothing that narrows them.
    kNone,
    // Characters, one of `alternatives` of them.
    kRead,
    // Words that speak of characters, in a way that is not known.
    kUnread,
  };
  Outcome outcome = Outcome::kNone;
  // One past the last byte of the words.
  size_t end = 0;
  // The place of the first character, from 1; 0 where it is the one after the code named.
  int start = 0;
  // One more place where a single character may stand instead; 0 for none.
  int or_start = 0;
  // The characters from `start` on; `-` for any.
  std::vector<std::string> alternatives;
};

// Reads what follows codes that end at `pos`.
ConditionWords ReadCondition(absl::string_view text, size_t pos);

}  // namespace codeset::model
