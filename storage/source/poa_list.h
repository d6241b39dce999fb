// Reads the publisher's list of codes exempt from present-on-admission reporting: text of
// three cells a line, separated by tabs, under a heading: order number, code with its dot,
// title. The same archive holds lists of what was added, deleted and revised (some with the
// same heading), and a read-me that says how many codes the list has.
//
// Thread-safe: free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/release.h"

namespace codeset::source {

// A line of the list.
struct PoaRow {
  // Without its dot.
  std::string code;
  // The place of its row in the order file, as the list says it; from 1.
  int order_number = 0;
};

// A list in byte order of its codes, each once.
struct PoaListing {
  std::vector<PoaRow> rows;
};

// How many codes a read-me says that the list has.
struct PoaCount {
  // The name of the read-me.
  std::string file;
  int codes = 0;
};

// True if `line` is the heading of the list; some lists of additions have it too.
bool IsPoaHeading(absl::string_view line);

// True if `line` is the heading of a list of additions, deletions or revisions.
bool IsPoaChangesHeading(absl::string_view line);

// True if `line` is the first of a read-me.
bool IsPoaReadMe(absl::string_view line);

// Reads a list. SOURCE_MALFORMED names line and reason where a line has other cells than
// its heading, holds no order number or no code, a code stands twice, or there is none.
// Titles are not looked at: the order file has them.
absl::StatusOr<PoaListing> ParsePoaList(absl::string_view name, absl::string_view bytes);

// The number of codes that a read-me states of the list: the first `(38,349 codes)`.
std::optional<int> PoaReadMeCount(absl::string_view bytes);

// True if every code of `part` is on `whole`.
bool IsPartOf(const PoaListing& part, const PoaListing& whole);

// The codes alone.
model::PoaList CodesOf(const PoaListing& listing);

}  // namespace codeset::source
