// Adds to the ledger what was verified, and sets usage counts (proto/codeset/v1/admin.proto).
//
// Thread-safe: free functions over a thread-safe backend. They write to the disk: never on a
// thread that answers requests.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/admin.pb.h"
#include "server/backend.h"

namespace codeset::server {

inline constexpr int kMaxVerifications = 1000;
inline constexpr int kMaxUsageCounts = 100000;

// Handles RecordVerification. Errors as the proto gives them; nothing is recorded then.
absl::StatusOr<v1::RecordVerificationResponse> RecordVerification(
    const Backend& backend, const v1::RecordVerificationRequest& request);

// Handles SetUsageCounts.
absl::StatusOr<v1::SetUsageCountsResponse> SetUsageCounts(const Backend& backend,
                                                          const v1::SetUsageCountsRequest& request);

}  // namespace codeset::server
