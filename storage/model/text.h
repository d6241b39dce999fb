// Text from outside — file names, what callers typed, bytes of published files — as messages
// may hold it: valid UTF-8, of bounded length, never cut inside a character. Protobuf refuses
// to carry anything else, and an error whose text it refuses arrives without its reason.
//
//   MakeError(reason, absl::StrCat(Quoted(text), " is no date"));
//
// Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace codeset::model {

// The length in bytes of the well-formed UTF-8 character at the beginning of `text`; 0 if
// there is none: overlong forms, surrogates and values past U+10FFFF are no characters.
size_t Utf8CharacterLength(absl::string_view text);

// The longest beginning of `text` that has at most `limit` bytes and does not end inside a
// character.
absl::string_view CutUtf8(absl::string_view text, size_t limit);

// `text` with bytes that are no UTF-8 written as `\xE9`; valid text is returned as it is.
std::string EscapeInvalidUtf8(absl::string_view text);

// A file's name as a label: EscapeInvalidUtf8, and control characters written so, too.
std::string CleanName(absl::string_view name);

// `text` in double quotes, printable and on one line: control characters, quotes, backslashes
// and invalid bytes are escaped, and after 40 bytes it ends in `…`.
std::string Quoted(absl::string_view text);

}  // namespace codeset::model
