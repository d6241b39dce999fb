// The notes that name a concept, without transport: see proto/codeset/v1/referencing.proto.
//
// Thread-safe: a free function over a thread-safe backend.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/referencing.pb.h"
#include "server/backend.h"

namespace codeset::server {

absl::StatusOr<v1::ListReferencingResponse> ListReferencing(
    const Backend& backend, const v1::ListReferencingRequest& request);

}  // namespace codeset::server
