// The number of a data directory's format, before it is opened.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace codeset::store {

// FORMAT_UNSUPPORTED: that a directory has another format than this version's, with facts `format`
// and `supported`, and what to do.
absl::Status OtherFormat(const std::string& directory, absl::string_view format);

// Looks at a directory whose families are not those of this version, without changing anything: a
// newer format may have families that this version could not open, and would say nothing but that.
// OK where the format is this version's, and where there is none to be read: what is wrong then,
// opening the directory tells.
absl::Status CheckFormatOf(const std::string& directory);

}  // namespace codeset::store
