// What a selector asserts of the release that it names: fingerprints, of the whole and of
// single facet groups.
//
// Thread-safe: free functions.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/selector.pb.h"
#include "server/error.h"

namespace codeset::server {

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

}  // namespace codeset::server
