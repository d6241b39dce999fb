#include "tests/soak/verdicts.h"

#include <vector>

#include "absl/strings/str_cat.h"

namespace codeset::soak {
namespace {

// Of a code that the release does not have: what the others say of it.
v1::ValidationOutcome OutcomeElsewhere(const Oracle& oracle, const ReleaseFacts& release,
                                       const std::string& code, const World& world) {
  bool later = false;
  for (const std::string& id : world.loaded) {
    const ReleaseFacts& other = oracle.releases.at(id);
    const ConceptFacts* facts = other.Find(code);
    if (facts == nullptr || !facts->billable) continue;
    if (other.date < release.date) return v1::VALIDATION_OUTCOME_NO_LONGER_VALID;
    later = true;
  }
  return later ? v1::VALIDATION_OUTCOME_NOT_YET_VALID : v1::VALIDATION_OUTCOME_UNKNOWN;
}

std::vector<const ConceptFacts*> BillableBelow(const ReleaseFacts& release,
                                               const ConceptFacts& facts) {
  std::vector<const ConceptFacts*> found = release.DescendantsOf(facts);
  std::erase_if(found, [](const ConceptFacts* below) { return !below->billable; });
  return found;
}

}  // namespace

std::set<v1::ValidationOutcome> OutcomesOf(const Soak& soak, const ReleaseFacts& release,
                                           const std::string& code,
                                           const std::vector<World>& worlds) {
  if (code.empty()) return {v1::VALIDATION_OUTCOME_MALFORMED};
  const ConceptFacts* facts = release.Find(code);
  if (facts != nullptr && facts->row) {
    return {facts->billable ? v1::VALIDATION_OUTCOME_BILLABLE : v1::VALIDATION_OUTCOME_HEADER};
  }
  if (soak.seventh_categories.contains(code.substr(0, 3))) return {};
  std::set<v1::ValidationOutcome> outcomes;
  for (const World& world : worlds) {
    outcomes.insert(OutcomeElsewhere(soak.oracle, release, code, world));
  }
  return outcomes;
}

std::string DifferenceOf(const ReleaseFacts& release, const std::string& code,
                         const std::set<v1::ValidationOutcome>& expected,
                         const v1::CodeValidation& actual) {
  const auto differs = [&](absl::string_view what, absl::string_view should) {
    return absl::StrCat(actual.text(), " in ", release.id, ": ", what, ": expected '", should,
                        "', came ", actual.ShortDebugString());
  };
  if (!expected.contains(actual.outcome())) {
    return differs("outcome", v1::ValidationOutcome_Name(*expected.begin()));
  }
  if (actual.id() != code) return differs("id", code);
  if (code.empty()) return actual.faults().empty() ? differs("faults", "at least one") : "";
  const ConceptFacts* facts = release.Find(code);
  if (actual.title() != (facts == nullptr ? "" : facts->title)) {
    return differs("title", facts == nullptr ? "" : facts->title);
  }
  if (facts == nullptr || facts->billable) return "";
  const auto below = BillableBelow(release, *facts);
  if (actual.choice_count() != static_cast<int>(below.size())) {
    return differs("choice_count", absl::StrCat(below.size()));
  }
  for (int i = 0; i < actual.choices_size(); ++i) {
    if (actual.choices(i).id() != below[static_cast<size_t>(i)]->id ||
        actual.choices(i).title() != below[static_cast<size_t>(i)]->title) {
      return differs("a choice", below[static_cast<size_t>(i)]->id);
    }
  }
  return "";
}

}  // namespace codeset::soak
