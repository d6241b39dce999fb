// What the service Terminology answers, without transport: each function checks its
// request, resolves the release once, reads, and answers. Errors are those that
// proto/codeset/v1/terminology.proto gives.
//
// Thread-safe: free functions over a thread-safe backend.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/terminology.pb.h"
#include "server/backend.h"
#include "server/message_source.h"

namespace codeset::server {

// The most concepts in a message of StreamDescendants.
inline constexpr int kConceptsPerMessage = 500;

absl::StatusOr<v1::GetConceptResponse> GetConcept(const Backend& backend,
                                                  const v1::GetConceptRequest& request);

absl::StatusOr<v1::BatchGetConceptsResponse> BatchGetConcepts(
    const Backend& backend, const v1::BatchGetConceptsRequest& request);

absl::StatusOr<v1::ListConceptsResponse> ListConcepts(const Backend& backend,
                                                      const v1::ListConceptsRequest& request);

absl::StatusOr<v1::ListRelativesResponse> ListRelatives(const Backend& backend,
                                                        const v1::ListRelativesRequest& request);

absl::StatusOr<MessageSource<v1::StreamDescendantsResponse>> StreamDescendants(
    const Backend& backend, const v1::StreamDescendantsRequest& request);

absl::StatusOr<v1::GetSubsumptionResponse> GetSubsumption(const Backend& backend,
                                                          const v1::GetSubsumptionRequest& request);

absl::StatusOr<v1::GetCommonAncestorResponse> GetCommonAncestor(
    const Backend& backend, const v1::GetCommonAncestorRequest& request);

}  // namespace codeset::server
