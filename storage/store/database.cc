#include "storage/store/database.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rocksdb/cache.h"
#include "rocksdb/file_checksum.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database_stats.h"
#include "storage/store/generation.h"
#include "storage/store/step.h"

namespace codeset::store {
namespace {

namespace fs = std::filesystem;

// About one release. What is answered comes from images, which hold the pages that they were built
// from; the cache serves building the next one, and loads.
constexpr size_t kBlockCacheBytes = 8 << 20;
// Pages are small and much alike: a dictionary helps zstd more than any level.
constexpr int kDictionaryBytes = 16 << 10;
constexpr int kDictionarySampleBytes = 1 << 20;
constexpr int kFlushLevel = 3;
constexpr int kLastingLevel = 6;
constexpr int kFilesWithoutWaiting = 10'000;

rocksdb::ColumnFamilyOptions FamilyOptions(Family family,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  if (family == Family::kSources) {
    // Whole archives: kept apart from the keys so that compaction does not copy them.
    options.enable_blob_files = true;
    options.min_blob_size = 4096;
    options.blob_compression_type = rocksdb::kZSTD;
    options.enable_blob_garbage_collection = true;
    options.write_buffer_size = 8 << 20;
  } else if (family == Family::kReferences) {
    // Pages of codes, of some 10 KB each: apart for the same reason, and so that the keys can be
    // read without them.
    options.enable_blob_files = true;
    options.min_blob_size = 512;
    options.blob_compression_type = rocksdb::kZSTD;
    options.enable_blob_garbage_collection = true;
    options.write_buffer_size = 16 << 20;
  } else {
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    table.block_size = 16 << 10;
    // A load waits for its pages to be written, and so they are compressed lightly at first. When
    // RocksDB merges them with others, which nobody waits for, they get what they keep: a higher
    // level and a dictionary. Its training takes longer than all else for one part in fifty, and
    // what lies in a buffer for it is compressed without a look at whether the process ends.
    options.compression = rocksdb::kZSTD;
    options.compression_opts.level = kFlushLevel;
    options.bottommost_compression = rocksdb::kZSTD;
    options.bottommost_compression_opts = options.compression_opts;
    options.bottommost_compression_opts.enabled = true;
    options.bottommost_compression_opts.max_dict_bytes = kDictionaryBytes;
    options.bottommost_compression_opts.zstd_max_train_bytes = kDictionarySampleBytes;
    options.bottommost_compression_opts.max_dict_buffer_bytes = kDictionarySampleBytes;
    options.bottommost_compression_opts.use_zstd_dict_trainer = false;
    options.bottommost_compression_opts.level = kLastingLevel;
  }
  if (family == Family::kVerifications || family == Family::kVerificationIds ||
      family == Family::kJournal || family == Family::kReferences || family == Family::kRevisions) {
    // Every call that adds to them makes a small file of each. Merged level by level, the whole
    // family would be written anew every few calls; or, where each call's keys come after those of
    // the last one, as revisions of a page do, files would only be moved a level down, and become
    // as many as there were calls, each of them open.
    options.compaction_style = rocksdb::kCompactionStyleUniversal;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Where there is no room to merge files, they become many, and a write must not wait for the
  // merging, which goes on when there is room.
  options.level0_slowdown_writes_trigger = kFilesWithoutWaiting;
  options.level0_stop_writes_trigger = kFilesWithoutWaiting;
  return options;
}

rocksdb::DBOptions DatabaseOptions(bool create_if_missing, rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = create_if_missing;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_total_wal_size = 64 << 20;
  // RocksDB's own log: its options take some 150 KB of each. Statistics would add to it every
  // ten minutes for ever.
  options.keep_log_file_num = 2;
  options.max_log_file_size = 8 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  // Every flush adds to it, and opening reads it.
  options.max_manifest_file_size = 4 << 20;
  // Files are few and small. The default would be sixteen threads, made and ended again for
  // every family, which takes longer than to open them.
  options.max_file_opening_threads = 1;
  // What it would read of every file at start steers compaction only.
  options.skip_stats_update_on_db_open = true;
  // After a failure Settle goes on, when there is something to write, and nobody beside it.
  options.max_bgerror_resume_count = 0;
  // Files would take room ahead of what is written to them: the log 64 MiB, which a small disk does
  // not have, and the log begins anew with every change.
  options.allow_fallocate = false;
  // Of every file its checksum as it was written, in the manifest: a backup and a scrub hold the
  // file against it. Files of before there were any go on without.
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  // A publication spans families; a flush of one must not get ahead of another.
  options.atomic_flush = true;
  return options;
}

// Makes a directory, and what it lies in, durably.
absl::Status MakeDirectory(rocksdb::Env& env, const std::string& directory) {
  std::error_code error;
  std::vector<fs::path> made;
  const fs::path whole = fs::absolute(directory, error).lexically_normal();
  for (fs::path path = whole; !error && !fs::exists(path, error); path = path.parent_path()) {
    made.push_back(path);
  }
  if (!error) fs::create_directories(whole, error);
  if (error) {
    return model::MakeError(
        model::Reason::kStorageFailed,
        absl::StrCat("creating data directory ", directory, ": ", error.message()));
  }
  for (const fs::path& path : made) {
    const std::string parent = path.parent_path().string();
    RETURN_IF_ERROR(FromRocksDb(SyncFolder(env, parent), absl::StrCat("syncing ", parent)));
  }
  return absl::OkStatus();
}

std::string OwnerFile(const std::string& directory) { return directory + "/owner"; }

std::string ReadOwner(const std::string& file) {
  std::ifstream in(file);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return std::string(absl::StripSuffix(text, "\n"));
}

}  // namespace

rocksdb::Status SyncFolder(rocksdb::Env& env, const std::string& folder) {
  std::unique_ptr<rocksdb::Directory> opened;
  rocksdb::Status status = env.NewDirectory(folder, &opened);
  if (status.ok()) status = opened->Fsync();
  return status;
}

absl::Status DamagedStore(absl::string_view what) {
  return model::MakeError(
      model::Reason::kDataDamaged,
      absl::StrCat(what, "; restore the data directory from a backup (`codesetd restore`)"));
}

bool MeansHeld(const rocksdb::Status& status) {
  // RocksDB has no code for it: a file that cannot be opened is told from one that is locked by
  // its words alone.
  const std::string text = status.ToString();
  return status.IsIOError() && absl::StrContains(text, "/LOCK: ") &&
         !absl::StrContains(text, "open a file for lock");
}

absl::Status OpenError(const rocksdb::Status& status, const std::string& directory) {
  if (MeansHeld(status)) {
    std::string owner = ReadOwner(OwnerFile(directory));
    if (owner.empty()) owner = "another process";
    return model::MakeError(
        model::Reason::kDataDirectoryLocked,
        absl::StrCat("data directory ", directory, " is in use by ", owner,
                     "; one process owns a data directory at a time: load through that server "
                     "(codesetctl release load) or stop it first"),
        {{"owner", owner}, {"directory", directory}});
  }
  return FromRocksDb(status, absl::StrCat("opening data directory ", directory));
}

absl::Status FromRocksDb(const rocksdb::Status& status, absl::string_view what) {
  if (status.ok()) return absl::OkStatus();
  if (MeansNoSpace(status)) {
    return model::MakeError(
        model::Reason::kStorageFull,
        absl::StrCat(what, ": ", status.ToString(),
                     "; make room on the disk of the data directory and try again"));
  }
  const model::Reason reason =
      status.IsCorruption() ? model::Reason::kDataDamaged : model::Reason::kStorageFailed;
  return model::MakeError(reason, absl::StrCat(what, ": ", status.ToString()));
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& directory,
                                                         bool create_if_missing,
                                                         absl::string_view owner,
                                                         rocksdb::Env* env) {
  if (env == nullptr) env = rocksdb::Env::Default();
  auto files = std::make_unique<PlainNoSpaceEnv>(env);
  if (create_if_missing) RETURN_IF_ERROR(MakeDirectory(*files, directory));
  RETURN_IF_ERROR(CheckGeneration(*files, directory));
  std::unique_ptr<Database> database(new Database());
  database->directory_ = directory;
  database->env_ = std::move(files);
  const std::string path = directory + "/db";
  const std::string owner_file = OwnerFile(directory);
  const auto cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (int i = 0; i < kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    descriptors.emplace_back(std::string(FamilyName(family)), FamilyOptions(family, cache));
  }
  // Of families that are missing when it opens a database, RocksDB syncs a file of options each;
  // made together they need one. What a crash in between leaves out is made the other way.
  std::vector<rocksdb::ColumnFamilyDescriptor> later;
  std::error_code error;
  if (!fs::exists(path + "/CURRENT", error)) {
    later.assign(descriptors.begin() + 1, descriptors.end());
    descriptors.resize(1, descriptors.front());
  }
  rocksdb::DB* db = nullptr;
  rocksdb::DBOptions options = DatabaseOptions(create_if_missing, database->env_.get());
  database->background_ = std::make_shared<BackgroundFailure>();
  options.listeners.push_back(database->background_);
  rocksdb::Status status = rocksdb::DB::Open(options, path, descriptors, &database->families_, &db);
  if (!status.ok()) return OpenError(status, directory);
  database->db_.reset(db);
  database->owner_file_ = owner_file;
  if (!later.empty()) {
    Reach("open.created");
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    status = db->CreateColumnFamilies(later, &handles);
    database->families_.insert(database->families_.end(), handles.begin(), handles.end());
    if (!status.ok()) return OpenError(status, directory);
  }
  std::ofstream(owner_file) << owner << "\n";
  RememberDatabase(directory, *database);
  return database;
}

Database::~Database() {
  if (db_ == nullptr) return;
  ForgetDatabase(directory_, *this);
  for (rocksdb::ColumnFamilyHandle* handle : families_) db_->DestroyColumnFamilyHandle(handle);
  std::error_code ignored;
  fs::remove(owner_file_, ignored);
  db_->Close();
}

absl::StatusOr<std::string> Database::Get(Family id, absl::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), family(id), ToSlice(key), &value);
  if (status.IsNotFound()) return absl::NotFoundError("no such key");
  if (!status.ok()) return FromRocksDb(status, "reading the database");
  return value;
}

