// What the verification of a page is worth, judged against one release and reckoned from one day
// (proto/codeset/v1/verification.proto, VerificationState).
//
//   StatusScope scope(backend, open, as_of);
//   ASSIGN_OR_RETURN(v1::VerificationState state, scope.StateOf(*page, {}));
//
// Nothing of it is stored: it follows from the ledger, the releases, the register of source
// editions and the day. The rules, in the order in which they are looked at:
//
// * which verification speaks for which part of the page: baseline.h;
// * the code set, of each verification that speaks: content_judge.h;
// * sources: an edition that the newest revision cites, or that a verification that speaks
//   consulted, is superseded from the first day of the next edition of its series on (one that is
//   held back supersedes nothing yet);
// * age: a verification that speaks is expired when it is older than the policy's days;
// * the status is the gravest of the reasons; without reasons the page is carried forward where
//   some verification that speaks was judged against another release, and verified else.
//
// Not thread-safe: each request has its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "codeset/v1/reference.pb.h"
#include "codeset/v1/verification.pb.h"
#include "server/backend.h"
#include "server/baseline.h"
#include "server/content_judge.h"
#include "server/request.h"
#include "storage/model/date.h"
#include "storage/model/source_editions.h"
#include "storage/store/ledger.h"

namespace codeset::server {

// The series of a source's editions; empty where it has none.
std::string SeriesOf(v1::SourceKind kind, absl::string_view series);

// The kind of source whose editions are a series.
v1::SourceKind KindOfSeries(absl::string_view series);

// The register of source editions with the releases of a catalog that are not held back today.
model::SourceEditions EditionsOf(const Backend& backend, const store::Catalog& catalog,
                                 model::Date today);

// Reads the day to reckon from; today where the text is empty.
model::Date CheckAsOf(RequestCheck& check, absl::string_view field, absl::string_view text,
                      model::Date today);

// Whether an edition was superseded on a day, and then by what, since when, and whether it was so
// when it was verified; without source numbers. Of the tabular list and the guidelines, which come
// anew each 1 October, the newest edition that is known is superseded when its fiscal year ends,
// though nobody has told the register of the next.
std::optional<v1::SourceChange> SupersededOn(const model::SourceEditions& editions,
                                             const model::SourceEditionRef& ref, model::Date day,
                                             model::Date verified_on);

// See above.
class StatusScope {
 public:
  // `backend` and `open`, which has an image, outlive the scope.
  StatusScope(const Backend& backend, const OpenRelease& open, model::Date as_of)
      : backend_(backend),
        open_(open),
        as_of_(as_of),
        editions_(EditionsOf(backend, *open.catalog, open.today)),
        judge_(backend, open) {}

  // The state of a page. With the newest revision given, superseded editions tell the numbers of
  // the sources that cite them. DATA_DAMAGED, STORAGE_FAILED.
  absl::StatusOr<v1::VerificationState> StateOf(const store::PageSummary& page,
                                                const v1::Reference* newest = nullptr);

 private:
  absl::Status AddContentReasons(const store::PageSummary& page, const Baseline& baseline,
                                 v1::VerificationState& state);
  void AddSourceReasons(const store::PageSummary& page, const Baseline& baseline,
                        const v1::Reference* newest, v1::VerificationState& state);
  void AddAgeReasons(const store::PageSummary& page, const Baseline& baseline,
                     v1::VerificationState& state);
  void AddTextReasons(const store::PageSummary& page, const Baseline& baseline,
                      v1::VerificationState& state);
  // Tells the day, verifier and release of the newest verification of the whole page.
  absl::Status TellLast(const store::PageSummary& page, const Baseline& baseline,
                        v1::VerificationState& state);
  // Adds a reason reckoned from an event, or from none.
  v1::StatusReason& AddReason(v1::VerificationStatus status, std::optional<size_t> event,
                              v1::VerificationState& state);
  // Reads the ids of the events that reasons name.
  absl::Status TellIds(const store::PageSummary& page, v1::VerificationState& state);

  const Backend& backend_;
  const OpenRelease& open_;
  const model::Date as_of_;
  const model::SourceEditions editions_;
  ContentJudge judge_;
  // Of the page at hand: of each reason its event.
  std::vector<std::optional<size_t>> reason_events_;
  bool carried_ = false;
};

}  // namespace codeset::server
