// What differs between two releases, found by looking every concept up in both.
//
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/releases.pb.h"
#include "tests/soak/facts.h"

namespace codeset::soak {

// A change; texts and facts are the oracle's.
struct ExpectedChange {
  v1::ChangeKind kind = v1::CHANGE_KIND_UNSPECIFIED;
  // Null on the side that lacks the concept.
  const ConceptFacts* before = nullptr;
  const ConceptFacts* after = nullptr;
};

// By id and kind.
using ExpectedChanges = std::map<std::pair<absl::string_view, v1::ChangeKind>, ExpectedChange>;

// The facets that are compared: all that both releases know by files of their own.
std::vector<v1::Facet> FacetsOf(const ReleaseFacts& from, const ReleaseFacts& to);

// The changes from one release to another, of those facets. Chapters and sections are compared
// where both have a tabular list.
ExpectedChanges ChangesOf(const ReleaseFacts& from, const ReleaseFacts& to);

// Those whose concept lies at or below a category.
ExpectedChanges WithinCategory(const ExpectedChanges& changes, absl::string_view category);

// What differs between changes as they should be and as they came; empty if nothing.
std::string DifferenceOf(const ExpectedChanges& expected, const std::vector<v1::Change>& actual);
std::string DifferenceOf(const ExpectedChanges& expected, const v1::GetDiffSummaryResponse& actual);

// Keeps what ChangesOf found, since clients ask the same pairs again and again. Thread-safe.
class KeptChanges {
 public:
  std::shared_ptr<const ExpectedChanges> Of(const ReleaseFacts& from, const ReleaseFacts& to);

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const ExpectedChanges>> kept_;
};

}  // namespace codeset::soak