absl::StatusOr<bool> Database::Holds(Family id, const model::Digest& digest) const {
  const rocksdb::Slice key = ToSlice(digest.view());
  // Most pages are new: then the filters say so, and nothing is read.
  std::string value;
  bool found = false;
  if (!db_->KeyMayExist(rocksdb::ReadOptions(), family(id), key, &value, &found)) return false;
  const absl::StatusOr<std::string> bytes = Get(id, digest.view());
  if (absl::IsNotFound(bytes.status())) return false;
  if (model::ReasonOf(bytes.status()) == model::Reason::kDataDamaged) return false;
  RETURN_IF_ERROR(bytes.status());
  return model::DigestOf(*bytes) == digest;
}

absl::StatusOr<std::vector<size_t>> Database::MissingPages(
    model::FacetGroup group, absl::Span<const model::Digest> digests) const {
  std::vector<rocksdb::Slice> keys;
  keys.reserve(digests.size());
  for (const model::Digest& digest : digests) keys.push_back(ToSlice(digest.view()));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  rocksdb::ReadOptions options;
  // A load leaves the cache to those who ask.
  options.fill_cache = false;
  db_->MultiGet(options, family(PageFamily(group)), keys.size(), keys.data(), values.data(),
                statuses.data());
  std::vector<size_t> missing;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!statuses[i].ok() && !statuses[i].IsNotFound() && !statuses[i].IsCorruption()) {
      return FromRocksDb(statuses[i], "reading pages");
    }
    // Damaged content is not shared with the release that brings it afresh.
    if (!statuses[i].ok() || model::DigestOf(ToView(values[i])) != digests[i]) missing.push_back(i);
  }
  return missing;
}

