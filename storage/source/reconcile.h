// Holds the files of a release against each other: order file against tabular list, and
// against the publisher's addenda.
//
// The order file decides what is a code, what is billable and what a code's parent is;
// whatever the others say otherwise is listed, and some of it is fatal, since it shows
// that the files are of different editions. disagreement.cc lists the classes.
//
// Thread-safe: pure functions, save for what candidates do.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "storage/model/release.h"
#include "storage/model/release_id.h"
#include "storage/source/addenda_check.h"
#include "storage/source/disagreement.h"
#include "storage/source/order_addenda.h"

namespace codeset::source {

// What was found.
struct Reconciliation {
  // Without what the tabular list's reader found (SourceFiles::findings).
  std::vector<Disagreement> disagreements;
  AddendaCheck addenda;
};

// Compares the files of release `id`. `tabular` is null where there is none. Of several
// addenda the check of the one that tells most is given: one that differs before one
// that is reproduced before one whose base is not loaded. See CheckAddenda for
// `candidates`, and for when it fails.
absl::StatusOr<Reconciliation> Reconcile(const model::ReleaseId& id, const model::OrderFacts& order,
                                         const model::Tabular* tabular,
                                         const std::vector<NamedAddenda>& addenda,
                                         const std::vector<BaseCandidate>& candidates);

}  // namespace codeset::source
