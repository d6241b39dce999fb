// ExportRelease: a release as the pages that it consists of (proto/codeset/v1/releases.proto).
//
// Thread-safe: a free function over a thread-safe backend.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/releases.pb.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "server/message_source.h"
#include "storage/portable/limits.h"

namespace codeset::server {

// The most groups that a request can name as held.
using portable::kMaxHeldGroups;
// The most bytes of pages in a message, unless one page alone has more.
inline constexpr size_t kMaxExportBytes = size_t{1} << 20;

// Handles the call. Errors: ARGUMENT_INVALID, those of a selector; in the stream DATA_DAMAGED. The
// source reads pages as they were when the call began, and takes the memory of about one message;
// it asks `cancelled` as it reads, and then ends with CANCELLED.
absl::StatusOr<FallibleSource<v1::ExportReleaseResponse>> ExportRelease(
    const Backend& backend, const v1::ExportReleaseRequest& request,
    const Cancelled& cancelled = {});

}  // namespace codeset::server