SnapshotReader::SnapshotReader(Database& database, bool fill_cache)
    : database_(database), snapshot_(database.db().GetSnapshot()), fill_cache_(fill_cache) {}

SnapshotReader::~SnapshotReader() { database_.db().ReleaseSnapshot(snapshot_); }

absl::StatusOr<std::vector<std::string>> SnapshotReader::Read(
    model::FacetGroup group, absl::Span<const model::Digest> digests) const {
  std::vector<std::string> texts;
  texts.reserve(digests.size());
  RETURN_IF_ERROR(ForEach(group, digests,
                          [&](const rocksdb::Slice& text) { texts.push_back(text.ToString()); }));
  return texts;
}

absl::StatusOr<size_t> SnapshotReader::Prove(model::FacetGroup group,
                                             absl::Span<const model::Digest> digests) const {
  size_t bytes = 0;
  RETURN_IF_ERROR(
      ForEach(group, digests, [&](const rocksdb::Slice& text) { bytes += text.size(); }));
  return bytes;
}

absl::Status SnapshotReader::ForEach(model::FacetGroup group,
                                     absl::Span<const model::Digest> digests,
                                     absl::FunctionRef<void(const rocksdb::Slice&)> use) const {
  std::vector<rocksdb::Slice> keys;
  keys.reserve(digests.size());
  for (const model::Digest& digest : digests) keys.push_back(ToSlice(digest.view()));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  options.fill_cache = fill_cache_;
  options.verify_checksums = true;
  database_.db().MultiGet(options, database_.family(PageFamily(group)), keys.size(), keys.data(),
                          values.data(), statuses.data());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) {
      return model::MakeError(
          model::Reason::kDataDamaged,
          absl::StrCat("page ", model::FormatDigest(digests[i]), " is missing"));
    }
    RETURN_IF_ERROR(FromRocksDb(statuses[i], "reading pages"));
    if (model::DigestOf(ToView(values[i])) != digests[i]) {
      return model::MakeError(
          model::Reason::kDataDamaged,
          absl::StrCat("page ", model::FormatDigest(digests[i]), " does not match its digest"));
    }
    use(values[i]);
  }
  return absl::OkStatus();
}

}  // namespace codeset::store
