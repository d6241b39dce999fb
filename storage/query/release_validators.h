// Validators of the releases of one set, with what they need of the other releases opened when
// it is first needed.
//
//   ReleaseValidators validators([&] { return set; });        // set: see release_set.h
//   ASSIGN_OR_RETURN(auto validator, validators.Open(image, order));
//   ASSIGN_OR_RETURN(v1::CodeValidation told, validator->Validate("T81.4A"));
//
// Not thread-safe: one call has its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/image/image.h"
#include "storage/model/release_id.h"
#include "storage/query/release_set.h"
#include "storage/query/validation.h"
#include "storage/query/validity.h"

namespace codeset::query {

// See above.
class ReleaseValidators {
 public:
  // `set` is called at most once, when something of other releases is asked for first; the
  // images opened must be of its releases.
  explicit ReleaseValidators(std::function<ReleaseSet()> set) : make_set_(std::move(set)) {}

  ReleaseValidators(const ReleaseValidators&) = delete;
  ReleaseValidators& operator=(const ReleaseValidators&) = delete;

  // The validator of a release, `order` being its place in the order of releases; one for each
  // release. It may be used as long as this.
  std::shared_ptr<CodeValidator> Open(std::shared_ptr<const image::Image> image,
                                      model::ReleaseOrder order);

 private:
  struct Kept;

  const ReleaseSet& set();
  // When codes were billable, over the line of releases; opens their images.
  absl::StatusOr<std::shared_ptr<const Validity>> ValidityOfAll();
  absl::StatusOr<KnownReplacements> ReplacementsOf(Kept& kept, absl::string_view code,
                                                   const image::Image& from);

  std::function<ReleaseSet()> make_set_;
  std::optional<ReleaseSet> set_;
  std::shared_ptr<const Validity> validity_;
  // By id.
  absl::flat_hash_map<std::string, std::shared_ptr<Kept>> kept_;
};

}  // namespace codeset::query
