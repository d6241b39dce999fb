// Lines of text with an indent, wrapped between words to the width of a terminal.
//
// Not thread-safe: one text is written by one thread.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace codeset::ctl {

class WrappedText {
 public:
  // Nothing is wrapped without `columns`, nor where fewer than 30 would be left beside an indent:
  // there would be a word a line.
  explicit WrappedText(std::optional<int> columns) : columns_(columns) {}

  // Adds one line; what does not fit goes on `hang` columns further in.
  void Add(int indent, absl::string_view text, int hang = 2);

  std::string Take() { return std::move(out_); }

 private:
  std::optional<int> columns_;
  std::string out_;
};

}  // namespace codeset::ctl
