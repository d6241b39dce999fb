// How Database writes: what somebody is told of is on the disk, in files and not in the log alone,
// and counted (generation.h).
#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/generation.h"
#include "storage/store/step.h"

namespace codeset::store {
namespace {

// With less room than this nothing is written any more: RocksDB, where it meets the end of a disk,
// may take no further write until it is opened again.
constexpr uint64_t kRoomForAChange = uint64_t{16} << 20;

// The same error, told as what it means.
absl::Status Because(absl::string_view what, const absl::Status& status) {
  return model::MakeError(model::ReasonOf(status).value_or(model::Reason::kStorageFailed),
                          absl::StrCat(what, ": ", status.message()));
}

}  // namespace

absl::Status Database::Write(rocksdb::WriteBatch& batch, bool sync, absl::string_view what) {
  // Where the log fails, RocksDB goes on with another one only if it has something to flush then.
  if (sync) RETURN_IF_ERROR(HaveSomethingToFlush());
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

absl::Status Database::FlushPages() {
  // All families, since atomic_flush wants them together.
  const rocksdb::Status status = db_->Flush(rocksdb::FlushOptions(), families_);
  if (!status.ok()) failed_ = true;
  return FromRocksDb(status, "flushing what was written");
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
      return model::MakeError(model::Reason::kDataDamaged,
                              "the generation of the database is no number");
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

absl::Status Database::Recover() {
  const uint64_t failures = BackgroundFailures();
  const absl::Status resumed = FromRocksDb(db_->Resume(), "going on");
  if (!resumed.ok()) {
    return Because(
        "an earlier write failed, and the database cannot be written to yet; what is loaded is "
        "answered as before; if this stays after the disk is sound and has room, restart the "
        "server",
        resumed);
  }
  // What failed may lie in the log all the same, and would be read with what is written behind it.
  // A flush begins a new log.
  RETURN_IF_ERROR(HaveSomethingToFlush());
  RETURN_IF_ERROR(FlushPages());
  failed_ = false;
  failures_ = failures;
  return absl::OkStatus();
}

absl::Status Database::Settle() {
  ASSIGN_OR_RETURN(const uint64_t free, FreeBytes());
  if (free < kRoomForAChange) {
    return model::MakeError(
        model::Reason::kStorageFull,
        absl::StrCat("the disk of the data directory has ", free >> 10,
                     " KiB left, and a change is "
                     "made only while it has ",
                     kRoomForAChange >> 20, " MiB; nothing was written: make room and try again"),
        {{"free_bytes", absl::StrCat(free)}, {"needed_bytes", absl::StrCat(kRoomForAChange)}});
  }
  if (failed_ || BackgroundFailures() != failures_) RETURN_IF_ERROR(Recover());
  return Secure();
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
