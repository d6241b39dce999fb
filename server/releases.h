// What the service Releases answers of one release, without transport (server/diff.h compares
// two): each function checks its request, resolves its release in one snapshot of the catalog,
// reads, and answers. Errors are those that proto/codeset/v1/releases.proto gives.
//
// Thread-safe: free functions over a thread-safe backend.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/releases.pb.h"
#include "server/backend.h"

namespace codeset::server {

absl::StatusOr<v1::ListReleasesResponse> ListReleases(const Backend& backend,
                                                      const v1::ListReleasesRequest& request);

absl::StatusOr<v1::GetReleaseResponse> GetRelease(const Backend& backend,
                                                  const v1::GetReleaseRequest& request);

absl::StatusOr<v1::ResolveReleaseResponse> ResolveRelease(const Backend& backend,
                                                          const v1::ResolveReleaseRequest& request);

// A loaded release with what depends on the day, on labels and on the other releases that are
// loaded; all but the categories that could not be placed.
v1::Release Describe(const store::Catalog& catalog, const store::CatalogRelease& release,
                     model::Date today);

// A loaded release in full, as GetRelease answers it; RELEASE_NOT_FOUND.
absl::StatusOr<v1::Release> DescribeRelease(store::Store& store, absl::string_view id);

// The same of a release that is not published, as it would stand beside what is loaded; without
// the categories that could not be placed.
absl::StatusOr<v1::Release> DescribeUnpublished(const store::Catalog& catalog,
                                                const v1::Release& release, model::Date today);

}  // namespace codeset::server
