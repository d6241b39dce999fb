// What the service Releases answers, without transport: each function checks its request,
// resolves its releases once and in one snapshot of the catalog, reads, and answers. Errors
// are those that proto/codeset/v1/releases.proto gives.
//
// Thread-safe: free functions over a thread-safe backend.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/releases.pb.h"
#include "server/backend.h"
#include "server/message_source.h"

namespace codeset::server {

// The most changes in a message of StreamDiff.
inline constexpr int kChangesPerMessage = 200;

absl::StatusOr<v1::ListReleasesResponse> ListReleases(const Backend& backend,
                                                      const v1::ListReleasesRequest& request);

absl::StatusOr<v1::GetReleaseResponse> GetRelease(const Backend& backend,
                                                  const v1::GetReleaseRequest& request);

absl::StatusOr<v1::ResolveReleaseResponse> ResolveRelease(const Backend& backend,
                                                          const v1::ResolveReleaseRequest& request);

absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(const Backend& backend,
                                                          const v1::GetDiffSummaryRequest& request);

absl::StatusOr<MessageSource<v1::StreamDiffResponse>> StreamDiff(
    const Backend& backend, const v1::StreamDiffRequest& request);

// A loaded release in full, as GetRelease answers it; RELEASE_NOT_FOUND.
absl::StatusOr<v1::Release> DescribeRelease(store::Store& store, absl::string_view id);

}  // namespace codeset::server
