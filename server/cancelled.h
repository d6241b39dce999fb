// Whether whoever asked still waits, for handlers that take long: gRPC tells it of a call that was
// cancelled and of one whose deadline has passed alike.
//
//   for (…) {
//     RETURN_IF_ERROR(CheckCancelled(cancelled));
//     …                                            // no more than some tenths of a second
//   }
//
// Thread-safe: a free function.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "storage/model/error.h"

namespace codeset::server {

// True once nobody waits any more. May be empty: then somebody always does. Called on the handler's
// thread.
using Cancelled = std::function<bool()>;

// CANCELLED where `cancelled` says so.
inline absl::Status CheckCancelled(const Cancelled& cancelled) {
  if (!cancelled || !cancelled()) return absl::OkStatus();
  return model::MakeError(model::Reason::kCancelled,
                          "the call was cancelled, or its deadline passed, before it was answered");
}

}  // namespace codeset::server
