#include "tests/soak/world.h"

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace codeset::soak {
namespace {

// The newest loaded release in force on a day; of one fiscal year unless `year` is 0.
const ReleaseFacts* NewestOn(const Oracle& oracle, const World& world, const std::string& day,
                             int year) {
  const ReleaseFacts* newest = nullptr;
  for (const std::string& id : world.loaded) {
    const ReleaseFacts& release = oracle.releases.at(id);
    if (release.date > day || (year != 0 && FiscalYear(release.date) != year)) continue;
    if (newest == nullptr || release.date > newest->date) newest = &release;
  }
  return newest;
}

// Editions of the fiscal year of `day` in force on it, after `since` and not loaded.
std::vector<const Edition*> UnloadedOn(const Oracle& oracle, const World& world,
                                       const std::string& day, const std::string& since) {
  std::vector<const Edition*> found;
  for (const Edition& edition : oracle.editions) {
    if (edition.date > since && edition.date <= day &&
        FiscalYear(edition.date) == FiscalYear(day) && !world.loaded.contains(edition.id)) {
      found.push_back(&edition);
    }
  }
  return found;
}

bool AnyChangesCodes(const std::vector<const Edition*>& editions) {
  for (const Edition* edition : editions) {
    if (edition->changes_codes) return true;
  }
  return false;
}

void AddDate(const Oracle& oracle, const v1::ReleaseSelector& selector, const World& world,
             Outcomes* outcomes) {
  const std::string& day = selector.date();
  if (day < oracle.editions.front().date) {
    outcomes->reasons.insert(v1::ERROR_REASON_DATE_BEFORE_FIRST_RELEASE);
    return;
  }
  const ReleaseFacts* release = NewestOn(oracle, world, day, FiscalYear(day));
  const auto unloaded = UnloadedOn(oracle, world, day, release == nullptr ? "" : release->date);
  if (release != nullptr && !AnyChangesCodes(unloaded)) {
    outcomes->releases[release->id].insert(
        unloaded.empty() ? v1::COVERAGE_KIND_EXACT : v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED);
    return;
  }
  const ReleaseFacts* stale = NewestOn(oracle, world, day, 0);
  if (selector.allow_stale() && stale != nullptr) {
    outcomes->releases[stale->id].insert(v1::COVERAGE_KIND_STALE);
    return;
  }
  outcomes->reasons.insert(v1::ERROR_REASON_RELEASE_NOT_LOADED);
  for (const Edition* edition : unloaded) {
    if (edition->changes_codes) outcomes->editions.insert(edition->id);
  }
  // A fiscal year that the table does not know of has at least its own edition.
  if (unloaded.empty()) outcomes->editions.insert(std::to_string(FiscalYear(day)));
}

void AddCurrent(const Oracle& oracle, const World& world, const std::string& today,
                Outcomes* outcomes) {
  const ReleaseFacts* release = NewestOn(oracle, world, today, 0);
  if (release == nullptr) {
    outcomes->reasons.insert(v1::ERROR_REASON_RELEASE_NOT_FOUND);
    return;
  }
  const bool of_year = FiscalYear(release->date) == FiscalYear(today);
  const auto unloaded = UnloadedOn(oracle, world, today, release->date);
  outcomes->releases[release->id].insert(
      !of_year || AnyChangesCodes(unloaded) ? v1::COVERAGE_KIND_STALE
      : unloaded.empty()                    ? v1::COVERAGE_KIND_EXACT
                                            : v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED);
}

void AddNext(const Oracle& oracle, const World& world, const std::string& today,
             Outcomes* outcomes) {
  const ReleaseFacts* next = nullptr;
  for (const std::string& id : world.loaded) {
    const ReleaseFacts& release = oracle.releases.at(id);
    if (release.date > today && (next == nullptr || release.date < next->date)) next = &release;
  }
  if (next == nullptr) {
    outcomes->reasons.insert(v1::ERROR_REASON_RELEASE_NOT_FOUND);
  } else {
    outcomes->releases[next->id].insert(v1::COVERAGE_KIND_EXACT);
  }
}

void AddId(const World& world, const std::string& id, Outcomes* outcomes) {
  if (world.loaded.contains(id)) {
    outcomes->releases[id].insert(v1::COVERAGE_KIND_EXACT);
  } else {
    outcomes->reasons.insert(v1::ERROR_REASON_RELEASE_NOT_FOUND);
  }
}

}  // namespace

Outcomes OutcomesOf(const Oracle& oracle, const v1::ReleaseSelector& selector,
                    const std::vector<World>& worlds, const std::string& today) {
  Outcomes outcomes;
  for (const World& world : worlds) {
    if (selector.has_date()) {
      AddDate(oracle, selector, world, &outcomes);
    } else if (selector.release().empty() || selector.release() == "current") {
      AddCurrent(oracle, world, today, &outcomes);
    } else if (selector.release() == "next") {
      AddNext(oracle, world, today, &outcomes);
    } else if (selector.release() == kLabel) {
      AddId(world, world.label_target, &outcomes);
    } else {
      AddId(world, selector.release(), &outcomes);
    }
  }
  if (selector.fingerprint().empty()) return outcomes;
  const std::string asserted = absl::AsciiStrToLower(selector.fingerprint());
  for (auto at = outcomes.releases.begin(); at != outcomes.releases.end();) {
    if (oracle.releases.at(at->first).fingerprint == asserted) {
      ++at;
      continue;
    }
    outcomes.reasons.insert(v1::ERROR_REASON_FINGERPRINT_MISMATCH);
    at = outcomes.releases.erase(at);
  }
  return outcomes;
}

std::string ExemptListOf(const Oracle& oracle, const std::string& id,
                         const std::set<std::string>& loaded) {
  const ReleaseFacts& release = oracle.releases.at(id);
  if (release.has_exempt_list()) return id;
  const ReleaseFacts* lender = nullptr;
  for (const std::string& other_id : loaded) {
    const ReleaseFacts& other = oracle.releases.at(other_id);
    if (other.has_exempt_list() && other.date < release.date &&
        FiscalYear(other.date) == FiscalYear(release.date) &&
        (lender == nullptr || other.date > lender->date)) {
      lender = &other;
    }
  }
  if (lender == nullptr) return "";
  for (const Edition& edition : oracle.editions) {
    if (edition.changes_exempt_list && edition.date > lender->date &&
        edition.date <= release.date) {
      return "";
    }
  }
  return lender->id;
}

std::string Today() {
  static const absl::TimeZone new_york = [] {
    absl::TimeZone zone;
    absl::LoadTimeZone("America/New_York", &zone);
    return zone;
  }();
  return absl::FormatTime("%Y-%m-%d", absl::Now(), new_york);
}

}  // namespace codeset::soak
