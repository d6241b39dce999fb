#include "server/baseline.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "server/page_units.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using store::EventSummary;
using store::PageSummary;

bool IsRejection(const EventSummary& event) {
  return event.outcome == v1::VERIFICATION_OUTCOME_REJECTED;
}

// The events that count, newest first.
std::vector<size_t> Counting(const PageSummary& page, model::Date as_of) {
  std::vector<size_t> events;
  for (size_t i = 0; i < page.events.size(); ++i) {
    if (!page.events[i].replaced && page.events[i].date <= as_of) events.push_back(i);
  }
  std::sort(events.begin(), events.end(), [&](size_t a, size_t b) {
    return std::tie(page.events[b].date, page.events[b].number) <
           std::tie(page.events[a].date, page.events[a].number);
  });
  return events;
}

// Reads the revisions of a page, each once.
class Revisions {
 public:
  Revisions(const store::Ledger& ledger, absl::string_view code) : ledger_(ledger), code_(code) {}

  absl::StatusOr<const PageUnits*> Units(int revision) {
    const auto it = units_.find(revision);
    if (it != units_.end()) return &it->second;
    ASSIGN_OR_RETURN(const store::StoredPage page, ledger_.Read(code_, revision));
    return &(units_[revision] = UnitsOf(page.reference));
  }

 private:
  const store::Ledger& ledger_;
  const absl::string_view code_;
  std::map<int, PageUnits> units_;
};

// The scopes of a page's events, by the events' places.
absl::StatusOr<std::map<size_t, v1::VerificationScope>> ScopesOf(
    const store::Ledger& ledger, const PageSummary& page, const std::vector<size_t>& events) {
  std::map<size_t, v1::VerificationScope> scopes;
  for (const size_t place : events) {
    if (page.events[place].whole) {
      scopes[place];
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<v1::Verification> event,
                     ledger.Verifications(page.code, page.events[place].number - 1, 1));
    if (event.empty()) {
      return model::MakeError(model::Reason::kDataDamaged,
                              absl::StrCat("verification ", page.events[place].number, " of ",
                                           page.code, " is missing"));
    }
    scopes[place] = event.front().event().scope();
  }
  return scopes;
}

void Note(std::optional<size_t>& newest, size_t event, const std::vector<size_t>& order) {
  const auto at = [&](size_t place) { return std::find(order.begin(), order.end(), place); };
  if (!newest.has_value() || at(event) < at(*newest)) newest = event;
}

}  // namespace

absl::StatusOr<Baseline> BaselineOf(const store::Ledger& ledger, const PageSummary& page,
                                    model::Date as_of) {
  Baseline baseline;
  const std::vector<size_t> events = Counting(page, as_of);
  baseline.never = events.empty();
  if (events.empty()) return baseline;
  for (const size_t place : events) {
    if (!page.events[place].whole || IsRejection(page.events[place])) continue;
    baseline.last_whole = place;
    break;
  }
  const EventSummary& newest = page.events[events.front()];
  if (newest.whole && newest.revision == page.revision) {
    if (IsRejection(newest)) {
      baseline.rejection = events.front();
    } else {
      baseline.events = {events.front()};
    }
    return baseline;
  }
  Revisions revisions(ledger, page.code);
  ASSIGN_OR_RETURN(const PageUnits* const current, revisions.Units(page.revision));
  ASSIGN_OR_RETURN(const auto scopes, ScopesOf(ledger, page, events));
  std::set<size_t> speaking;
  for (const auto& [unit, digest] : *current) {
    std::optional<size_t> speaks, other_words;
    for (const size_t place : events) {
      if (!Covers(scopes.at(place), unit)) continue;
      ASSIGN_OR_RETURN(const PageUnits* const then, revisions.Units(page.events[place].revision));
      const auto it = then->find(unit);
      if (it != then->end() && it->second == digest) {
        speaks = place;
        break;
      }
      // A part that the revision did not have yet was not checked in other words; but with the
      // whole page it was checked that it is complete.
      if ((it != then->end() || page.events[place].whole) && !other_words.has_value()) {
        other_words = place;
      }
    }
    if (speaks.has_value() && IsRejection(page.events[*speaks])) {
      AddUnit(unit, baseline.rejected);
      Note(baseline.rejection, *speaks, events);
    } else if (speaks.has_value()) {
      speaking.insert(*speaks);
    } else if (other_words.has_value() || baseline.last_whole.has_value()) {
      AddUnit(unit, baseline.changed);
      if (other_words.has_value()) Note(baseline.changed_since, *other_words, events);
    } else {
      AddUnit(unit, baseline.unverified);
    }
  }
  if (baseline.last_whole.has_value()) {
    // A section that is gone changes the page, though nothing of it is left to compare.
    ASSIGN_OR_RETURN(const PageUnits* const then,
                     revisions.Units(page.events[*baseline.last_whole].revision));
    for (const auto& [unit, digest] : *then) {
      if (!unit.second.empty() || current->count(unit) > 0) continue;
      AddUnit(unit, baseline.changed);
      Note(baseline.changed_since, *baseline.last_whole, events);
    }
  }
  for (const size_t place : events) {
    if (speaking.count(place) > 0) baseline.events.push_back(place);
  }
  return baseline;
}

}  // namespace codeset::server
