// Loads one release from published files: reads, reconciles, encodes and publishes; or those of
// a portable file (portable_load.h). Used by the Admin service and by `codesetd load` alike.
//
//   ASSIGN_OR_RETURN(v1::LoadReport report, LoadRelease(store, options, files, {}));
//
// Thread-safe; the store lets one write in at a time. A load takes seconds and some hundred
// megabytes: never on a thread that answers requests, and one at a time.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/admin.pb.h"
#include "server/load_options.h"
#include "storage/source/input.h"
#include "storage/store/store.h"

namespace codeset::server {

// How a load speaks with whoever asked for it. Either may be empty.
struct LoadHooks {
  // Told before each step what it is, for people.
  std::function<void(absl::string_view step)> progress;
  // Asked between steps, last right before publishing; true ends the load with CANCELLED
  // and nothing published.
  std::function<bool()> cancelled;
};

// Loads a release, or adds a facet group to a loaded one. Errors: as CheckLoadOptions,
// source::ReadSources, source::LayOver and Store::Publish; ARGUMENT_INVALID where options,
// files and what is loaded do not go together; RELEASE_NOT_FOUND for a base that is not
// loaded; RECONCILIATION_REFUSED where a fatal class of disagreement is not allowed;
// CANCELLED. Nothing is published then. Of a portable file as LoadPortable.
absl::StatusOr<v1::LoadReport> LoadRelease(store::Store& store, const v1::LoadOptions& options,
                                           std::vector<source::InputFile> files,
                                           const LoadHooks& hooks);

// Verifies a release: reads it back in full, and compares it again with the addenda that
// it was loaded with, against the releases loaded now; records what that comes to.
// RELEASE_NOT_FOUND, DATA_DAMAGED.
absl::StatusOr<v1::VerifyReleaseResponse> VerifyRelease(store::Store& store, absl::string_view id);

}  // namespace codeset::server
