// What the service Admin does with labels and with what is held back, without transport: each
// function checks its request whole, then changes the store and answers. Errors are those that
// proto/codeset/v1/admin.proto gives.
//
// Thread-safe: free functions over a thread-safe store.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/admin.pb.h"
#include "storage/store/store.h"

namespace codeset::server {

// The longest name of who does something, in bytes.
inline constexpr size_t kMaxByLength = 200;

absl::StatusOr<v1::SetActivationResponse> SetActivation(store::Store& store,
                                                        const v1::SetActivationRequest& request);

absl::StatusOr<v1::SetLabelResponse> SetLabel(store::Store& store,
                                              const v1::SetLabelRequest& request);

absl::StatusOr<v1::RollbackLabelResponse> RollbackLabel(store::Store& store,
                                                        const v1::RollbackLabelRequest& request);

absl::StatusOr<v1::RemoveLabelResponse> RemoveLabel(store::Store& store,
                                                    const v1::RemoveLabelRequest& request);

}  // namespace codeset::server
