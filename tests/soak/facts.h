// What the oracle knows of releases: tables that prepare.py has written from a naive reading of the
// published files. Shares nothing with what the server is built from.
//
//   ASSIGN_OR_RETURN(const Oracle oracle, ReadOracle("tables", {"2025", "2026"}));
//   const ConceptFacts* facts = oracle.releases.at("2026").Find("M99.86");
//
// Plain values; thread-safe once read.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "codeset/v1/selector.pb.h"

namespace codeset::soak {

// What a release says of a concept. Texts point into the table that was read.
struct ConceptFacts {
  absl::string_view id;
  v1::ConceptKind kind = v1::CONCEPT_KIND_UNSPECIFIED;
  absl::string_view parent;
  absl::string_view chapter;
  absl::string_view section;
  v1::Placement placement = v1::PLACEMENT_UNSPECIFIED;
  // Whether the order file has it: not of chapters and sections.
  bool row = false;
  bool billable = false;
  int order_number = 0;
  absl::string_view short_title;
  absl::string_view title;
  // The tabular list's title where it differs; empty otherwise.
  absl::string_view tabular_title;
  bool placeholder = false;
  // Own notes, 7th-character definition and table of visual impairment, as prepare.py writes
  // them: texts to be compared as a whole.
  absl::string_view notes;
  absl::string_view seventh;
  absl::string_view table;
  // Places of its children among the release's concepts, in tabular order.
  std::vector<size_t> children;
};

// A release.
struct ReleaseFacts {
  std::string id;
  // First day in force, ISO 8601.
  std::string date;
  std::string fingerprint;
  // The release that lends chapters and sections; empty with a tabular list of its own.
  std::string structure_from;
  std::map<v1::FacetGroup, std::string> groups;
  // `order_rows`, `billable`, …
  std::map<std::string, int> counts;
  // In tabular order, those without a place last.
  std::vector<ConceptFacts> concepts;
  absl::flat_hash_map<absl::string_view, size_t> by_id;
  // The codes of its own list of POA-exempt codes.
  std::set<absl::string_view> exempt;
  // What the texts point into.
  std::shared_ptr<const std::string> table;

  bool tabular() const { return groups.contains(v1::FACET_GROUP_TABULAR); }
  bool has_exempt_list() const { return groups.contains(v1::FACET_GROUP_POA); }
  // Null where the release has no such concept.
  const ConceptFacts* Find(absl::string_view id) const;
  // Parent, grandparent, … nearest first.
  std::vector<const ConceptFacts*> AncestorsOf(const ConceptFacts& facts) const;
  // All below, in tabular order.
  std::vector<const ConceptFacts*> DescendantsOf(const ConceptFacts& facts) const;
};

// An edition that is known to have been published.
struct Edition {
  std::string id;
  std::string date;
  bool changes_codes = false;
  bool changes_exempt_list = false;
};

// All that the oracle knows.
struct Oracle {
  // By id; the releases that a soak uses.
  std::map<std::string, ReleaseFacts> releases;
  // By first day in force, oldest first.
  std::vector<Edition> editions;
};

// Reads the tables of `ids` in `folder`. NOT_FOUND, or INVALID_ARGUMENT with file and line.
absl::StatusOr<Oracle> ReadOracle(const std::string& folder, const std::vector<std::string>& ids);

// A code without its dot.
std::string Undotted(absl::string_view id);

// The fiscal year of a day, ISO 8601: that of 2025-10-01 is 2026.
int FiscalYear(absl::string_view date);

}  // namespace codeset::soak
