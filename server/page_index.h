// All pages by what their verification rests on, so that the queue costs what changed and not
// what exists.
//
//   ASSIGN_OR_RETURN(auto index, cache.Get(ledger, as_of));
//   for (size_t page : index->by_source.at(ref).pages) index->pages[page]…
//
// Withdrawn pages are left out.
//
// Thread-safe: an index is immutable, the cache guards itself.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/baseline.h"
#include "storage/model/date.h"
#include "storage/store/ledger.h"

namespace codeset::server {

// The place of a page in PageIndex::pages.
using PagePlace = uint32_t;

// See above. Lists of places ascend, and so go by code.
struct PageIndex {
  struct Page {
    std::shared_ptr<const store::PageSummary> summary;
    // Shared by the indices that were made while the summary was this one.
    std::shared_ptr<const Baseline> baseline;
    int64_t usage = 0;
  };
  // By code.
  std::vector<Page> pages;

  // A page and an event of it that speaks for some part.
  struct Resting {
    PagePlace page = 0;
    const store::EventSummary* event = nullptr;
  };
  // The pages that rest on a verification against a release; by code of the page.
  struct ReleasePages {
    std::vector<Resting> resting;
    // Places in `resting` of those whose list of POA-exempt codes was on loan: what the release has
    // in force may be another by now.
    std::vector<uint32_t> poa_on_loan;
  };
  std::map<std::string, ReleasePages> by_release;

  // The first place in `of.resting` of a code's page; `of.resting.size()` if it has none. A search
  // in the ordered list, since a table of all codes would cost more to make than it saves.
  size_t FindResting(const ReleasePages& of, absl::string_view code) const;

  // The pages that rest on an edition, and the earliest day on which one of them was verified.
  struct SourcePages {
    std::vector<PagePlace> pages;
    model::Date first_verified;
  };
  std::map<model::SourceEditionRef, SourcePages> by_source;

  // The day of a page's oldest verification that speaks.
  struct Aged {
    model::Date date;
    PagePlace page = 0;
  };
  // By day.
  std::vector<Aged> by_age;

  std::vector<PagePlace> rejected;
  std::vector<PagePlace> unverified;
  std::vector<PagePlace> text_stale;
  // Without any verification that speaks.
  std::vector<PagePlace> without_event;
};

// Keeps the newest index for as long as the ledger and the verifications that count by `as_of`
// are the same, and of each page what its verification rests on.
class PageIndexCache {
 public:
  // The index of the ledger as it is now. Making it anew looks at every page's summary once, and
  // reads those pages whose words were changed. DATA_DAMAGED, STORAGE_FAILED.
  absl::StatusOr<std::shared_ptr<const PageIndex>> Get(const store::Ledger& ledger,
                                                       model::Date as_of);

 private:
  struct Made {
    uint64_t version = 0;
    // The index holds from this day until the one before `until`.
    model::Date from;
    std::optional<model::Date> until;
    std::shared_ptr<const PageIndex> index;
  };

  std::mutex mutex_;
  // Of today's and of another day's questions.
  std::vector<Made> made_;
};

}  // namespace codeset::server
