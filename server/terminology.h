// What the service Terminology answers about how concepts lie to each other, without transport:
// each function checks its request, resolves the release once, reads, and answers. Errors are
// those that proto/codeset/v1/terminology.proto gives. Concepts and lists of them:
// concept_answers.h.
//
// Thread-safe: free functions over a thread-safe backend.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/terminology.pb.h"
#include "server/backend.h"

namespace codeset::server {

absl::StatusOr<v1::GetSubsumptionResponse> GetSubsumption(const Backend& backend,
                                                          const v1::GetSubsumptionRequest& request);

absl::StatusOr<v1::GetCommonAncestorResponse> GetCommonAncestor(
    const Backend& backend, const v1::GetCommonAncestorRequest& request);

}  // namespace codeset::server
