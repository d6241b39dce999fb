// Proves all that a data directory holds, as after a restore.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/store/store.h"

namespace codeset::store {

// How a long piece of work speaks with whoever asked for it. Either may be empty.
struct WorkHooks {
  // Told before each step what it is, for people.
  std::function<void(absl::string_view step)> progress;
  // Asked between steps; true ends the work with CANCELLED.
  std::function<bool()> cancelled;
};

// Begins a step: tells it; CANCELLED where that is asked for, with `cancelled` as the message.
absl::Status BeginStep(const WorkHooks& hooks, absl::string_view step, absl::string_view cancelled);

// What was read.
struct StoreCheck {
  int releases = 0;
  // Pages of releases; one that several share counts for each.
  int64_t release_pages = 0;
  int64_t revisions = 0;
  int64_t verifications = 0;
  uint64_t events = 0;
};

// Recomputes the fingerprint of every release and the digest of every kept source, reads addenda
// and journal, and verifies the ledger. For a store that nobody writes to meanwhile. DATA_DAMAGED
// names what does not match; CANCELLED; STORAGE_FAILED.
absl::StatusOr<StoreCheck> CheckStore(const Store& store, const WorkHooks& hooks);

}  // namespace codeset::store
