// RocksDB as Codeset uses it: families, options, snapshots, errors. Used by Store alone.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_batch.h"
#include "storage/image/page.h"
#include "storage/model/digest.h"
#include "storage/store/keys.h"
#include "storage/store/no_space.h"

namespace codeset::store {

// Slices and string views, to and fro.
inline rocksdb::Slice ToSlice(absl::string_view view) { return {view.data(), view.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// Syncs a folder, so that the names in it are on the disk.
rocksdb::Status SyncFolder(rocksdb::Env& env, const std::string& folder);

// A RocksDB status as ours: STORAGE_FAILED, STORAGE_FULL where there is no room on the disk, or
// DATA_DAMAGED for a corruption. `what` says what was being done.
absl::Status FromRocksDb(const rocksdb::Status& status, absl::string_view what);

// DATA_DAMAGED: what is damaged in a data directory, and what to do.
absl::Status DamagedStore(absl::string_view what);

// Whether somebody holds the lock that `status` tells could not be taken, rather than that its file
// could not be opened.
bool MeansHeld(const rocksdb::Status& status);

// Why the database of a directory could not be opened, or locked: DATA_DIRECTORY_LOCKED, told with
// who has it; else as FromRocksDb.
absl::Status OpenError(const rocksdb::Status& status, const std::string& directory);

// Hears of what RocksDB fails to do on its own threads, but for merging files, which is tried
// again.
class BackgroundFailure : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;

  // How often it was, and the last time why.
  int64_t count() const;
  rocksdb::Status last() const;

 private:
  mutable std::mutex mutex_;
  int64_t count_ = 0;
  rocksdb::Status last_;
};

// See above.
class Database {
 public:
  // Opens or creates the database in `directory`, and creates families that it lacks.
  // `owner` is left for a second process to read, and `env` is what files are reached through, the
  // system's for null (see StoreOptions). DATA_DAMAGED where acknowledged writes are missing
  // (generation.h); then nothing is changed.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& directory,
                                                        bool create_if_missing,
                                                        absl::string_view owner,
                                                        rocksdb::Env* env = nullptr);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Family family) const {
    return families_[static_cast<size_t>(family)];
  }

  // The value of a key; NOT_FOUND (without a reason) if it is not there.
  absl::StatusOr<std::string> Get(Family family, absl::string_view key) const;

  // Applies a batch at once. With `sync` it has reached the disk when this returns.
  absl::Status Write(rocksdb::WriteBatch& batch, bool sync, absl::string_view what);

  // What somebody is told of is written by these, one after another and never side by side:
  //
  //   RETURN_IF_ERROR(database.Settle());               // before anything is answered
  //   RETURN_IF_ERROR(database.Commit(batch, "…"));     // done, on the disk
  //   …show it to readers…
  //   RETURN_IF_ERROR(database.Secure());               // told
  //
  // Makes good what a failure left undone, and so must come before an answer that says that
  // something is there already. STORAGE_FAILED, STORAGE_FULL.
  absl::Status Settle();
  // Settles, and applies a batch with the next generation in it, synced. Where it fails nothing of
  // it is applied; after a crash right then all of it may be.
  absl::Status Commit(rocksdb::WriteBatch& batch, absl::string_view what);
  // Moves what was committed from the log to files, and counts up the file GENERATION. Where it
  // fails the commit stands, and the next Settle tries again.
  absl::Status Secure();

  // Reads the generation, gives a directory without one its first, and has the file fit. Called
  // once, before the first Settle, with the journal's identity. Errors as JudgeGeneration.
  absl::Status OpenGeneration(absl::string_view journal_id);

  // DATA_DAMAGED where the file GENERATION is not what was last written. Not beside Secure.
  absl::Status CheckGenerationFile() const;

  // Whether the last attempt to go on after a failure failed, so that nothing can be written.
  bool writes_stopped() const { return writes_stopped_; }

  // How much room there is for files, in bytes.
  absl::StatusOr<uint64_t> FreeBytes() const;

