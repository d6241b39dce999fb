// Reads the order file: every header and code of a release, in tabular order.
//
// Fixed columns of bytes, from 1: 1-5 order number, 7-13 code without its dot, 15 flag,
// 17-76 short title, 78- long title. A line ends in CRLF or LF, the last need not.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/release.h"

namespace codeset::source {

// Reads an order file. SOURCE_MALFORMED names line and reason where
// * a line breaks the columns, holds an empty title or is not UTF-8,
// * order numbers do not run 1, 2, 3, …, or a code stands twice,
// * a category's rows or those below a code do not stand together after it,
// * a billable code has codes below it, or a header has none.
// All of this holds in every published file. That a category has no row of its own
// does not (2013), and is left to Reconcile.
absl::StatusOr<model::OrderFacts> ParseOrderFile(absl::string_view name, absl::string_view bytes);

// What is wrong with a line by itself, as `expected …`; empty if nothing is.
std::string OrderLineFault(absl::string_view line);

}  // namespace codeset::source
