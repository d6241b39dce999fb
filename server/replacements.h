// GetReplacements: what a code of one release is coded as in another.
//
//   ASSIGN_OR_RETURN(const ReplacementScope scope, OpenReplacements(backend, from, to));
//   scope.Find("G35")                       // also for other calls that tell replacements
//
// Thread-safe: a scope is immutable and keeps the images that it answers from.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/replacement.pb.h"
#include "server/backend.h"
#include "storage/query/replacements.h"

namespace codeset::server {

// What is needed to tell the replacements of any code between two releases.
struct ReplacementScope {
  query::Replacements replacements;
  // Whether the release to be used now is the older of the two.
  bool backward = false;
  // As in GetReplacementsResponse.
  std::string table_from;
  std::vector<std::string> uncovered_editions;

  // The replacements of a code of the release in which it was used.
  std::vector<v1::Replacement> Find(absl::string_view key) const {
    return backward ? replacements.Backward(key) : replacements.Forward(key);
  }
};

// Opens the images between two resolved releases of one catalog, both included, and the one
// whose conversion table is to be read. One that is held back until after the newer one came
// into force tells nothing of others. Errors are those of opening an image.
absl::StatusOr<ReplacementScope> OpenReplacements(const Backend& backend, const OpenRelease& from,
                                                  const OpenRelease& to);

// Handles the call. Errors: ARGUMENT_INVALID, CONCEPT_ID_INVALID, those of two selectors, and
// CONCEPT_NOT_FOUND where the release in which it was used lacks the code.
absl::StatusOr<v1::GetReplacementsResponse> GetReplacements(
    const Backend& backend, const v1::GetReplacementsRequest& request);

}  // namespace codeset::server
