// What the service References answers, but for the queue (verification_queue.h), without
// transport. Errors are those that proto/codeset/v1/references.proto gives.
//
// Thread-safe: free functions over a thread-safe backend.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/references.pb.h"
#include "server/backend.h"
#include "server/message_source.h"

namespace codeset::server {

inline constexpr int kMaxReferenceCodes = 10000;

absl::StatusOr<v1::GetReferenceResponse> GetReference(const Backend& backend,
                                                      const v1::GetReferenceRequest& request);

absl::StatusOr<v1::ListReferenceRevisionsResponse> ListReferenceRevisions(
    const Backend& backend, const v1::ListReferenceRevisionsRequest& request);

absl::StatusOr<FallibleSource<v1::StreamReferencesResponse>> StreamReferences(
    const Backend& backend, const v1::StreamReferencesRequest& request);

absl::StatusOr<v1::ListVerificationsResponse> ListVerifications(
    const Backend& backend, const v1::ListVerificationsRequest& request);

absl::StatusOr<v1::ListSourceEditionsResponse> ListSourceEditions(
    const Backend& backend, const v1::ListSourceEditionsRequest& request);

}  // namespace codeset::server
