// What the service Releases answers of two releases, without transport: each function checks
// its request, resolves both releases in one snapshot of the catalog, compares, and answers.
// Errors are those that proto/codeset/v1/releases.proto gives.
//
// Thread-safe: free functions over a thread-safe backend.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "codeset/v1/releases.pb.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "server/message_source.h"

namespace codeset::server {

// The most changes in a message of StreamDiff.
inline constexpr int kChangesPerMessage = 200;

// Both: CANCELLED where nobody waits any more.
absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(const Backend& backend,
                                                          const v1::GetDiffSummaryRequest& request,
                                                          const Cancelled& cancelled = {});

// v1::StreamDiffResponses, serialised (storage/query/change_wire.h).
absl::StatusOr<MessageSource<std::string>> StreamDiffBytes(const Backend& backend,
                                                           const v1::StreamDiffRequest& request,
                                                           const Cancelled& cancelled = {});

}  // namespace codeset::server
