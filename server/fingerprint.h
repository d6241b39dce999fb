// The names under which handlers know what a selector asserts (storage/query/selector_check.h).
#pragma once

#include "server/error.h"
#include "storage/query/selector_check.h"

namespace codeset::server {

using query::AssertFingerprints;
using query::CheckAssertions;

}  // namespace codeset::server
