// The reading half of portable_file.h, and the words of the format that both halves use.
//
// Thread-safe: constants.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace codeset::portable {

// What a file begins with; the version's number and LF follow.
inline constexpr absl::string_view kPortableMagic = "codeset-portable ";
// The version that is written and read.
inline constexpr int kPortableVersion = 1;
// The longest description of a release that is read, in bytes, and the most releases.
inline constexpr size_t kMaxDescriptionBytes = size_t{16} << 20;
inline constexpr size_t kMaxPortableReleases = 1000;

}  // namespace codeset::portable
