// The page of a code for people: what the release says of the code, what its verification is
// worth, the sections with marks of their sources, and the sources.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "codeset/v1/references.pb.h"

namespace codeset::ctl {

// The page in lines of up to `columns`. Control characters of its texts are left out.
std::string FormatPage(const v1::GetReferenceResponse& answer, int columns);

}  // namespace codeset::ctl
