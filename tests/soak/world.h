// What a server that has certain releases loaded must answer from, for each way to name a release.
//
//   const Outcomes outcomes = OutcomesOf(oracle, selector, states, today);
//   outcomes.releases.contains(answer.release().release_id());
//
// Worked out from a plain table of effective dates. Thread-safe: values and free functions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/error.pb.h"
#include "codeset/v1/selector.pb.h"
#include "tests/soak/facts.h"

namespace codeset::soak {

// What a server has at one time.
struct World {
  // Ids of the loaded releases.
  std::set<std::string> loaded;
  // What the label of the soak names.
  std::string label_target;
};

// The label that is moved about.
inline constexpr char kLabel[] = "soak";

// What a call with a selector may come to, over all worlds that it may have met.
struct Outcomes {
  // The releases that may answer, with what their coverage may be.
  std::map<std::string, std::set<v1::CoverageKind>> releases;
  // Reasons for which it may fail, with the editions that RELEASE_NOT_LOADED may name.
  std::set<v1::ErrorReason> reasons;
  std::set<std::string> editions;
};

// What the selector comes to in any of the worlds; `today` is the day in New York.
Outcomes OutcomesOf(const Oracle& oracle, const v1::ReleaseSelector& selector,
                    const std::vector<World>& worlds, const std::string& today);

// The release whose list of POA-exempt codes is in force in `id`: its own, or that of the newest
// earlier release of its fiscal year, unless an edition since had another. Empty if not known.
std::string ExemptListOf(const Oracle& oracle, const std::string& id,
                         const std::set<std::string>& loaded);

// The day in New York, ISO 8601.
std::string Today();

}  // namespace codeset::soak
