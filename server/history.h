// The lives of codes over all releases (proto/codeset/v1/history.proto).
//
// A call takes the catalog once and holds the images of its releases until it has answered,
// so that a load or deletion meanwhile changes nothing for it.
//
// Thread-safe: free functions.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "codeset/v1/history.pb.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "server/message_source.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/model/timeline.h"
#include "storage/query/release_set.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// Time as the releases of a catalog and the editions known divide it; what is held back on
// `today` counts as not loaded. Timeline::releases are Catalog::releases().
model::Timeline TimelineOf(const store::Catalog& catalog, const model::EditionRegister& editions,
                           model::Date today);

// The releases of a catalog for questions that concern more than one of them; their places are
// those of Catalog::releases(). `backend` outlives the set, which holds the catalog.
query::ReleaseSet ReleaseSetOf(const Backend& backend,
                               std::shared_ptr<const store::Catalog> catalog, model::Date today,
                               Cancelled cancelled = {});

// A code's life. CONCEPT_ID_INVALID also for chapters and sections; CONCEPT_NOT_FOUND says
// which releases were looked at and which editions are not loaded; RELEASE_NOT_FOUND where
// no release is there to look at; CANCELLED where nobody waits any more.
absl::StatusOr<v1::GetHistoryResponse> GetHistory(const Backend& backend,
                                                  const v1::GetHistoryRequest& request,
                                                  const Cancelled& cancelled = {});

// The lives of all codes. ARGUMENT_INVALID for a pattern that is none; RELEASE_NOT_FOUND,
// CANCELLED.
absl::StatusOr<MessageSource<v1::StreamHistoriesResponse>> StreamHistories(
    const Backend& backend, const v1::StreamHistoriesRequest& request,
    const Cancelled& cancelled = {});

}  // namespace codeset::server
