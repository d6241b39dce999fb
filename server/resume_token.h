// Resume tokens of WatchReleases: which event of which journal was told last.
//
// A token is opaque to clients. It is no secret and no permission: a checksum tells damage,
// nothing guards against forgery.
//
// Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace codeset::server {

// The token that goes on after the event of this number (0: before the first) of a journal.
std::string EncodeResumeToken(absl::string_view journal_id, uint64_t number);

// The number in a token. RESUME_TOKEN_INVALID if it is none or damaged, is of another journal,
// or of an event later than `end`, the newest there is.
absl::StatusOr<uint64_t> DecodeResumeToken(absl::string_view text, absl::string_view journal_id,
                                           uint64_t end);

}  // namespace codeset::server
