// Results of validation as the bytes that answers consist of.
//
// Thread-safe: a free function over an immutable image.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/image/image.h"

namespace codeset::query {

// Fetches what AppendBillableResult reads of some concepts into the cache; of those that are
// image::kNoNode nothing. Changes nothing.
void WarmResults(const image::Image& image, absl::Span<const image::NodeIndex> nodes);

// Appends a field of some message, with its number and length, that is the
// codeset.v1.CodeValidation of a row whose text is a billable code: what CodeValidator::Validate
// makes of it, with its row (not negative), text and place in the answer's list of releases,
// serialised. `node` is as CodeValidator::FindBillable gives it.
void AppendBillableResult(int field, const image::Image& image, image::NodeIndex node, int64_t row,
                          absl::string_view text, int32_t release_index, std::string& bytes);

}  // namespace codeset::query
