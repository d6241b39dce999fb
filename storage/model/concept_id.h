// The ids of concepts: chapters (`13`), sections (`M99-M99`), and codes
// (`M99.86`; here every node of the order file, headers included, is a code).
//
// Codes are kept in the order file's spelling, without dot: `M9986`. The grammar
// is a letter, two letters or digits (`C4A`, `QA0`), and up to four more letters
// or digits.
//
// Thread-safe: free functions and values.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace codeset::model {

// The longest code without its dot.
inline constexpr size_t kMaxCodeLength = 7;
// The length of a category's code.
inline constexpr size_t kCategoryLength = 3;
// The longest text that is looked at as an id; longer ones are refused unread.
inline constexpr size_t kMaxIdTextLength = 64;

// True if `text` is a code in the order file's spelling: `M9986`, not `M99.86`.
bool IsCode(absl::string_view text);

// The official spelling of an undotted code: `M9986` gives `M99.86`.
std::string DottedCode(absl::string_view code);

// The category that a code lies in: `M9986` gives `M99`.
absl::string_view CategoryOf(absl::string_view code);

// Reads a code as people write it: with or without dot, in any case, with spaces
// around. Returns it undotted; CONCEPT_ID_INVALID says what is wrong.
absl::StatusOr<std::string> ParseCode(absl::string_view text);

// Reads any concept's id the same way and returns the key under which an image
// knows it: a code undotted, a chapter's number, a section as `first-last` (also
// where only its dash was given: `m99-m99`). CONCEPT_ID_INVALID says what is wrong.
absl::StatusOr<std::string> ParseConceptKey(absl::string_view text);

// The official spelling of a key: a code with its dot, other keys as they are.
std::string FormatConceptKey(absl::string_view key);

// A section's id from the XML's attribute: `M99` gives `M99-M99`, `C00-C96` itself.
std::string SectionId(absl::string_view xml_id);

}  // namespace codeset::model
