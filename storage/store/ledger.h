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
// them without reading them. Codes are undotted here.
//
// Thread-safe. Reads never wait for writes to reach the disk; writes exclude each other.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/reference.pb.h"
#include "codeset/v1/verification.pb.h"
#include "storage/model/date.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"
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

// The canonical form of a page, and its digest (ReferenceRevision.digest). The page's code must
// be in the official spelling.
std::string CanonicalPage(const v1::Reference& page);
model::Digest DigestOfPage(const v1::Reference& page);

// An import under way: pages are laid aside, invisible, and become revisions all at once.
// Destroying it without Commit leaves nothing. Not thread-safe.
class ReferenceImport {
 public:
  virtual ~ReferenceImport() = default;

  // Lays a page aside, which has been checked and whose code is in the official spelling.
  // ARGUMENT_INVALID if the import has the code already; STORAGE_FAILED.
  virtual absl::StatusOr<PageOutcome> Add(const v1::Reference& page) = 0;

  // Publishes what was added, synced to the disk; returns the revisions of what was created or
  // revised, in the order of adding, at most `most` of them. Called once. STORAGE_FAILED.
  virtual absl::StatusOr<std::vector<v1::ReferenceRevision>> Commit(size_t most) = 0;
};

// What Record did.
struct RecordOutcome {
  // The events as they stand in the ledger, in the order given.
  std::vector<v1::Verification> events;
  // How many of them had been recorded before.
  int already_recorded = 0;
};

class Database;
class Store;

// See above.
class Ledger {
 public:
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
  // returns what it would have. IMPORT_IN_PROGRESS; STORAGE_FAILED.
  absl::StatusOr<std::unique_ptr<ReferenceImport>> BeginImport(absl::string_view by, bool dry_run);

  // Adds events, all or none, synced to the disk. They are complete but for `number`,
  // `recorded_at` and `corrected_by_id`. An event whose id is there already with the same
  // particulars (`event`, but that `release` and `revision_digest` may be told otherwise, is
  // compared with what `given` has) is not added again.
  // `given` are the requests that the events were made of, one each.
  // VERIFICATION_ID_TAKEN; VERIFICATION_NOT_FOUND for a `corrects_id` that is no event of the
  // code, or one that has been replaced; REFERENCE_NOT_FOUND; RELEASE_NOT_FOUND if a release was
  // deleted meanwhile; STORAGE_FAILED.
  absl::StatusOr<RecordOutcome> Record(std::vector<v1::Verification> events,
                                       const std::vector<v1::NewVerification>& given);

  // The events of a code with numbers after `after`, oldest first, at most `most`. None for a
  // code without a page. DATA_DAMAGED.
  absl::StatusOr<std::vector<v1::Verification>> Verifications(absl::string_view code, int after,
                                                              size_t most) const;

  // Replaces all usage counts. STORAGE_FAILED.
  absl::Status SetUsage(std::map<std::string, int64_t> counts);
  // The usage counts by code. Never null.
  std::shared_ptr<const std::map<std::string, int64_t>> usage() const;

  // How many verifications name a release.
  int64_t CountNaming(absl::string_view release_id) const;
};

}  // namespace codeset::store
