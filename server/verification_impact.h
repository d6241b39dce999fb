// What a release that was just loaded makes of the verifications that there are
// (proto/codeset/v1/verification.proto, VerificationImpact).
//
// Thread-safe: a free function over a thread-safe backend. Compares releases, which takes up to
// some tenths of a second for each that pages were verified against.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/admin.pb.h"
#include "codeset/v1/verification.pb.h"
#include "server/backend.h"

namespace codeset::server {

// Judges all pages that are not withdrawn by a loaded release, as far as the code set goes.
// RELEASE_NOT_FOUND; those of opening images.
absl::StatusOr<v1::VerificationImpact> ImpactOf(const Backend& backend,
                                                absl::string_view release_id);

// Adds the impact to the report of a load, where the load was no dry run and pages have been
// verified. What was loaded is loaded: where the impact cannot be told, a warning says so.
void TellImpact(const Backend& backend, v1::LoadReport& report);

}  // namespace codeset::server
