// The reading half of portable_file.h, and the words of the format that both halves use.
//
// Thread-safe: constants.
#pragma once

#include "absl/strings/string_view.h"

namespace codeset::portable {

// What a file begins with; the version's number and LF follow.
inline constexpr absl::string_view kPortableMagic = "codeset-portable ";
// The version that is written and read.
inline constexpr int kPortableVersion = 1;

}  // namespace codeset::portable
