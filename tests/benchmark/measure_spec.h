// What is to be measured, as one line of text:
//
//   get in_flight=50 seconds=2 view=full
//   batch size=1000 read=messages
//   validate size=10000 calls=4 unknown=0 codes=billable
//   relatives relation=children
//   diff from=2025 to=2026
//   get rate=5000 slots=200
//
// Thread-safe: a value and free functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "codeset/v1/terminology.pb.h"

namespace codeset::bench {

// See above. Fields have the names of the text but for what is noted.
struct MeasureSpec {
  // get, batch, relatives, validate or diff.
  std::string call;
  // Closed loop, unless `rate` (calls a second) is given: then at most `slots` calls are under
  // way.
  int in_flight = 1;
  double rate = 0;
  int slots = 500;
  double seconds = 1;
  // `calls`: closed loop, lasts until so many have ended.
  int least_calls = 1;
  // `warm_up`.
  double warm_up_seconds = 0.1;
  // Codes of a batch.
  int size = 1000;
  // `read=bytes` or `read=messages`.
  bool decode = false;
  // basic, full or effective.
  v1::ConceptView view = v1::CONCEPT_VIEW_FULL;
  // parents, ancestors, children, siblings or descendants.
  v1::Relation relation = v1::RELATION_CHILDREN;
  // Of a diff.
  std::string from;
  std::string to;
  // How many of 100 codes do not exist.
  double unknown_percent = 5;
  // `codes=all` or `codes=billable`.
  bool billable_only = false;
  uint64_t seed = 1;
};

// Reads a line. INVALID_ARGUMENT names the word that is wrong.
absl::StatusOr<MeasureSpec> ParseMeasureSpec(absl::string_view line);

}  // namespace codeset::bench
