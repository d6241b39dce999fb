// Text as published files hold it: lines, UTF-8, values as the canonical form wants them.
//
// Thread-safe: free functions, and values of which each thread has its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace codeset::source {

// Where text stops being plain UTF-8 text.
struct TextFault {
  // Byte offset.
  size_t offset = 0;
  // `not valid UTF-8` or `a control character`.
  absl::string_view what;
};

// The first place that is no well-formed UTF-8 (overlong forms, surrogates and values
// past U+10FFFF are not), or a control character other than tab, CR and LF.
std::optional<TextFault> FindTextFault(absl::string_view text);

// The line, counted from 1, that the byte at `offset` lies in. Lines end in LF.
int LineOf(absl::string_view text, size_t offset);

// `text` without a UTF-8 byte-order mark at its beginning.
absl::string_view WithoutByteOrderMark(absl::string_view text);

// A text value in the canonical form (storage/FORMAT.md §1): TAB, CR and LF become
// spaces, spaces at either end are dropped, inner runs of spaces stay.
std::string CleanText(absl::string_view text);

// Reads lines one after another.
//
//   for (LineReader lines(text); lines.Next();) Use(lines.number(), lines.line());
class LineReader {
 public:
  // `text` must outlive the reader.
  explicit LineReader(absl::string_view text) : rest_(text) {}

  // Steps to the next line; false at the end. A final line end opens no further line.
  bool Next();

  // The line without its LF or CRLF.
  absl::string_view line() const { return line_; }
  // Its number, from 1.
  int number() const { return number_; }

 private:
  absl::string_view rest_;
  absl::string_view line_;
  int number_ = 0;
};

}  // namespace codeset::source
