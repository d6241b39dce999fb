// GetReplacements: what a code of one release is coded as in another.
//
//   ASSIGN_OR_RETURN(const ReplacementScope scope, OpenReplacements(backend, from, to));
//   scope.Find("G35")                       // also for other calls that tell replacements
//
// Thread-safe: a scope is immutable and keeps the images that it answers from.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/replacement.pb.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "storage/query/release_set.h"

namespace codeset::server {

using query::ReplacementScope;

// Opens the images between two resolved releases of one catalog and the conversion table that
// covers them (storage/query/release_set.h). Errors are those of opening an image.
absl::StatusOr<ReplacementScope> OpenReplacements(const Backend& backend, const OpenRelease& from,
                                                  const OpenRelease& to,
                                                  const Cancelled& cancelled = {});

// Handles the call. Errors: ARGUMENT_INVALID, CONCEPT_ID_INVALID, those of two selectors, and
// CONCEPT_NOT_FOUND where the release in which it was used lacks the code.
absl::StatusOr<v1::GetReplacementsResponse> GetReplacements(
    const Backend& backend, const v1::GetReplacementsRequest& request,
    const Cancelled& cancelled = {});

}  // namespace codeset::server
