// Files with a list of codes.
//
// Thread-safe: values and free functions.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace codeset::ctl {

// An entry and where it stands.
struct ListedEntry {
  std::string text;
  // From 1.
  int line = 0;

  friend bool operator==(const ListedEntry&, const ListedEntry&) = default;
};

// The entries of a list, one a line: what stands before the first comma, semicolon or white
// space, without quotes around it. Passed over: empty lines, lines that begin with `#`, a byte
// order mark, and a heading `code` before all entries. `name` names the file in errors:
// INVALID_ARGUMENT, with file and line, for an entry that is longer than 64 bytes or not UTF-8,
// and for a list without entries.
absl::StatusOr<std::vector<ListedEntry>> ReadCodeList(std::istream& in, const std::string& name);

}  // namespace codeset::ctl
