// The grammar of labels (proto/codeset/v1/label.proto).
//
// Thread-safe: a free function.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace codeset::model {

inline constexpr size_t kMaxLabelLength = 63;

// Whether a text can be a label: one to 63 of a-z, 0-9, `-`, `_` and `.`, a letter first;
// neither `current` nor `next`. LABEL_INVALID says what is wrong; of a text that looks like
// a release id, that it does.
absl::Status CheckLabel(absl::string_view text);

}  // namespace codeset::model
