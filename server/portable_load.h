// Loads the releases of a portable file (storage/FORMAT.md §4): each is proved, held against what
// is loaded, and published as a release from published files is.
//
// Thread-safe, and as long as a load is (loader.h).
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "codeset/v1/admin.pb.h"
#include "server/loader.h"
#include "storage/source/input.h"
#include "storage/store/store.h"

namespace codeset::server {

// Whether some of a load's files is a portable one.
bool HasPortable(const std::vector<source::InputFile>& files);

// Loads them; the options must have been checked. Errors: ARGUMENT_INVALID for another file beside
// it, and for options that do not go with it; RELEASE_NOT_FOUND where it does not have the release
// that the options name; those of portable::ReadPortable and Store::Publish; CANCELLED. Refused is
// refused before anything is published; where publishing itself fails, or is cancelled, what came
// before stays.
absl::StatusOr<v1::LoadReport> LoadPortable(store::Store& store, const v1::LoadOptions& options,
                                            std::vector<source::InputFile> files,
                                            const LoadHooks& hooks);

}  // namespace codeset::server
