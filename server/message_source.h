// What a streaming handler answers with: a function that gives the next message each time
// it is called, and nothing at the end. The adapter calls it when the one before has been
// written, so that a slow reader makes for a slow producer.
//
// Not thread-safe: each call has its own.
#pragma once

#include <functional>
#include <optional>

#include "absl/status/statusor.h"

namespace codeset::server {

template <typename Message>
using MessageSource = std::function<std::optional<Message>()>;

// The same where the next message may fail to be made; the error ends the stream.
template <typename Message>
using FallibleSource = std::function<absl::StatusOr<std::optional<Message>>()>;

}  // namespace codeset::server
