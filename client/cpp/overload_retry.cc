#include "client/cpp/overload_retry.h"

#include <random>

#include "absl/time/clock.h"
#include "client/cpp/error.h"

namespace codeset::client {

std::optional<absl::Duration> OverloadRetry::Next(const absl::Status& status) {
  if (left_ <= 0 || ErrorReasonOf(status) != v1::ERROR_REASON_OVERLOADED) return std::nullopt;
  const std::optional<absl::Duration> asked = RetryDelayOf(status);
  if (!asked.has_value()) return std::nullopt;
  thread_local std::minstd_rand random{std::random_device()()};
  const absl::Duration delay =
      *asked * (1 + std::uniform_real_distribution<double>(0, 0.25)(random));
  if (absl::Now() + delay >= deadline_) return std::nullopt;
  --left_;
  return delay;
}

}  // namespace codeset::client
