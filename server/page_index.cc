#include "server/page_index.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using store::EventSummary;
using store::PageSummary;

// So many indices are kept, those used last: for today, and for whoever asks about other days.
constexpr size_t kMaxMade = 4;

// The days of events next to a day: the newest no later, and the oldest later.
struct Neighbours {
  model::Date from = model::Date::min();
  std::optional<model::Date> until;
};

void Look(const PageSummary& page, model::Date as_of, Neighbours& neighbours) {
  for (const EventSummary& event : page.events) {
    if (event.date <= as_of) {
      neighbours.from = std::max(neighbours.from, event.date);
    } else if (!neighbours.until.has_value() || event.date < *neighbours.until) {
      neighbours.until = event.date;
    }
  }
}

// Enters a page in the index under what it rests on.
void Enter(PagePlace place, PageIndex& index) {
  const PageIndex::Page& page = index.pages[place];
  const Baseline& baseline = *page.baseline;
  if (baseline.rejection.has_value()) index.rejected.push_back(place);
  if (baseline.IsUnverified()) index.unverified.push_back(place);
  if (baseline.IsTextStale()) index.text_stale.push_back(place);
  std::vector<size_t> events = baseline.events;
  // As StatusScope: where nothing stands as it was verified, the code set is still compared.
  if (events.empty() && baseline.last_whole.has_value()) events.push_back(*baseline.last_whole);
  if (events.empty()) index.without_event.push_back(place);
  for (const size_t event : events) {
    const EventSummary& summary = page.summary->events[event];
    PageIndex::ReleasePages& release = index.by_release[*summary.release_id];
    if (release.resting.empty()) release.by_code.reserve(index.pages.capacity());
    release.by_code.try_emplace(page.summary->code, static_cast<uint32_t>(release.resting.size()));
    if (summary.poa_on_loan) {
      release.poa_on_loan.push_back(static_cast<uint32_t>(release.resting.size()));
    }
    release.resting.push_back({place, &summary});
  }
  std::optional<model::Date> oldest;
  // The newest event that rests on an edition is the first.
  std::map<model::SourceEditionRef, model::Date> editions;
  for (const size_t event : baseline.events) {
    const EventSummary& summary = page.summary->events[event];
    oldest = oldest.has_value() ? std::min(*oldest, summary.date) : summary.date;
    for (const model::SourceEditionRef& ref : *page.summary->cited) {
      editions.try_emplace(ref, summary.date);
    }
    for (const model::SourceEditionRef& ref : *summary.consulted) {
      editions.try_emplace(ref, summary.date);
    }
  }
  for (const auto& [ref, date] : editions) {
    const auto [it, added] = index.by_source.try_emplace(ref);
    if (added || date < it->second.first_verified) it->second.first_verified = date;
    it->second.pages.push_back(place);
  }
  if (oldest.has_value()) index.by_age.push_back({*oldest, place});
}

}  // namespace

absl::StatusOr<std::shared_ptr<const PageIndex>> PageIndexCache::Get(const store::Ledger& ledger,
                                                                     model::Date as_of) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t version = ledger.version();
  for (auto made = made_.begin(); made != made_.end(); ++made) {
    if (made->version == version && made->from <= as_of &&
        (!made->until.has_value() || as_of < *made->until)) {
      // The one used last is the last.
      std::rotate(made, made + 1, made_.end());
      return made_.back().index;
    }
  }
  const store::PageList list = ledger.pages();
  const std::shared_ptr<const std::map<std::string, int64_t>> usage = ledger.usage();
  Neighbours neighbours;
  for (const auto& page : list.pages) Look(*page, as_of, neighbours);
  // What an earlier index of the same time made of a page that has not changed since.
  std::shared_ptr<const PageIndex> known;
  for (const Made& made : made_) {
    if (made.from <= as_of && (!made.until.has_value() || as_of < *made.until)) {
      known = made.index;
      break;
    }
  }
  size_t next_known = 0;
  auto index = std::make_shared<PageIndex>();
  index->pages.reserve(list.pages.size());
  for (const std::shared_ptr<const PageSummary>& summary : list.pages) {
    if (summary->state == v1::REFERENCE_STATE_WITHDRAWN) continue;
    PageIndex::Page page;
    page.summary = summary;
    if (!usage->empty()) {
      const auto it = usage->find(summary->code);
      if (it != usage->end()) page.usage = it->second;
    }
    if (known != nullptr) {
      while (next_known < known->pages.size() &&
             known->pages[next_known].summary->code < summary->code) {
        ++next_known;
      }
      if (next_known < known->pages.size() && known->pages[next_known].summary == summary) {
        page.baseline = known->pages[next_known].baseline;
      }
    }
    if (page.baseline == nullptr) {
      ASSIGN_OR_RETURN(Baseline baseline, BaselineOf(ledger, *summary, as_of));
      page.baseline = std::make_shared<const Baseline>(std::move(baseline));
    }
    index->pages.push_back(std::move(page));
    Enter(static_cast<PagePlace>(index->pages.size() - 1), *index);
  }
  std::sort(index->by_age.begin(), index->by_age.end(), [](const auto& a, const auto& b) {
    return std::tie(a.date, a.page) < std::tie(b.date, b.page);
  });
  // The same time is replaced, so that one day's questions do not push out another's.
  std::erase_if(made_, [&](const Made& made) {
    return made.from <= as_of && (!made.until.has_value() || as_of < *made.until);
  });
  if (made_.size() == kMaxMade) made_.erase(made_.begin());
  made_.push_back({list.version, neighbours.from, neighbours.until, index});
  return made_.back().index;
}

}  // namespace codeset::server
