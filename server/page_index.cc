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

// Enters pages, in the order of their codes, in the index under what they rest on. It is done for
// every page after each change of the ledger, so that what most pages share is looked up once.
class Builder {
 public:
  explicit Builder(PageIndex& index) : index_(index) {}

  void Enter(PagePlace place) {
    const PageIndex::Page& page = index_.pages[place];
    const Baseline& baseline = *page.baseline;
    if (baseline.rejection.has_value()) index_.rejected.push_back(place);
    if (baseline.IsUnverified()) index_.unverified.push_back(place);
    if (baseline.IsTextStale()) index_.text_stale.push_back(place);
    for (const size_t event : baseline.events) AddResting(place, page.summary->events[event]);
    if (!baseline.events.empty()) {
      AddSources(place);
    } else if (baseline.last_whole.has_value()) {
      // As StatusScope: where nothing stands as it was verified, the code set is still compared.
      AddResting(place, page.summary->events[*baseline.last_whole]);
    } else {
      index_.without_event.push_back(place);
    }
  }

 private:
  using SourcePages = PageIndex::SourcePages;

  void AddResting(PagePlace place, const EventSummary& event) {
    // Ids of releases are shared: equal ones are one.
    if (release_id_ != event.release_id.get()) {
      release_id_ = event.release_id.get();
      release_ = &index_.by_release[*release_id_];
    }
    if (event.poa_on_loan) {
      release_->poa_on_loan.push_back(static_cast<uint32_t>(release_->resting.size()));
    }
    release_->resting.push_back({place, &event});
  }

  // The lists of the editions that a page cites or an event of it consulted.
  const std::vector<SourcePages*>& ListsOf(const PageSummary& page, const EventSummary& event) {
    // Sets of editions are shared: equal ones are one.
    const auto [it, added] = lists_.try_emplace({page.cited.get(), event.consulted.get()});
    if (added) {
      std::set<model::SourceEditionRef> refs(page.cited->begin(), page.cited->end());
      refs.insert(event.consulted->begin(), event.consulted->end());
      for (const model::SourceEditionRef& ref : refs) {
        it->second.push_back(&index_.by_source[ref]);
      }
    }
    return it->second;
  }

  void AddSources(PagePlace place) {
    const PageIndex::Page& page = index_.pages[place];
    std::optional<model::Date> oldest;
    // Newest events first: an edition is reckoned from the newest that rests on it.
    for (const size_t event : page.baseline->events) {
      const EventSummary& summary = page.summary->events[event];
      oldest = oldest.has_value() ? std::min(*oldest, summary.date) : summary.date;
      for (SourcePages* const list : ListsOf(*page.summary, summary)) {
        if (!list->pages.empty() && list->pages.back() == place) continue;
        if (list->pages.empty() || summary.date < list->first_verified) {
          list->first_verified = summary.date;
        }
        list->pages.push_back(place);
      }
    }
    if (oldest.has_value()) index_.by_age.push_back({*oldest, place});
  }

  PageIndex& index_;
  const std::string* release_id_ = nullptr;
  PageIndex::ReleasePages* release_ = nullptr;
  std::map<std::pair<const store::EditionSet*, const store::EditionSet*>, std::vector<SourcePages*>>
      lists_;
};

}  // namespace

size_t PageIndex::FindResting(const ReleasePages& of, absl::string_view code) const {
  const auto it = std::lower_bound(of.resting.begin(), of.resting.end(), code,
                                   [&](const Resting& resting, absl::string_view wanted) {
                                     return pages[resting.page].summary->code < wanted;
                                   });
  if (it == of.resting.end() || pages[it->page].summary->code != code) return of.resting.size();
  return static_cast<size_t>(it - of.resting.begin());
}

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
  Builder builder(*index);
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
    builder.Enter(static_cast<PagePlace>(index->pages.size() - 1));
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
