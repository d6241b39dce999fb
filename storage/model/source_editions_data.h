// The text of the editions of the guidelines that ship with the project; for its form see
// source_editions.h. Its own file, since a newly published edition changes nothing else.
//
// Thread-safe: a constant.
#pragma once

#include "absl/strings/string_view.h"

namespace codeset::model {

extern const absl::string_view kBuiltInSourceEditions;

}  // namespace codeset::model
