// Validates any number of codes, each by its own release.
//
//   client::ValidationRange results = client.StreamValidateCodes(client::OnDate("2026-03-01"),
//                                                               client::RowsOf(codes));
//   for (absl::StatusOr<client::ValidatedCode>& row : results) …
//
// Rows are sent on a thread of the range's own while results are read on the caller's, and each
// side waits for the other when it is ahead: the memory is that of a few messages.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/cpp/connection.h"
#include "client/cpp/range.h"
#include "codeset/v1/validation.pb.h"

namespace codeset::client {

// What came of one row.
struct ValidatedCode {
  v1::CodeValidation validation;
  // The release that answered; null where the row was not answered. Its coverage has no date.
  // What the row's selector asserts was held against it.
  std::shared_ptr<const v1::ResolvedRelease> release;
};

// Nothing is said of the whole.
struct ValidationHeader {};

using ValidationRange = BatchRange<ValidatedCode, ValidationHeader>;

// Gives the next row; nothing at the end, after which it is not called again. Called on a
// thread of the range's, never by two at once; a range that is left early waits for a call
// that is under way. Codes must be UTF-8.
using NextCode = std::function<std::optional<v1::CodeToValidate>()>;

// The rows of codes that are held in memory and name no release themselves.
NextCode RowsOf(std::vector<std::string> codes);

// The results of a call that `open` starts when the range is first used. `release` is that of
// rows that name none.
ValidationRange ValidateRows(std::function<std::unique_ptr<ValidationStream>()> open,
                             const v1::ReleaseSelector& release, NextCode next_code);

}  // namespace codeset::client
