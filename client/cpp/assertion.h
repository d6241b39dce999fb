// Holds an answer against what its caller asserted, on the client's side too: an older server
// does not know of fingerprints in selectors and would answer from whatever it has.
//
//   RETURN_IF_ERROR(CheckAssertion(request.release(), answer.release()));
//
// Thread-safe: free functions.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/selector.pb.h"

namespace codeset::client {

// OK where `selector` asserts nothing, or `resolved` is what it asserts: the fingerprint, the
// fingerprints of facet groups, and the id where it names an id rather than a label or a date.
// Else FAILED_PRECONDITION (FINGERPRINT_MISMATCH) with the metadata `release`, `group`,
// `expected` and `actual`, as a server says it.
absl::Status CheckAssertion(const v1::ReleaseSelector& selector,
                            const v1::ResolvedRelease& resolved);

// What a call asks: `selector`, or `pin`'s release with its fingerprint where the selector names
// none. FAILED_PRECONDITION (FINGERPRINT_MISMATCH) where it asserts another fingerprint than the
// pin's.
absl::StatusOr<v1::ReleaseSelector> Selected(const std::optional<v1::Pin>& pin,
                                             const v1::ReleaseSelector& selector);

}  // namespace codeset::client
