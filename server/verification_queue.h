// What is to be verified again, as groups of codes that one cause bears on
// (proto/codeset/v1/references.proto, ListVerificationQueue).
//
// Changes of content come from comparing each release that pages were verified against with the
// one judged by, once for all codes (effective_cache.h); the rest from the index of pages
// (page_index.h). A group holds a page exactly where StatusScope gives that page the reason.
//
// Thread-safe: free functions.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/references.pb.h"
#include "server/backend.h"
#include "server/cancelled.h"

namespace codeset::server {

// Handle the calls. Errors: ARGUMENT_INVALID, CONCEPT_ID_INVALID, PAGE_TOKEN_INVALID, those of a
// selector, CONCEPT_NOT_FOUND for an `under` that neither the release nor one that pages were
// verified against has; DATA_DAMAGED; CANCELLED where nobody waits any more.
absl::StatusOr<v1::ListVerificationQueueResponse> ListVerificationQueue(
    const Backend& backend, const v1::ListVerificationQueueRequest& request,
    const Cancelled& cancelled = {});
absl::StatusOr<v1::ListQueueCodesResponse> ListQueueCodes(const Backend& backend,
                                                          const v1::ListQueueCodesRequest& request,
                                                          const Cancelled& cancelled = {});

}  // namespace codeset::server
