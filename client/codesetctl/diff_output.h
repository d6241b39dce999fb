// Differences between releases as tables, JSON and CSV.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "client/codesetctl/table.h"
#include "client/cpp/client.h"

namespace codeset::ctl {

// A line a facet that could not be compared in full: which, and which release lacks what.
// Where it is NOT_COMPARABLE, that no change is listed says nothing.
std::vector<std::string> ComparabilityNotes(
    const google::protobuf::RepeatedPtrField<v1::FacetComparability>& facets);
std::vector<std::string> ComparabilityNotes(const std::vector<v1::FacetComparability>& facets);

// Changes in a table: what happened, concept, how it was, how it is. Where the two sides do
// not differ in words, what happened says so: `(white space)`. Notes have a row an edit; a code
// that became a header names the codes to use in its stead.
Table ChangeTable(const std::vector<v1::Change>& changes);

// The heading record of changes as CSV.
std::string ChangeCsvHeading();
// One change as a CSV record.
std::string ChangeCsv(const v1::Change& change, const client::DiffHeader& header);
// A record for each facet that was not compared in full, so that the data say so themselves:
// its change is NOT_COMPARABLE or CODES_ONLY, its id empty.
std::string ComparabilityCsv(const client::DiffHeader& header);

// The first JSON line of a diff: {"from":…,"to":…,"comparability":[…],"fromCounts":…,
// "toCounts":…,"complete":…}.
std::string DiffHeaderJson(const client::DiffHeader& header);
// The JSON line of one change: {"from":"2025","to":"2026","change":…}.
std::string ChangeJson(const v1::Change& change, const client::DiffHeader& header);

}  // namespace codeset::ctl
