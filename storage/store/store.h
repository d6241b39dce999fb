// The durable home of releases: content pages, catalog and kept sources in one RocksDB
// (storage/FORMAT.md §2), and the images built from them.
//
//   ASSIGN_OR_RETURN(auto store, Store::Open("/var/lib/codeset", {}));
//   ASSIGN_OR_RETURN(auto outcome, store->Publish(publication));
//   ASSIGN_OR_RETURN(auto image, store->GetImage(*store->catalog(), "2026"));
//
// One process owns a data directory at a time. What Publish and Delete have returned from
// survives a crash; a crash before that leaves all or nothing of it.
//
// Thread-safe. Reads never wait for writes; writes exclude each other.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/admin.pb.h"
#include "storage/image/image.h"
#include "storage/image/page.h"
#include "storage/model/canonical.h"
#include "storage/store/catalog.h"
#include "storage/store/publication.h"

namespace rocksdb {
class WriteBatch;
}  // namespace rocksdb

namespace codeset::store {

class Database;

// What Store::Verify did.
struct Verification {
  int pages_checked = 0;
};

// How a data directory is opened.
struct StoreOptions {
  // Create the directory if it is not there or empty.
  bool create_if_missing = true;
  // Told to a second process that tries to open the directory: who holds it and what to
  // do instead, for instance "codesetd serve, admin address unix:…".
  std::string owner = "codeset";
};

// See above.
class Store {
 public:
  // Opens a data directory. DATA_DIRECTORY_LOCKED if another process has it (named in the
  // message); FORMAT_UNSUPPORTED if its format is not known; STORAGE_FAILED or DATA_DAMAGED
  // if it cannot be read. Sweeps what an interrupted load left.
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
  // stored where it has none yet. `cancelled`, if given, is asked right before publishing.
  // Errors as Check; CANCELLED; LOAD_IN_PROGRESS if the release was loaded or deleted since
  // the publication was made; STORAGE_FAILED. Nothing is visible then.
  absl::StatusOr<v1::LoadOutcome> Publish(const Publication& publication,
                                          const std::function<bool()>& cancelled = {});

  // Replaces the addenda check that is told of a release. RELEASE_NOT_FOUND.
  absl::Status SetAddendaCheck(absl::string_view id, const v1::AddendaCheck& check);

  // Reads every page and kept source of a release back and recomputes its digest, and checks
  // that index and pages agree. RELEASE_NOT_FOUND; DATA_DAMAGED names what does not match.
  absl::StatusOr<Verification> Verify(absl::string_view id) const;

  // Deletes a release, sweeps the pages and sources that no other uses, and retires the id.
  // Returns how many pages were swept. RELEASE_NOT_FOUND.
  absl::StatusOr<int> Delete(absl::string_view id);

  // The image of a release of `catalog`, built when first asked for; then from memory. Does
  // not fail for a release that was deleted since the catalog was taken.
  // RELEASE_NOT_FOUND if `catalog` does not have it; DATA_DAMAGED.
  absl::StatusOr<std::shared_ptr<const image::Image>> GetImage(const Catalog& catalog,
                                                               absl::string_view id);

  // The publisher's addenda that were loaded with a release. RELEASE_NOT_FOUND.
  absl::StatusOr<std::vector<NamedBytes>> Addenda(absl::string_view id) const;

  // The source files kept of a release, proved against their digests.
  absl::StatusOr<std::vector<NamedBytes>> Sources(absl::string_view id) const;

 private:
  explicit Store(std::shared_ptr<Database> database);

  // The following are called with write_mutex_ held.

  // Reads the catalog from the database.
  absl::Status LoadCatalog();
  // Writes a batch that puts `entry` in the catalog, and then serves it. An entry that could
  // not be read back is refused before anything is written.
  absl::Status Commit(rocksdb::WriteBatch& batch, const CatalogEntry& entry,
                      absl::string_view what);
  void Serve(std::vector<CatalogRelease> releases);
  // Adds the addenda to a batch, in the place of those that are there.
  absl::Status AddAddenda(const Publication& publication, rocksdb::WriteBatch& batch);
  absl::Status SweepUnpublished();
  absl::Status WritePages(const Publication& publication);

  // Shared with the catalogs, whose pages it holds.
  std::shared_ptr<Database> database_;
  // Held for the length of a write; never by readers.
  std::mutex write_mutex_;
  // Held for moments only; guards catalog_ and images_. (The standard's mutexes, see
  // storage/image/page.h.)
  mutable std::mutex mutex_;
  std::shared_ptr<const Catalog> catalog_;

  image::PageCache pages_;
  // Serialises building, so that one image is built once. Taken before mutex_.
  std::mutex build_mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const image::Image>> images_;
};

}  // namespace codeset::store
