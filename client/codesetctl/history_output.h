// The life of a code, drawn along a line of time, and as CSV.
//
// Thread-safe: free functions.
#pragma once

#include <optional>
#include <string>

#include "codeset/v1/history.pb.h"

namespace codeset::ctl {

// The life for people: a bar a facet along a common axis of fiscal years, then every span and
// every gap in words. A stretch of a bar in which anything is not known is drawn as not known.
// `columns` is the terminal's width; 80 without one.
std::string FormatHistory(const v1::GetHistoryResponse& response, std::optional<int> columns);

// The heading record of histories as CSV.
std::string HistoryCsvHeading();
// The spans of one life as CSV records, facet by facet.
std::string HistoryCsv(const v1::CodeHistory& history);
// The gaps as CSV records of the code `*`, a record for each facet group that is not known.
std::string GapsCsv(const google::protobuf::RepeatedPtrField<v1::HistoryGap>& gaps);

// What is not known in a gap and why: `order facts not known: 2023-04 is not loaded`.
std::string GapText(const v1::HistoryGap& gap);

}  // namespace codeset::ctl
