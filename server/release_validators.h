// Validators of the releases of one catalog (storage/query/release_validators.h), with what they
// need of the other releases opened when it is first needed.
//
//   ReleaseValidators validators(backend);
//   ASSIGN_OR_RETURN(auto validator, validators.Open(open));      // open: see backend.h
//   ASSIGN_OR_RETURN(v1::CodeValidation told, validator->Validate("T81.4A"));
//
// Not thread-safe: one call has its own.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "storage/query/release_validators.h"

namespace codeset::server {

// The validator of one release and what it refers to. It may be used as long as the validators
// that it comes from.
using ReleaseValidator = query::CodeValidator;

// See above. All releases must be of one catalog; other releases are told as they are on the day
// on which the first one was opened.
class ReleaseValidators {
 public:
  // `backend` outlives the validators. Where `cancelled` says so, no more images are opened.
  explicit ReleaseValidators(const Backend& backend, Cancelled cancelled = {})
      : backend_(backend), cancelled_(std::move(cancelled)) {}

  ReleaseValidators(const ReleaseValidators&) = delete;
  ReleaseValidators& operator=(const ReleaseValidators&) = delete;

  // The validator of a resolved release, opening its image; one for each release. Errors are
  // those of opening an image.
  absl::StatusOr<std::shared_ptr<ReleaseValidator>> Open(const OpenRelease& open);

 private:
  const Backend& backend_;
  const Cancelled cancelled_;
  std::optional<query::ReleaseValidators> validators_;
};

}  // namespace codeset::server
