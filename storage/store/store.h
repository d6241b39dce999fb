// The durable home of releases: content pages, catalog and kept sources in one RocksDB
// (storage/FORMAT.md §2), and the images built from them.
//
//   ASSIGN_OR_RETURN(auto store, Store::Open("/var/lib/codeset", {}));
//   ASSIGN_OR_RETURN(auto outcome, store->Publish(publication));
//   ASSIGN_OR_RETURN(auto image, store->GetImage(*store->catalog(), "2026"));
//
// One process owns a data directory at a time. What a change has returned OK from survives a crash,
// and is known to be missing should the disk lose it (generation.h); a crash before that leaves all
// or nothing of it. Every change may fail with STORAGE_FAILED or STORAGE_FULL; what is loaded is
// answered as before, and the next change tries to go on. An error may come after a change has been
// made, where it could not be secured: repeated, it is not made twice.
//
// Thread-safe. Reads never wait for writes; writes exclude each other.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "codeset/v1/admin.pb.h"
#include "codeset/v1/label.pb.h"
#include "storage/image/image.h"
#include "storage/image/page.h"
#include "storage/model/canonical.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/store/catalog.h"
#include "storage/store/ledger.h"
#include "storage/store/publication.h"
#include "storage/store/scrub.h"

namespace rocksdb {
class Env;
class WriteBatch;
}  // namespace rocksdb

namespace codeset::store {

class Database;
// backup.h
struct BackupOptions;
struct CreatedBackup;

// What Store::Verify did.
struct Verification {
  int pages_checked = 0;
};

// An event of the journal with its number; numbers go up by one from 1.
struct JournalRecord {
  uint64_t number = 0;
  v1::ReleaseEvent event;
};

// How a data directory is opened.
struct StoreOptions {
  // Create the directory if it is not there or empty.
  bool create_if_missing = true;
  // Told to a second process that tries to open the directory: who holds it and what to
  // do instead, for instance "codesetd serve, admin address unix:…".
  std::string owner = "codeset";
  // The editions known to have been published.
  model::EditionRegister editions = model::EditionRegister::BuiltIn();
  // Tells the time of what is recorded, and which day it is where that matters.
  model::Clock clock = absl::Now;
  // What files are reached through, the system's for null; outlives the store. For tests.
  rocksdb::Env* env = nullptr;
};

// See above.
class Store {
 public:
  // Opens a data directory. DATA_DIRECTORY_LOCKED if another process has it (named in the
  // message); FORMAT_UNSUPPORTED if its format is not known; STORAGE_FAILED or DATA_DAMAGED
  // if it cannot be read, or if acknowledged writes are missing, and then it is left as it is.
  // Sweeps what an interrupted load or import left.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory,
                                                     const StoreOptions& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // The releases as they are now. Never null.
  std::shared_ptr<const Catalog> catalog() const;

  // What Publish would come to, without writing: LOADED, GROUP_ADDED or UNCHANGED.
  // RELEASE_CONTENT_DIFFERS if the id is loaded, or was, with another effective date or
  // other content for a group; ARGUMENT_INVALID for a new release without order facts.
  absl::StatusOr<v1::LoadOutcome> Check(const Publication& publication) const;

  // Stores the groups: writes the pages, reads them back and proves them, then publishes
  // all at once. Of a release that is loaded already with the same groups, addenda are
  // stored where it has none yet, and pages, index entries and sources that are missing or damaged
  // are written afresh. `cancelled`, if given, is asked right before publishing.
  // Errors as Check; CANCELLED; LOAD_IN_PROGRESS if the release was loaded or deleted since
  // the publication was made; STORAGE_FAILED. Nothing is visible then, unless the error says that
  // the change is made and could not be secured.
  absl::StatusOr<v1::LoadOutcome> Publish(const Publication& publication,
                                          const std::function<bool()>& cancelled = {});

  // Replaces the addenda check that is told of a release. RELEASE_NOT_FOUND.
  absl::Status SetAddendaCheck(absl::string_view id, const v1::AddendaCheck& check);

  // Reads every page and kept source of a release back and recomputes its digest, and checks
  // that index and pages agree. RELEASE_NOT_FOUND; DATA_DAMAGED names what does not match.
  absl::StatusOr<Verification> Verify(absl::string_view id) const;

  // Proves everything that is stored, as it is at this instant, and tells what is damaged; changes
  // nothing. Takes long; see scrub.h. CANCELLED; STORAGE_FAILED.
  absl::StatusOr<v1::ScrubReport> Scrub(const ScrubOptions& options);

  // STORAGE_FULL where there is no room for what a load of so many bytes may write.
  absl::Status CheckRoom(size_t load_bytes) const;

  // Deletes a release, sweeps the pages and sources that no other uses, and retires the id.
  // Returns how many pages were swept. RELEASE_NOT_FOUND; RELEASE_IN_USE names the labels
  // that were set to it, resolve to it today or would roll back to it, or tells how many
  // verifications were judged against it: such a release stays. Where an error says that the change
  // is made and could not be secured, it is deleted all the same.
  absl::StatusOr<int> Delete(absl::string_view id);

