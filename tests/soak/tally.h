// Counts calls, how long they took, errors by reason, and wrong answers.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/benchmark/histogram.h"

namespace codeset::soak {

// An error by which it is counted: `NOT_FOUND CONCEPT_NOT_FOUND`.
std::string ErrorName(const absl::Status& status);

// See above.
class Tally {
 public:
  // A call of a kind has ended, however it did.
  void Called(const std::string& kind, absl::Duration took);
  // It ended with an error that was to be expected.
  void AskedFor(const absl::Status& status);
  // It ended with one that was not.
  void NotAskedFor(const std::string& kind, const absl::Status& status, absl::string_view about);
  // An answer is not what the oracle says.
  void Wrong(const std::string& kind, absl::string_view what);
  // So many things were compared, or done; told in the report by name.
  void Count(const std::string& name, int64_t by = 1);

  uint64_t calls() const;
  uint64_t calls_of(const std::string& kind) const;
  int64_t count_of(const std::string& name) const;
  uint64_t wrong() const;
  uint64_t not_asked_for() const;

  // All of it as one JSON object, for calls that took `seconds` together.
  void WriteJson(std::ostream& out, double seconds) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, bench::LatencyHistogram> calls_;
  std::map<std::string, uint64_t> asked_for_;
  std::map<std::string, uint64_t> not_asked_for_;
  std::map<std::string, uint64_t> wrong_;
  std::map<std::string, int64_t> counts_;
  // The first few of what should not be.
  std::vector<std::string> examples_;
};

}  // namespace codeset::soak
