// Portable files as people write them: what a file says, with names instead of digests and without
// lengths, so that a fuzzer's changes leave a file whose digests are right.
//
//   release<TAB>2026<TAB>2025-10-01
//   group<TAB>order<TAB>@root
//   description sources { name: "order.txt" }
//   %% order cholera
//   codeset/1 order category A00
//   …
//   %% order block
//   codeset/1 order block A
//   A00<TAB>@cholera
//
// A page is named after the group in the line before it; `@NAME` is the digest of the last page of
// that name that stands before, and of whatever page in the lines of releases.
//
// Thread-safe: a free function.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace codeset::fuzz {

// The bytes of the portable file; those of `text` itself where it is one already.
std::string PortableOf(absl::string_view text);

}  // namespace codeset::fuzz
