// How Database writes: what somebody is told of is on the disk, in files and not in the log alone,
// and counted (generation.h).
#include <algorithm>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rocksdb/metadata.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/file_check.h"
#include "storage/store/generation.h"
#include "storage/store/step.h"

namespace codeset::store {
namespace {

// With less room than this nothing is written any more, so that what is written seldom meets the
// end of a disk.
constexpr uint64_t kRoomForAChange = uint64_t{16} << 20;
// The same of what makes room: a delete writes less than 1 MiB of keys, to the log and to files.
constexpr uint64_t kRoomToMakeRoom = uint64_t{2} << 20;

// After so long without a flush under way none is to come, and it is asked for again so often.
constexpr absl::Duration kLongestIdle = absl::Seconds(10);
constexpr absl::Duration kBetweenAsking = absl::Milliseconds(20);
constexpr absl::Duration kBetweenLooks = absl::Microseconds(200);

// The same error, told as what it means.
absl::Status Because(absl::string_view what, const absl::Status& status) {
  return model::MakeError(model::ReasonOf(status).value_or(model::Reason::kStorageFailed),
                          absl::StrCat(what, ": ", status.message()));
}

}  // namespace

absl::Status Database::Write(rocksdb::WriteBatch& batch, bool sync, absl::string_view what) {
  if (sync) {
    // Where a flush has failed and then the log does too, RocksDB would take the log for sound once
    // the flush has been made good.
    RETURN_IF_ERROR(RecoverIfFailed());
    // Where the log fails, RocksDB goes on with another one only if it has something to flush then.
    RETURN_IF_ERROR(HaveSomethingToFlush());
  }
  rocksdb::WriteOptions options;
  options.sync = sync;
  const rocksdb::Status status = db_->Write(options, &batch);
  if (!status.ok()) failed_ = true;
  return FromRocksDb(status, what);
}

absl::Status Database::WriteUnlogged(rocksdb::WriteBatch& batch, absl::string_view what) {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  const rocksdb::Status status = db_->Write(options, &batch);
  if (!status.ok()) failed_ = true;
  return FromRocksDb(status, what);
}

absl::Status Database::HaveSomethingToFlush() {
  rocksdb::WriteBatch nothing;
  nothing.Delete(family(Family::kDefault), ToSlice(NothingKey()));
  return WriteUnlogged(nothing, "writing");
}

void BackgroundFailure::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                          rocksdb::Status* error) {
  if (reason == rocksdb::BackgroundErrorReason::kCompaction) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  ++count_;
  last_ = *error;
}

int64_t BackgroundFailure::count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return count_;
}

rocksdb::Status BackgroundFailure::last() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return last_;
}

absl::Status Database::FlushPages() {
  const int64_t seen = background_->count();
  absl::Status flushed = AskForFlush();
  if (flushed.ok()) flushed = WaitUntilFlushed(seen);
  if (!flushed.ok()) failed_ = true;
  return flushed;
}

absl::Status Database::AskForFlush() {
  rocksdb::FlushOptions options;
  // Else it may wait for ever for what a failure has ended.
  options.allow_write_stall = true;
  // All families, since atomic_flush wants them together.
  return FromRocksDb(db_->Flush(options, families_), "flushing what was written");
}

absl::Status Database::WaitUntilFlushed(int64_t seen) {
  // Once it has gone on after a failure of the log, RocksDB 7.8 takes itself for stopped whenever
  // it should wait for a flush, and says at once that it is done; and what a failure has ended it
  // may not begin again by itself. Nobody writes meanwhile.
  absl::Time idle_since = absl::Now();
  absl::Time asked = idle_since;
  while (true) {
    uint64_t left = 0, running = 0;
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      for (const std::string& property : {rocksdb::DB::Properties::kNumImmutableMemTable,
                                          rocksdb::DB::Properties::kNumEntriesActiveMemTable}) {
        uint64_t number = 0;
        db_->GetIntProperty(family, property, &number);
        left += number;
      }
    }
    if (left == 0) return absl::OkStatus();
    if (background_->count() != seen) {
      return FromRocksDb(background_->last(), "flushing what was written");
    }
    db_->GetIntProperty(rocksdb::DB::Properties::kNumRunningFlushes, &running);
    const absl::Time now = absl::Now();
    if (running > 0) idle_since = now;
    if (now - idle_since > kLongestIdle) {
      return model::MakeError(model::Reason::kStorageFailed,
                              "flushing what was written does not begin; restart the server");
    }
    if (now - std::max(idle_since, asked) > kBetweenAsking) {
      RETURN_IF_ERROR(AskForFlush());
      asked = absl::Now();
    }
    absl::SleepFor(kBetweenLooks);
  }
}

void Database::ReclaimSources() {
  // Sources lie in files of blobs, which go when no key names anything in them; so the keys are
  // merged, and nothing of the blobs is copied.
  reclaim_due_ = true;
  // Not while the disk fails: that could end all writing.
  if (failed_ || secured_ != generation_ || !FlushPages().ok()) return;
  // A block that cannot be read would end all writing until the server is restarted; room is not
  // worth that. A scrub tells of it.
  rocksdb::ColumnFamilyMetaData sources;
  db_->GetColumnFamilyMetaData(family(Family::kSources), &sources);
  for (const rocksdb::LevelMetaData& level : sources.levels) {
    for (const rocksdb::SstFileMetaData& table : level.files) {
      const std::string path = absl::StrCat(table.directory, "/", table.relative_filename);
      if (ProveContent(*env_, path, table).ok()) continue;
      reclaim_due_ = false;
      return;
    }
  }
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kDisable;
  // RocksDB's own threads delete what a merge has left over some time after it has ended. Allowing
  // deletions again has it done before it returns, so that who asks for the room next finds it.
  const rocksdb::Status kept = db_->DisableFileDeletions();
  reclaim_due_ = !db_->CompactRange(options, family(Family::kSources), nullptr, nullptr).ok();
  if (kept.ok()) db_->EnableFileDeletions(/*force=*/false);
}

