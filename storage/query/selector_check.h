// What can be said of a selector without knowing what is loaded, and whether a release is what
// a selector asserts: fingerprints, of the whole and of single facet groups.
//
// Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/selector.pb.h"
#include "storage/query/request_error.h"

namespace codeset::query {

// The longest text that names a release, in bytes.
inline constexpr size_t kMaxReleaseTextLength = 64;
// The names that are computed.
inline constexpr absl::string_view kCurrent = "current";
inline constexpr absl::string_view kNext = "next";

// What is wrong with the name or date of a selector, whatever is loaded: ARGUMENT_INVALID for
// a text that is too long or a date that is none, RELEASE_ID_INVALID for a text that begins as
// an id does and is none, LABEL_INVALID for any other that can be no label.
absl::Status CheckSelector(const v1::ReleaseSelector& selector);

// What is wrong with the assertions of a selector, whose path in the request is `field`,
// whatever is loaded: no fingerprint of 64 hexadecimal digits, no facet group, or one twice.
// All are of reason ARGUMENT_INVALID.
std::vector<Violation> CheckAssertions(absl::string_view field,
                                       const v1::ReleaseSelector& selector);

// Whether a release is what the selector asserts; its assertions must have been checked.
// FINGERPRINT_MISMATCH with facts `release`, `group` (empty for the whole), `expected` and
// `actual` (empty for a group that the release lacks); the text says which groups differ.
absl::Status AssertFingerprints(const v1::ReleaseSelector& selector,
                                const v1::ResolvedRelease& release);

}  // namespace codeset::query