  // Holds a release back until a day (ISO 8601), for ever (kNever), or not at all (empty).
  // `by` says who does it. RELEASE_NOT_FOUND; ARGUMENT_INVALID.
  absl::Status SetActivation(absl::string_view id, absl::string_view activate_on,
                             absl::string_view by);

  // Sets a label, or moves it; to where it is already, nothing is recorded. Returns it as it
  // is then. LABEL_INVALID; RELEASE_NOT_FOUND.
  absl::StatusOr<LabelEntry> SetLabel(absl::string_view label, absl::string_view release_id,
                                      bool exact, absl::string_view by);
  // Moves a label back to what it named before; from the release `from`, if not empty. Repeated
  // with `from`, or by the same after an error that came when it was made, it stays back.
  // LABEL_NOT_FOUND, LABEL_HAS_NO_PREVIOUS, RELEASE_NOT_FOUND; ARGUMENT_INVALID where the label was
  // moved away from `from` otherwise.
  absl::StatusOr<LabelEntry> RollbackLabel(absl::string_view label, absl::string_view by,
                                           absl::string_view from = "");
  // Removes a label and returns it as it was. LABEL_NOT_FOUND.
  absl::StatusOr<LabelEntry> RemoveLabel(absl::string_view label, absl::string_view by);

  // The events after a number, oldest first, at most `most`.
  absl::StatusOr<std::vector<JournalRecord>> Journal(uint64_t after, size_t most) const;
  // The number of the newest event; 0 if there is none.
  uint64_t journal_end() const;
  // What tells this data directory's journal from another's.
  const std::string& journal_id() const { return journal_id_; }
  // Is called, on the thread of whoever wrote, after events have been recorded. It must be
  // quick, and must not write to the store. Empty to be told no more; when that returns, the
  // one before is not running any more.
  void SetJournalListener(std::function<void()> listener);

  // What the calendar had come to when it was last recorded.
  absl::StatusOr<CalendarState> calendar() const;
  // Records what the calendar has come to, and the events that tell it, in one write. False,
  // with nothing recorded, where `seen` is given and is no longer the catalog: what was made
  // of it may be told no more.
  absl::StatusOr<bool> RecordCalendar(const CalendarState& state,
                                      std::vector<v1::ReleaseEvent> events,
                                      const Catalog* seen = nullptr);

  // The day in New York, by the clock that the store was opened with.
  model::Date Today() const { return model::DateInNewYork(clock_()); }

  // The image of a release of `catalog`, built when first asked for; then from memory. Does
  // not fail for a release that was deleted since the catalog was taken.
  // RELEASE_NOT_FOUND if `catalog` does not have it; DATA_DAMAGED, which is remembered, so that
  // asking again costs nothing, until the catalog changes or a load makes the release whole.
  // `day` decides what is held back and so lends nothing; a request asks for one day alone.
  absl::StatusOr<std::shared_ptr<const image::Image>> GetImage(const Catalog& catalog,
                                                               absl::string_view id,
                                                               model::Date day);
  // The same on the day that it is.
  absl::StatusOr<std::shared_ptr<const image::Image>> GetImage(const Catalog& catalog,
                                                               absl::string_view id) {
    return GetImage(catalog, id, Today());
  }
  // The same if it has been built; null if not. RELEASE_NOT_FOUND.
  absl::StatusOr<std::shared_ptr<const image::Image>> ImageIfReady(const Catalog& catalog,
                                                                   absl::string_view id,
                                                                   model::Date day) const;
  // A part of the image, read from some tens of pages and not kept: what is told of a code, as
  // Image::BuildPart says. Null where that cannot be told without the whole image
  // (category_rows.h). RELEASE_NOT_FOUND; DATA_DAMAGED.
  absl::StatusOr<std::shared_ptr<const image::Image>> GetPart(const Catalog& catalog,
                                                              absl::string_view id, model::Date day,
                                                              absl::string_view code);

  // The publisher's addenda that were loaded with a release, proved against their digests where
  // these were noted. RELEASE_NOT_FOUND; DATA_DAMAGED.
  absl::StatusOr<std::vector<NamedBytes>> Addenda(absl::string_view id) const;

  // The source files kept of a release, proved against their digests.
  absl::StatusOr<std::vector<NamedBytes>> Sources(absl::string_view id) const;

  // Backs all of it up into a folder, named by its absolute path, as it is at one instant: with
  // all that was acknowledged before it. Reads are not held up; writes only until the files of the
  // instant are known. ARGUMENT_INVALID for a folder that is missing, lies in the data directory,
  // or has something else in it than backups of this directory; BACKUP_IN_PROGRESS; CANCELLED;
  // FORMAT_UNSUPPORTED; DATA_DAMAGED, also where a backup of the folder is; STORAGE_FAILED. The
  // folder has no backup more then: that older ones could not be deleted is told with the new one.
  absl::StatusOr<CreatedBackup> CreateBackup(const std::string& folder,
                                             const BackupOptions& options);