absl::Status Database::OpenGeneration(absl::string_view journal_id) {
  journal_id_ = std::string(journal_id);
  const absl::StatusOr<std::string> value = Get(Family::kDefault, GenerationKey());
  if (absl::IsNotFound(value.status())) {
    generation_ = 0;
  } else {
    RETURN_IF_ERROR(value.status());
    const std::optional<uint64_t> number = ParseGenerationValue(*value);
    if (!number.has_value()) {
      return DamagedStore("the generation of the database is no number");
    }
    generation_ = *number;
  }
  ASSIGN_OR_RETURN(const std::optional<Generation> file, ReadGeneration(*env_, directory_));
  RETURN_IF_ERROR(JudgeGeneration(directory_, {generation_, journal_id_}, file));
  secured_ = file.has_value() ? file->number : 0;
  if (generation_ == 0) {
    rocksdb::WriteBatch batch;
    RETURN_IF_ERROR(Commit(batch, "beginning to count writes"));
  }
  return Secure();
}

uint64_t Database::BackgroundFailures() const {
  uint64_t failures = 0;
  db_->GetIntProperty(rocksdb::DB::Properties::kBackgroundErrors, &failures);
  return failures;
}

absl::Status Database::RecoverIfFailed() {
  const uint64_t failures = BackgroundFailures();
  if (!failed_ && failures == failures_) return absl::OkStatus();
  absl::Status resumed = FromRocksDb(db_->Resume(), "going on");
  // What failed may lie in the log all the same, and would be read with what is written behind it.
  // A flush begins a new log.
  if (resumed.ok()) resumed = HaveSomethingToFlush();
  if (resumed.ok()) resumed = FlushPages();
  writes_stopped_ = !resumed.ok();
  if (!resumed.ok()) {
    return Because(
        "an earlier write failed, and the database cannot be written to yet; what is loaded is "
        "answered as before; if this stays after the disk is sound and has room, restart the "
        "server",
        resumed);
  }
  failed_ = false;
  failures_ = failures;
  return absl::OkStatus();
}

absl::Status Database::Settle() {
  ASSIGN_OR_RETURN(const uint64_t free, FreeBytes());
  const uint64_t needed = making_room_ ? kRoomToMakeRoom : kRoomForAChange;
  if (free < needed) {
    return model::MakeError(
        model::Reason::kStorageFull,
        absl::StrCat("the disk of the data directory has ", free >> 10, " KiB left, and ",
                     making_room_ ? "a delete" : "a change", " is made only while it has ",
                     needed >> 20, " MiB; nothing was written: make room and try again"),
        {{"free_bytes", absl::StrCat(free)}, {"needed_bytes", absl::StrCat(needed)}});
  }
  RETURN_IF_ERROR(RecoverIfFailed());
  RETURN_IF_ERROR(Secure());
  if (reclaim_due_) ReclaimSources();
  return absl::OkStatus();
}

absl::Status Database::Commit(rocksdb::WriteBatch& batch, absl::string_view what) {
  RETURN_IF_ERROR(Settle());
  batch.Put(family(Family::kDefault), ToSlice(GenerationKey()),
            ToSlice(GenerationValue(generation_ + 1)));
  Reach("commit.ready");
  RETURN_IF_ERROR(Write(batch, true, what));
  ++generation_;
  Reach("commit.written");
  return absl::OkStatus();
}

absl::Status Database::Secure() {
  if (secured_ == generation_) return absl::OkStatus();
  Reach("commit.shown");
  absl::Status status = FlushPages();
  Reach("commit.flushed");
  if (status.ok()) status = WriteGeneration(*env_, directory_, {generation_, journal_id_});
  if (!status.ok()) {
    return Because(
        "the change is made, and a restart would find it, but it is not secured against damage of "
        "the log; repeat the call to have that done",
        status);
  }
  secured_ = generation_;
  return absl::OkStatus();
}

absl::Status Database::CheckGenerationFile() const {
  ASSIGN_OR_RETURN(const std::optional<Generation> file, ReadGeneration(*env_, directory_));
  // The second where the file was written, and only its folder could not be synced.
  if (file == Generation{secured_, journal_id_} || file == Generation{generation_, journal_id_}) {
    return absl::OkStatus();
  }
  return model::MakeError(model::Reason::kDataDamaged,
                          absl::StrCat(GenerationFile(directory_), " is ",
                                       file.has_value() ? "not what was last written" : "missing"));
}

absl::StatusOr<uint64_t> Database::FreeBytes() const {
  uint64_t bytes = 0;
  RETURN_IF_ERROR(FromRocksDb(env_->GetFreeSpace(directory_, &bytes), "asking for free space"));
  return bytes;
}

}  // namespace codeset::store
