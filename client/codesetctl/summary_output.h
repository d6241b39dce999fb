// Counts of changes between two releases as a table and as CSV.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "client/codesetctl/table.h"
#include "codeset/v1/releases.pb.h"

namespace codeset::ctl {

// A row a kind of change and a kind of edit of notes, first of the whole, then of each chapter
// that the answer tells of; then the sizes of the two releases. What was not compared is said
// to be not known.
Table SummaryTable(const v1::GetDiffSummaryResponse& summary);

// The same as CSV, heading included, without the sizes. `chapter` is empty for the whole and
// NOT_KNOWN for concepts whose chapter is not known.
std::string SummaryCsv(const v1::GetDiffSummaryResponse& summary);

}  // namespace codeset::ctl
