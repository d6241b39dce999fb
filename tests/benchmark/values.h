// The concepts of one release in a file, which the load generator takes its codes from and the
// peers are filled with: so all of them have the same data.
//
// The file has codeset.v1.Concept messages of the FULL view, each after its length as a varint.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "codeset/v1/concept.pb.h"

namespace codeset::bench {

// Reads a file of concepts. Errors name the file.
absl::StatusOr<std::vector<v1::Concept>> ReadValues(const std::string& path);

// Writes one.
absl::Status WriteValues(const std::string& path, const std::vector<v1::Concept>& concepts);

// The codes of a release, to draw from. Immutable.
struct KnownCodes {
  // Of the rows of the order file among the concepts.
  explicit KnownCodes(const std::vector<v1::Concept>& concepts);

  // In the official spelling.
  std::vector<std::string> all;
  std::vector<std::string> billable;
  absl::flat_hash_set<std::string> existing;
};

// Draws codes at random: existing ones, and now and then one that does not exist, but is written
// as codes are.
class CodeSource {
 public:
  // Of some codes, which outlive it, only billable ones if `billable_only`; `unknown_percent` of
  // what is drawn does not exist.
  CodeSource(const KnownCodes& known, bool billable_only, double unknown_percent, uint64_t seed)
      : known_(known),
        codes_(billable_only ? known.billable : known.all),
        random_(seed),
        unknown_(unknown_percent / 100) {}

  // A code in the official spelling. There is at least one to be drawn from.
  std::string Next();

 private:
  std::string Unknown();
  uint64_t Below(uint64_t bound) { return random_() % bound; }

  const KnownCodes& known_;
  const std::vector<std::string>& codes_;
  std::mt19937_64 random_;
  std::bernoulli_distribution unknown_;
};

}  // namespace codeset::bench
