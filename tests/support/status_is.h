// How a test looks at an error: by reason and facts first, by words second.
//
//   EXPECT_TRUE(FailsWith(status, Reason::kSourceMalformed, "a.txt:3: ", "flag 0 or 1"));
//
// Thread-safe: free functions.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "storage/model/error.h"

namespace codeset::testing {

// True if `status` has the reason and its message begins with and holds the texts.
inline ::testing::AssertionResult FailsWith(const absl::Status& status, model::Reason reason,
                                            absl::string_view begins, absl::string_view holds) {
  const std::optional<model::Reason> found = model::ReasonOf(status);
  if (!found.has_value() || *found != reason) {
    return ::testing::AssertionFailure()
           << "expected " << model::ReasonName(reason) << ", got " << status.ToString();
  }
  if (!absl::StartsWith(status.message(), begins) || !absl::StrContains(status.message(), holds)) {
    return ::testing::AssertionFailure()
           << "expected \"" << begins << "…" << holds << "\", got \"" << status.message() << "\"";
  }
  return ::testing::AssertionSuccess();
}

}  // namespace codeset::testing
