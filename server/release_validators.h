// Validators of the releases of one catalog, with what they need of the other releases opened
// when it is first needed.
//
//   ReleaseValidators validators(backend);
//   ASSIGN_OR_RETURN(auto validator, validators.Open(open));      // open: see backend.h
//   ASSIGN_OR_RETURN(v1::CodeValidation told, validator->Validate("T81.4A"));
//
// Not thread-safe: one call has its own.
#pragma once

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/backend.h"
#include "storage/query/validation.h"
#include "storage/query/validity.h"

namespace codeset::server {

// The validator of one release and what it refers to. It may be used as long as the validators
// that it comes from.
using ReleaseValidator = query::CodeValidator;

// See above. All releases must be of one catalog.
class ReleaseValidators {
 public:
  // `backend` outlives the validators.
  explicit ReleaseValidators(const Backend& backend) : backend_(backend) {}

  ReleaseValidators(const ReleaseValidators&) = delete;
  ReleaseValidators& operator=(const ReleaseValidators&) = delete;

  // The validator of a resolved release, opening its image; one for each release. Errors are
  // those of opening an image.
  absl::StatusOr<std::shared_ptr<ReleaseValidator>> Open(const OpenRelease& open);

 private:
  struct Kept;

  // When codes were billable, over the line of releases; opens their images.
  absl::StatusOr<std::shared_ptr<const query::Validity>> ValidityOf(const OpenRelease& open);
  absl::StatusOr<query::KnownReplacements> ReplacementsOf(Kept& kept, absl::string_view code,
                                                          const image::Image& from);

  const Backend& backend_;
  std::shared_ptr<const query::Validity> validity_;
  // By id.
  absl::flat_hash_map<std::string, std::shared_ptr<Kept>> kept_;
};

}  // namespace codeset::server
