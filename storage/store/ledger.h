// Pages of codes and what was verified of them (proto/codeset/v1/reference.proto,
// verification.proto), in the column families that storage/FORMAT.md §2 names. Content of
// pages lies under its digest; revisions and events are only ever added.
//
//   Ledger& ledger = store->ledger();
//   ASSIGN_OR_RETURN(auto import, ledger.BeginImport("alex"));
//   for (const v1::Reference& page : pages) RETURN_IF_ERROR(import->Add(page).status());
//   ASSIGN_OR_RETURN(auto revisions, import->Commit());
//   ASSIGN_OR_RETURN(StoredPage page, ledger.Read("M9986", 0));
//
// Of every page a summary is kept in memory, so that what is verified can be asked of all of
// them without reading them. Codes are undotted here. Nothing that is stored is overwritten or
// deleted, but usage counts; content that is damaged is written afresh by an import of the same.
//
// Owned by Store, whose writes it excludes and is excluded by. Thread-safe. Reads never wait for
// writes to reach the disk; writes exclude each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/reference.pb.h"
#include "codeset/v1/verification.pb.h"
#include "storage/model/date.h"
#include "storage/model/digest.h"
#include "storage/model/source_editions.h"

namespace codeset::store {

// Editions that a page cites or a verifier consulted, sorted, each once.
using EditionSet = std::vector<model::SourceEditionRef>;

// What is kept in memory of a verification.
struct EventSummary {
  // Its place among the events of its code, from 1.
  int number = 0;
  // The day of the verification.
  model::Date date;
  v1::VerificationOutcome outcome = v1::VERIFICATION_OUTCOME_UNSPECIFIED;
  // The revision that was found right: the one checked, or for CORRECTED the one it produced.
  // For REJECTED the one checked.
  int revision = 0;
  // The whole page was checked.
  bool whole = true;
  // Another event took its place: it counts no more.
  bool replaced = false;
  // The groups of which it has effective digests, as bits 1 << FacetGroup.
  uint8_t groups = 0;
  // With POA among the groups: whether the code was exempt by the list that was in force.
  bool poa_exempt = false;
  // That list was on loan, so that what is in force in the release may be another by now.
  bool poa_on_loan = false;
  // The release that it was judged against; shared by all events that name it.
  std::shared_ptr<const std::string> release_id;
  // What was consulted beside the sources of the page. Never null; equal sets are one.
  std::shared_ptr<const EditionSet> consulted;
};

// What is kept in memory of a page. Immutable.
struct PageSummary {
  // Undotted.
  std::string code;
  // Its newest revision, from 1.
  int revision = 0;
  model::Digest digest;
  v1::ReferenceState state = v1::REFERENCE_STATE_UNSPECIFIED;
  int source_count = 0;
  // The editions that the newest revision cites. Never null; equal sets are one.
  std::shared_ptr<const EditionSet> cited;
  // In the order in which they were recorded.
  std::vector<EventSummary> events;
};

// All pages at one instant.
struct PageList {
  // Goes up with every write, usage counts included.
  uint64_t version = 0;
  // By code.
  std::vector<std::shared_ptr<const PageSummary>> pages;
};

// A revision of a page.
struct StoredPage {
  v1::Reference reference;
  v1::ReferenceRevision revision;
};

// What an import makes of a page.
enum class PageOutcome { kCreated, kRevised, kUnchanged };

// The canonical form of a page (storage/FORMAT.md §3), and its digest (ReferenceRevision.digest).
// The page's code must be in the official spelling. Fields that this version does not know are
// left out.
std::string CanonicalPage(const v1::Reference& page);
model::Digest DigestOfPage(const v1::Reference& page);

// An import under way: pages are laid aside, invisible, and become revisions all at once.
// Destroying it without Commit leaves nothing. Must be destroyed before the store. Not
// thread-safe.
class ReferenceImport {
 public:
  virtual ~ReferenceImport() = default;

  // Lays a page aside, which has been checked and whose code is in the official spelling.
  // ARGUMENT_INVALID if the import has the code already, or if the page could not be read back
  // (text that is no UTF-8); CONCEPT_ID_INVALID; STORAGE_FAILED or STORAGE_FULL, after which the
  // import can only be destroyed.
  virtual absl::StatusOr<PageOutcome> Add(const v1::Reference& page) = 0;

  // Publishes what was added, synced to the disk; returns the revisions of what was created or
  // revised, in the order of adding, at most `most` of them. Called once. STORAGE_FAILED.
  virtual absl::StatusOr<std::vector<v1::ReferenceRevision>> Commit(size_t most) = 0;
};

// What Verify read.
struct LedgerCheck {
  int64_t revisions = 0;
  int64_t verifications = 0;
};

// What Record did.
struct RecordOutcome {
  // The events as they stand in the ledger, in the order given.
  std::vector<v1::Verification> events;
  // How many of them had been recorded before.
  int already_recorded = 0;
};

class Database;
class RevisionRecord;

// See above.
class Ledger {
 public:
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // The page's summary; null if the code has none.
  std::shared_ptr<const PageSummary> Find(absl::string_view code) const;

  // All pages as they are now, and what their version is.
  PageList pages() const;
  uint64_t version() const;

