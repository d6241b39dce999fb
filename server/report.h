// A load's report as text for people.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "codeset/v1/admin.pb.h"

namespace codeset::server {

// Several lines, each with its end: outcome, release, counts, sources, what was ignored,
// disagreements with examples, addenda check, warnings.
std::string FormatReport(const v1::LoadReport& report);

}  // namespace codeset::server
