// What an operator may ask of a load.
//
// Thread-safe: free functions.
#pragma once

#include "absl/status/status.h"
#include "codeset/v1/admin.pb.h"

namespace codeset::server {

// What is wrong with the options by themselves; so that it can be told before the files
// have come. RELEASE_ID_INVALID, ARGUMENT_INVALID with every violation. That there is no release
// id is told by the next, since a portable file needs none.
absl::Status CheckLoadOptions(const v1::LoadOptions& options);

// RELEASE_ID_INVALID where no release is named.
absl::Status RequireReleaseId(const v1::LoadOptions& options);

}  // namespace codeset::server
