// What the service Admin does with releases that are loaded, without transport (loads: loader.h).
// A request must name its release by id: what changes one does not go by labels and dates. Errors
// are those that proto/codeset/v1/admin.proto gives.
//
// Thread-safe: free functions over a thread-safe store. They read or write all of a release: never
// on a thread that answers requests.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/admin.pb.h"
#include "storage/store/store.h"

namespace codeset::server {

absl::StatusOr<v1::VerifyReleaseResponse> VerifyRelease(store::Store& store,
                                                        const v1::VerifyReleaseRequest& request);

absl::StatusOr<v1::DeleteReleaseResponse> DeleteRelease(store::Store& store,
                                                        const v1::DeleteReleaseRequest& request);

}  // namespace codeset::server