  // A revision of a page, the newest for 0, proved against its digest. REFERENCE_NOT_FOUND;
  // DATA_DAMAGED.
  absl::StatusOr<StoredPage> Read(absl::string_view code, int revision) const;

  // The revisions of a page, oldest first. REFERENCE_NOT_FOUND; DATA_DAMAGED.
  absl::StatusOr<std::vector<v1::ReferenceRevision>> Revisions(absl::string_view code) const;

  // Begins an import. `by` is for the record. With `dry_run` nothing is written, and Commit
  // returns what it would have. A dry run is an import like another: one at a time.
  // IMPORT_IN_PROGRESS; STORAGE_FAILED.
  absl::StatusOr<std::unique_ptr<ReferenceImport>> BeginImport(absl::string_view by, bool dry_run);

  // Adds events, all or none, synced to the disk. They are complete but for `number`,
  // `recorded_at` and `corrected_by_id`, and have been checked. `given` are the requests that the
  // events were made of, one each, kept with them. An event whose id is there already is not
  // added again where its request was the same, byte for byte as it serialises.
  // VERIFICATION_ID_TAKEN with facts `id` and `code`; VERIFICATION_NOT_FOUND for a `corrects_id`
  // that is no event of the code, or one that has been replaced; REFERENCE_NOT_FOUND for a code
  // without a page or a page without the revision, also the one that a correction produced;
  // RELEASE_NOT_FOUND if a release was deleted meanwhile; ARGUMENT_INVALID for what could not be
  // read back; DATA_DAMAGED; STORAGE_FAILED.
  absl::StatusOr<RecordOutcome> Record(std::vector<v1::Verification> events,
                                       const std::vector<v1::NewVerification>& given);

  // The event of a request that was recorded before: nothing if the ledger has no event of its
  // id, VERIFICATION_ID_TAKEN if that was made of another request.
  absl::StatusOr<std::optional<v1::Verification>> FindRecorded(const v1::NewVerification& given);

  // The events of a code with numbers after `after`, oldest first, at most `most`. None for a
  // code without a page. `corrected_by_id` is told. DATA_DAMAGED.
  absl::StatusOr<std::vector<v1::Verification>> Verifications(absl::string_view code, int after,
                                                              size_t most) const;

  // Reads every revision and event and holds them against each other: content against its digest,
  // events against the revisions and releases that they name, ids against events. For a ledger
  // that nothing is added to meanwhile. DATA_DAMAGED names what does not match; STORAGE_FAILED.
  absl::StatusOr<LedgerCheck> Verify() const;

  // Replaces all usage counts. STORAGE_FAILED.
  absl::Status SetUsage(std::map<std::string, int64_t> counts);
  // The usage counts by code. Never null.
  std::shared_ptr<const std::map<std::string, int64_t>> usage() const;

  // How many verifications were judged against a release, replaced ones included.
  int64_t CountNaming(absl::string_view release_id) const;

 private:
  friend class Store;
  friend class LedgerImport;

  // Orders edition sets by what is in them.
  struct ByContent {
    bool operator()(const std::shared_ptr<const EditionSet>& a,
                    const std::shared_ptr<const EditionSet>& b) const {
      return *a < *b;
    }
  };
  // A release that verifications name.
  struct NamedRelease {
    std::shared_ptr<const std::string> id;
    int64_t verifications = 0;
  };
  using Pages = absl::btree_map<std::string, std::shared_ptr<const PageSummary>>;
  class Recording;

  // `write_mutex` is the store's; `is_loaded` says whether its catalog has a release.
  Ledger(std::shared_ptr<Database> database, std::mutex& write_mutex, model::Clock clock,
         std::function<bool(absl::string_view)> is_loaded);

  // Reads what the database has, and sweeps what an interrupted import left. Called once, before
  // anything else. DATA_DAMAGED; STORAGE_FAILED.
  absl::Status Load();
  absl::StatusOr<Pages> LoadPages();
  absl::Status LoadEvents(Pages& pages);
  absl::Status LoadUsage();

  // Removes content that an import laid aside and no revision names, and the import's mark.
  // Called with the write mutex held.
  absl::Status SweepImport();
  // Lets the next import begin. Forgets edition sets that nothing has any more.
  void EndImport();

  absl::StatusOr<RevisionRecord> ReadRevision(absl::string_view code, int revision) const;

  // The one shared object that is equal.
  std::shared_ptr<const EditionSet> Intern(EditionSet editions);
  std::shared_ptr<const std::string> InternRelease(absl::string_view id);
  // What is kept in memory of an event. DATA_DAMAGED where its date cannot be read.
  absl::StatusOr<EventSummary> Summarise(const v1::Verification& verification);

  const std::shared_ptr<Database> database_;
  std::mutex& write_mutex_;
  const model::Clock clock_;
  const std::function<bool(absl::string_view)> is_loaded_;

  // Held for moments only; guards what follows. Taken after write_mutex_. (The standard's mutexes,
  // see storage/image/page.h.)
  mutable std::mutex mutex_;
  Pages pages_;
  uint64_t version_ = 1;
  std::set<std::shared_ptr<const EditionSet>, ByContent> editions_;
  std::map<std::string, NamedRelease, std::less<>> releases_;
  std::shared_ptr<const std::map<std::string, int64_t>> usage_;
  bool import_under_way_ = false;
};

}  // namespace codeset::store
