// How much releases may have that travel; FORMAT.md §4 and proto/codeset/v1/releases.proto say the
// same.
//
// Thread-safe: constants and values.
#pragma once

#include <cstddef>

namespace codeset::portable {

// The largest portable file, in bytes, and the most bytes of pages that are taken from a server
// for one release; all 17 published releases have some 80 MB.
inline constexpr size_t kMaxPortableBytes = size_t{1} << 30;
// The largest page, in bytes; of those published the largest has half a megabyte.
inline constexpr size_t kMaxPageBytes = size_t{16} << 20;
// The longest description of a release, in bytes, and the most releases of a file.
inline constexpr size_t kMaxDescriptionBytes = size_t{16} << 20;
inline constexpr size_t kMaxPortableReleases = 1000;
// The most groups that a request can name as held, and the most structures.
inline constexpr int kMaxHeldGroups = 1000;

// The limits of a portable file. Others than these are for tests.
struct PortableLimits {
  size_t file_bytes = kMaxPortableBytes;
  size_t page_bytes = kMaxPageBytes;
  size_t description_bytes = kMaxDescriptionBytes;
  size_t releases = kMaxPortableReleases;
};

}  // namespace codeset::portable
