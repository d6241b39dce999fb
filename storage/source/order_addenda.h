// Reads the publisher's order addenda: what changed in the order file, and a trailer of
// counts. See storage/model/addenda.h for the same computed from two releases.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/addenda.h"

namespace codeset::source {

// Addenda with the name of their file.
struct NamedAddenda {
  std::string file;
  model::Addenda addenda;
  // The number in the file of each line of `addenda`, from 1.
  std::vector<int> line_numbers = {};
  // Where the trailer ends, from 1; 0 without one.
  int trailer_line = 0;
};

// Whether addenda must close with a trailer of counts. The publisher's all do; what was
// written by hand to lay over a base may leave it out.
enum class Trailer { kRequired, kOptional };

// Reads order addenda, their lines sorted by code, deletions before additions.
// SOURCE_MALFORMED names line and reason where a line or the trailer breaks the layout,
// a revision is no pair, or the trailer's counts are not those of the lines.
absl::StatusOr<NamedAddenda> ReadOrderAddenda(absl::string_view name, absl::string_view bytes,
                                              Trailer trailer);

// The same where there must be a trailer, without what only serves messages.
absl::StatusOr<model::Addenda> ParseOrderAddenda(absl::string_view name, absl::string_view bytes);

// The 13 columns with which a line of order or codes addenda opens; empty if it is none.
absl::string_view AddendaActionOf(absl::string_view line);

// True if a line by itself is one of order addenda.
bool IsOrderAddendaLine(absl::string_view line);

}  // namespace codeset::source
