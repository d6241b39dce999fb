// What codes of one release are coded as in another, as tables, JSON and CSV.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "client/codesetctl/table.h"
#include "codeset/v1/replacement.pb.h"

namespace codeset::ctl {

// A row for each replacement, and one for each code without.
Table ReplacementsTable(const std::vector<v1::GetReplacementsResponse>& answers);

std::string ReplacementsCsvHeading();
// The records of one code.
std::string ReplacementsCsv(const v1::GetReplacementsResponse& answer);

// The hops that lead to a replacement: `A04.7 → A04.71: headers child, 2017-10-01, row 3`.
std::string WayText(const v1::Replacement& replacement);

// The codes alone: `A04.71, A04.72`.
std::string ReplacementIds(const google::protobuf::RepeatedPtrField<v1::Replacement>& replacements,
                           absl::string_view separator);

// Said where there may be replacements that no loaded conversion table tells of.
inline constexpr char kReplacementsIncomplete[] =
    "what stands for it may not be known: no loaded conversion table covers all editions since";

}  // namespace codeset::ctl
