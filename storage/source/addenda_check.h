// Whether the publisher's addenda confirm an order file: the difference from an earlier
// release, computed, must be the lines of the addenda.
//
// Thread-safe: values and free functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/model/addenda.h"
#include "storage/model/release.h"

namespace codeset::source {

// What the comparison came to. The numbers are those of codeset.v1.AddendaOutcome.
enum class AddendaOutcome { kNoAddenda = 1, kReproduced = 2, kBaseNotLoaded = 3, kDiffers = 4 };

// The comparison in detail.
struct AddendaCheck {
  AddendaOutcome outcome = AddendaOutcome::kNoAddenda;
  // The release from which the addenda are reproduced, or the one that should have and
  // did not; empty where there is none.
  std::string base_release_id;
  // Of the trailer, headers and codes together; a revision is a pair of lines.
  int additions = 0;
  int deletions = 0;
  int revisions = 0;
  // For kDiffers: whether the trailer's counts of the new edition are not the order
  // file's, so that no base was tried.
  bool counts_differ = false;
  // For kDiffers: the first difference, for people.
  std::string difference;
};

// The rows of two order files, each in its order. A category whose rows are the same in both may
// be left out of both.
struct OrderChange {
  model::OrderFacts before;
  model::OrderFacts after;
};

// A loaded release that the addenda may start from.
struct BaseCandidate {
  std::string release_id;
  // Rows of its order file with flag 0 and 1.
  int headers = 0;
  int codes = 0;
  // Holds its order file against the later one; called only if the counts are those of the
  // addenda's base.
  std::function<absl::StatusOr<OrderChange>(const model::OrderFacts& next)> change;
};

// Looks among `candidates` for the base of `addenda`, the last first: give them oldest
// first, and of several with the same rows the newest is named. Lines are compared as a
// set, revisions of white space alone apart. Fails only as a candidate's `change` does.
absl::StatusOr<AddendaCheck> CheckAddenda(const model::OrderFacts& next,
                                          const model::Addenda& addenda,
                                          const std::vector<BaseCandidate>& candidates);

}  // namespace codeset::source