  // Applies a batch at once without logging it: it has reached the disk after FlushPages, and a
  // crash before that may leave any number of such batches, each whole.
  absl::Status WriteUnlogged(rocksdb::WriteBatch& batch, absl::string_view what);

  // Whether a family of content has this digest's, undamaged.
  absl::StatusOr<bool> Holds(Family family, const model::Digest& digest) const;

  // Writes what is in memory of all families to files and syncs them.
  absl::Status FlushPages();

  // Gives back the room of kept sources that have been deleted, as far as no snapshot has them
  // and no backup copies files; else RocksDB comes to that some time. Not beside a write. Where it
  // fails, nothing is lost, and the next Settle tries again.
  void ReclaimSources();

  // Which of the digests have no page yet, as places in `digests`.
  absl::StatusOr<std::vector<size_t>> MissingPages(model::FacetGroup group,
                                                   absl::Span<const model::Digest> digests) const;

 private:
  friend class MakingRoom;
  Database() = default;

  // Has RocksDB go on after a failure.
  absl::Status RecoverIfFailed();
  // Puts into memory, and not into the log, what changes nothing.
  absl::Status HaveSomethingToFlush();
  // How often RocksDB has failed to flush or to merge files.
  uint64_t BackgroundFailures() const;
  // The parts of FlushPages.
  absl::Status AskForFlush();
  // Waits until nothing is in memory alone; `seen` is how many failures background_ had before.
  absl::Status WaitUntilFlushed(int64_t seen);

  std::string directory_;
  std::string owner_file_;
  // What all files are reached through; before the database, which it outlives.
  std::unique_ptr<PlainNoSpaceEnv> env_;
  // What RocksDB has failed to do by itself, but for merging.
  std::shared_ptr<BackgroundFailure> background_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  // Something could not be written: the log may end in what was not acknowledged.
  std::atomic<bool> failed_ = false;
  std::atomic<bool> writes_stopped_ = false;
  std::string journal_id_;
  // How often RocksDB has failed in the background, as far as that was made good.
  uint64_t failures_ = 0;
  // The number in the database, and that in the file.
  uint64_t generation_ = 0;
  uint64_t secured_ = 0;
  // See ReclaimSources. From the begin, since a delete may have been cut off before it.
  bool reclaim_due_ = true;
  // See MakingRoom.
  bool making_room_ = false;
};

// While there is one, Settle asks for less room than else: for what makes room, which a disk that
// is almost full must not forbid. For whoever writes, one at a time.
class MakingRoom {
 public:
  explicit MakingRoom(Database& database) : database_(database) { database_.making_room_ = true; }
  ~MakingRoom() { database_.making_room_ = false; }
  MakingRoom(const MakingRoom&) = delete;
  MakingRoom& operator=(const MakingRoom&) = delete;

 private:
  Database& database_;
};

// Reads pages as they were when the snapshot was taken, and proves each against its digest.
class SnapshotReader : public image::PageReader {
 public:
  // `database` must outlive the reader. With `fill_cache` false, and then checksums
  // verified, reading leaves the block cache alone.
  explicit SnapshotReader(Database& database, bool fill_cache = true);
  ~SnapshotReader() override;
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  absl::StatusOr<std::vector<std::string>> Read(
      model::FacetGroup group, absl::Span<const model::Digest> digests) const override;

  // The same without keeping what was read. Returns how many bytes it were.
  absl::StatusOr<size_t> Prove(model::FacetGroup group,
                               absl::Span<const model::Digest> digests) const;

  // What it reads as of.
  const rocksdb::Snapshot* snapshot() const { return snapshot_; }

 private:
  // Reads and proves pages, and calls `use` with each in the order asked.
  absl::Status ForEach(model::FacetGroup group, absl::Span<const model::Digest> digests,
                       absl::FunctionRef<void(const rocksdb::Slice&)> use) const;

  Database& database_;
  const rocksdb::Snapshot* const snapshot_;
  const bool fill_cache_;
};

}  // namespace codeset::store