  // For a migration (server/migrate.h), of a store that nobody else has. Copies a release as it is
  // in another store, pages, addenda, kept sources and all: RELEASE_NOT_FOUND; DATA_DAMAGED where
  // a page does not match its digest; STORAGE_FAILED.
  absl::Status CopyReleaseFrom(const Store& other, absl::string_view id);
  // Makes this store one that goes on where another one is: journal with its identity, labels,
  // ledger and calendar become that one's, record by record, and so does what the catalog tells of
  // releases that are not loaded, and of the others when they were loaded. It must be closed and
  // opened again, whatever this returns. STORAGE_FAILED.
  absl::Status CopyRecordsFrom(const Store& other);

  // For a restore, of a store that nobody else has. Gives the journal another identity, so that
  // places in the journal of the directory that was backed up, which may have gone on since, are
  // refused and not taken for places in this one. It must be closed, and its generation written
  // anew (generation.h), whatever this returns. STORAGE_FAILED.
  absl::Status RenewJournal();

  // Pages of codes and what was verified of them.
  Ledger& ledger() { return *ledger_; }
  const Ledger& ledger() const { return *ledger_; }

 private:
  Store(std::shared_ptr<Database> database, const StoreOptions& options);

  // What building an image failed with, because pages are damaged.
  struct Damage {
    image::ImageSpec spec;
    absl::Status status;
  };

  // The image that is built from this; null if there is none. DATA_DAMAGED if it is known not to
  // build.
  absl::StatusOr<std::shared_ptr<const image::Image>> FindImage(const image::ImageSpec& spec) const;

  // The following are called with write_mutex_ held.

  // Reads the catalog from the database.
  absl::Status LoadCatalog();
  // Reads the journal's identity and end; gives a new data directory its identity.
  absl::Status OpenJournal();
  // Writes a batch that puts `entry` in the catalog, and the events with it, and then serves
  // it. An entry that could not be read back is refused before anything is written.
  absl::Status Commit(rocksdb::WriteBatch& batch, const CatalogEntry& entry,
                      std::vector<v1::ReleaseEvent> events, absl::string_view what);
  // The same with a label in place of a release; `removed` takes it away.
  absl::Status CommitLabel(const LabelEntry& label, bool removed, v1::ReleaseEvent event);
  // Writes a batch and the events, which get their numbers and time; does not tell anyone.
  absl::Status WriteWithEvents(rocksdb::WriteBatch& batch, std::vector<v1::ReleaseEvent> events,
                               absl::string_view what);
  // Tells the listener that events were recorded.
  void Tell();
  void Serve(std::vector<CatalogRelease> releases, std::vector<LabelEntry> labels);
  // An event about a release, with what is told of it.
  static v1::ReleaseEvent EventOf(v1::ReleaseEventKind kind, const v1::Release& release);
  // Adds the addenda to a batch, in the place of those that are there.
  absl::Status AddAddenda(const Publication& publication, rocksdb::WriteBatch& batch);
  // Adds a source file to keep to a batch.
  void AddSource(const NamedBytes& source, rocksdb::WriteBatch& batch);
  // Sweeps what a load has written and not published. False where that cannot be told from the rest
  // because something is damaged: then its mark must stay.
  absl::StatusOr<bool> SweepUnpublished();
  absl::Status WritePages(const Publication& publication);
  // Writes afresh what a loaded release lacks of what is published again. Whether anything was
  // damaged. `swept` is what SweepUnpublished came to.
  absl::StatusOr<bool> Repair(const Publication& publication, const CatalogRelease& known,
                              bool swept);
  // Writes the pages of a group that are not there yet, undamaged; `written` gets their digests.
  // Runs beside others of the same publication.
  absl::Status WriteGroup(model::FacetGroup group, const model::PageSet& set,
                          std::vector<model::Digest>& written);

  // Shared with the catalogs, whose pages it holds.
  std::shared_ptr<Database> database_;
  const std::shared_ptr<const model::EditionRegister> editions_;
  const model::Clock clock_;
  std::string journal_id_;
  std::atomic<uint64_t> journal_end_ = 0;
  // Held while the listener runs; guards it.
  std::mutex listener_mutex_;
  std::function<void()> listener_;
  // Held for the length of a write; never by readers.
  std::mutex write_mutex_;
  // A label as it is after it was rolled back and that could not be secured.
  std::optional<LabelEntry> unsecured_rollback_;
  // Held for moments only; guards catalog_, images_ and damaged_. (The standard's mutexes, see
  // storage/image/page.h.)
  mutable std::mutex mutex_;
  std::shared_ptr<const Catalog> catalog_;

  image::PageCache pages_;
  // By release: held while its image is built, so that it is built once. Taken before mutex_,
  // which guards the map itself; its values stay where they are.
  std::map<std::string, std::mutex> building_;
  absl::flat_hash_map<std::string, std::shared_ptr<const image::Image>> images_;
  // By release, as of the catalog that is served.
  absl::flat_hash_map<std::string, Damage> damaged_;

  // Never null.
  std::unique_ptr<Ledger> ledger_;
};

}  // namespace codeset::store
