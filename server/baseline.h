// What the words of a page rest on: of every part the newest verification that found it as it
// stands now.
//
//   ASSIGN_OR_RETURN(Baseline baseline, BaselineOf(ledger, *page, as_of));
//
// A verification counts if no other took its place and it is dated no later than `as_of`. Newer
// is what has the later date, and of one day what was recorded later. It speaks for a part that
// it covers where the part's words in the revision that it found right (or rejected) are those of
// the newest revision.
//
// Thread-safe: values and a free function.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "codeset/v1/verification.pb.h"
#include "storage/model/date.h"
#include "storage/store/ledger.h"

namespace codeset::server {

// See above. Events are places in PageSummary::events.
struct Baseline {
  // The events that speak for some part and did not reject it, newest first.
  std::vector<size_t> events;
  // The newest event that checked the whole page and did not reject it, if any.
  std::optional<size_t> last_whole;
  // The newest event that rejects some part as it stands, if any, and those parts.
  std::optional<size_t> rejection;
  v1::TextChange rejected;
  // Parts that were verified in other words, or are new since the whole page was verified; and
  // the newest event that verified some part in other words.
  v1::TextChange changed;
  std::optional<size_t> changed_since;
  // Parts that no event ever covered, on a page that was never verified as a whole.
  v1::TextChange unverified;
  // No event counts.
  bool never = false;

  bool IsTextStale() const { return changed.sections_size() > 0 || changed.item_ids_size() > 0; }
  bool IsUnverified() const {
    return never || unverified.sections_size() > 0 || unverified.item_ids_size() > 0;
  }
};

// Most pages rest on one verification of all of them, which is told by the summary alone; of
// others the revisions and events are read. Errors are those of reading them.
absl::StatusOr<Baseline> BaselineOf(const store::Ledger& ledger, const store::PageSummary& page,
                                    model::Date as_of);

}  // namespace codeset::server
