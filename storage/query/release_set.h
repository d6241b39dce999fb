// The releases that there are, as questions that concern more than one of them see them: those
// that a server has loaded, or those that a local code set holds.
//
//   ASSIGN_OR_RETURN(const ReplacementScope scope, OpenReplacements(set, from, to));
//   scope.Find("G35")                       // also for other calls that tell replacements
//
// Thread-safe: a set and a scope are not changed; a scope keeps the images that it answers from.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/replacement.pb.h"
#include "storage/image/image.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/model/timeline.h"
#include "storage/query/replacements.h"

namespace codeset::query {

// See above.
struct ReleaseSet {
  // By (effective date, correction), oldest first.
  std::vector<model::TimelineRelease> releases;
  // The editions known to have been published; outlives the set.
  const model::EditionRegister* editions = nullptr;
  // The day of the question in New York.
  model::Date today;
  // The image of a release, by its place in `releases`. Errors are those of building it.
  std::function<absl::StatusOr<std::shared_ptr<const image::Image>>(size_t release)> image;
};

// What is needed to tell the replacements of any code between two releases.
struct ReplacementScope {
  Replacements replacements;
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

// Opens the images between two releases of a set (their places), both included, and the one
// whose conversion table is to be read. One that is held back until after the newer one came
// into force tells nothing of others. Errors are those of the images.
absl::StatusOr<ReplacementScope> OpenReplacements(const ReleaseSet& set, size_t from, size_t to);

}  // namespace codeset::query
