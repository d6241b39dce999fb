// The names under which handlers know the validation of requests (storage/query/request.h).
#pragma once

#include "server/error.h"
#include "storage/query/request.h"

namespace codeset::server {

using query::kDefaultPageSize;
using query::kMaxBatchBytes;
using query::kMaxBatchIds;
using query::kMaxCommonAncestorIds;
using query::kMaxPageSize;
using query::RequestCheck;
using query::ShownText;

}  // namespace codeset::server
