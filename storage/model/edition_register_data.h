// The text of the edition register that ships with the project; for its form see
// edition_register.h. Its own file, since a newly published edition changes nothing else.
//
// Thread-safe: a constant.
#pragma once

#include "absl/strings/string_view.h"

namespace codeset::model {

extern const absl::string_view kBuiltInEditions;

}  // namespace codeset::model
