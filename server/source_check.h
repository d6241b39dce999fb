// Checks what pages and verifications say of sources: dates, addresses, and editions against the
// register of source editions.
//
// Thread-safe: free functions; a RequestCheck belongs to one request.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "codeset/v1/reference.pb.h"
#include "server/request.h"
#include "storage/model/date.h"
#include "storage/model/source_editions.h"

namespace codeset::server {

// Whether a text may have line breaks and tabs. No text has other control characters: they would
// steer the terminal of whoever reads it.
enum class Lines { kOne, kMany };

// A text of at most so many bytes.
void CheckLength(RequestCheck& check, absl::string_view field, absl::string_view text, size_t most,
                 Lines lines = Lines::kOne);

// A required text of at most so many bytes.
void CheckRequired(RequestCheck& check, absl::string_view field, absl::string_view text,
                   size_t most, Lines lines = Lines::kOne);

// An http or https address of at most 2,000 bytes, or nothing.
void CheckUrl(RequestCheck& check, absl::string_view field, absl::string_view url);

// A day, ISO 8601, no later than `today`, or nothing.
void CheckPastDay(RequestCheck& check, absl::string_view field, absl::string_view text,
                  model::Date today);

// What kind, series and edition must be together: the tabular list and the guidelines have an
// edition that the register knows, a publication with a series one of that series. `prefix` is
// the path of the source. Null where it is no edition of the register.
const model::SourceEdition* CheckEdition(RequestCheck& check, absl::string_view prefix,
                                         v1::SourceKind kind, absl::string_view series,
                                         absl::string_view edition,
                                         const model::SourceEditions& editions);

}  // namespace codeset::server
