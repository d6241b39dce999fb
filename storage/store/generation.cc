#include "storage/store/generation.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/step.h"

namespace codeset::store {
namespace {

using model::Reason;

// The first line of the file: what it is, and its version.
constexpr absl::string_view kName = "codeset-generation ";
constexpr absl::string_view kHead = "codeset-generation 1";

// What an operator can do about a directory that is refused.
constexpr absl::string_view kHowToGoOn =
    "nothing was changed. Restore the directory from a backup (`codesetd restore`), or make a new "
    "one from portable files or published files (`codesetd load`); or, where what may be missing "
    "does not matter, take the directory as it is with `codesetd adopt`";

std::string FormatGeneration(const Generation& generation) {
  std::string text = absl::StrCat(kHead, "\nnumber ", generation.number, "\njournal ",
                                  generation.journal_id, "\n");
  absl::StrAppend(&text, "end ", model::FormatDigest(model::DigestOf(text)), "\n");
  return text;
}

// Whether a file is whole, and of another version: every version begins with its name and number,
// and ends with the digest of the lines before.
bool IsOfOtherVersion(absl::string_view text) {
  if (!absl::StartsWith(text, kName) || absl::StartsWith(text, absl::StrCat(kHead, "\n"))) {
    return false;
  }
  const size_t end = text.rfind("end ");
  if (end == absl::string_view::npos) return false;
  return absl::StrCat("end ", model::FormatDigest(model::DigestOf(text.substr(0, end))), "\n") ==
         text.substr(end);
}

std::optional<Generation> ParseGeneration(absl::string_view text) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() < 3) return std::nullopt;
  const std::vector<absl::string_view> number = absl::StrSplit(lines[1], ' ');
  const std::vector<absl::string_view> journal = absl::StrSplit(lines[2], ' ');
  Generation generation;
  if (number.size() != 2 || journal.size() != 2 ||
      !absl::SimpleAtoi(number[1], &generation.number)) {
    return std::nullopt;
  }
  generation.journal_id = std::string(journal[1]);
  // What was written is what would be written.
  if (absl::string_view(FormatGeneration(generation)) != text) return std::nullopt;
  return generation;
}

absl::Status Refused(const std::string& directory, absl::string_view why,
                     const model::ErrorFacts& facts = {}) {
  model::ErrorFacts all = facts;
  all["directory"] = directory;
  return model::MakeError(
      Reason::kDataDamaged,
      absl::StrCat("data directory ", directory, " is not opened: ", why, "; ", kHowToGoOn), all);
}

// Reads what the database of a directory has, without changing it. The caller has its lock.
absl::StatusOr<Generation> PeekGeneration(rocksdb::Env& env, const std::string& directory) {
  rocksdb::DBOptions options;
  options.env = &env;
  options.max_file_opening_threads = 1;
  options.skip_stats_update_on_db_open = true;
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  RETURN_IF_ERROR(FromRocksDb(
      rocksdb::DB::OpenForReadOnly(options, directory + "/db", families, &handles, &opened),
      absl::StrCat("opening data directory ", directory)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  Generation generation;
  std::string value;
  rocksdb::Status status = db->Get(rocksdb::ReadOptions(), ToSlice(GenerationKey()), &value);
  if (status.ok()) {
    const std::optional<uint64_t> number = ParseGenerationValue(value);
    if (!number.has_value()) status = rocksdb::Status::Corruption("the generation is no number");
    generation.number = number.value_or(0);
  }
  if (status.ok() || status.IsNotFound()) {
    status = db->Get(rocksdb::ReadOptions(), ToSlice(JournalIdKey()), &generation.journal_id);
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  if (!status.ok() && !status.IsNotFound()) return FromRocksDb(status, "reading the generation");
  return generation;
}

// RocksDB's lock of a directory, while it is held.
class Lock {
 public:
  Lock(rocksdb::Env& env, const std::string& directory) : env_(env) {
    status_ = env_.LockFile(directory + "/db/LOCK", &lock_);
  }
  ~Lock() {
    if (lock_ != nullptr) env_.UnlockFile(lock_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  const rocksdb::Status& status() const { return status_; }

 private:
  rocksdb::Env& env_;
  rocksdb::FileLock* lock_ = nullptr;
  rocksdb::Status status_;
};

bool HasDatabase(rocksdb::Env& env, const std::string& directory) {
  return env.FileExists(directory + "/db/CURRENT").ok();
}

}  // namespace

std::string GenerationFile(absl::string_view directory) {
  return absl::StrCat(directory, "/GENERATION");
}

std::string GenerationValue(uint64_t number) { return absl::StrCat(number); }

std::optional<uint64_t> ParseGenerationValue(absl::string_view value) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(value, &number) || number == 0) return std::nullopt;
  return number;
}

absl::StatusOr<std::optional<Generation>> ReadGeneration(rocksdb::Env& env,
                                                         const std::string& directory) {
  const std::string file = GenerationFile(directory);
  const rocksdb::Status exists = env.FileExists(file);
  if (exists.IsNotFound()) return std::nullopt;
  RETURN_IF_ERROR(FromRocksDb(exists, absl::StrCat("looking for ", file)));
  std::string text;
  RETURN_IF_ERROR(
      FromRocksDb(rocksdb::ReadFileToString(&env, file, &text), absl::StrCat("reading ", file)));
  if (IsOfOtherVersion(text)) {
    const absl::string_view version =
        absl::string_view(text).substr(kName.size(), text.find('\n') - kName.size());
    return model::MakeError(
        Reason::kFormatUnsupported,
        absl::StrCat("the file GENERATION of data directory ", directory, " has version ", version,
                     ", and this version of Codeset reads version 1: use the version of Codeset "
                     "that wrote it; nothing was changed"),
        {{"format", std::string(version)}, {"supported", "1"}});
  }
  std::optional<Generation> generation = ParseGeneration(text);
  if (!generation.has_value()) {
    return Refused(directory,
                   "its file GENERATION is not as it was written, so that it cannot be "
                   "told whether the database has lost writes");
  }
  return generation;
}

absl::Status WriteGeneration(rocksdb::Env& env, const std::string& directory,
                             const Generation& generation) {
  const std::string file = GenerationFile(directory);
  const std::string temporary = file + ".new";
  rocksdb::EnvOptions options;
  options.use_mmap_writes = false;
  std::unique_ptr<rocksdb::WritableFile> out;
  rocksdb::Status status = env.NewWritableFile(temporary, &out, options);
  if (status.ok()) status = out->Append(FormatGeneration(generation));
  if (status.ok()) status = out->Sync();
  if (status.ok()) status = out->Close();
  Reach("generation.written");
  if (status.ok()) status = env.RenameFile(temporary, file);
  Reach("generation.renamed");
  // The name is on the disk when the folder is.
  if (status.ok()) status = SyncFolder(env, directory);
  Reach("generation.synced");
  return FromRocksDb(status, absl::StrCat("writing ", file));
}

absl::Status JudgeGeneration(const std::string& directory, const Generation& database,
                             const std::optional<Generation>& file) {
  if (!file.has_value()) {
    // None at all: a directory of before there were any, or a new one; the first: a crash came
    // before the file was written, and nothing had been acknowledged.
    if (database.number <= 1) return absl::OkStatus();
    return Refused(directory,
                   "its file GENERATION is missing, so that it cannot be told whether "
                   "the database has lost writes");
  }
  const model::ErrorFacts facts = {{"database", absl::StrCat(database.number)},
                                   {"file", absl::StrCat(file->number)}};
  if (database.number < file->number) {
    return Refused(directory,
                   absl::StrCat("the database has lost acknowledged writes: it is at generation ",
                                database.number, ", and ", file->number, " had been acknowledged"),
                   facts);
  }
  if (database.journal_id != file->journal_id) {
    return Refused(directory, "its file GENERATION is that of another data directory", facts);
  }
  if (database.number > file->number + 1) {
    return Refused(directory,
                   absl::StrCat("its file GENERATION is an old one: it says ", file->number,
                                ", and the database is at generation ", database.number),
                   facts);
  }
  return absl::OkStatus();
}

absl::Status CheckGeneration(rocksdb::Env& env, const std::string& directory) {
  if (!HasDatabase(env, directory)) {
    ASSIGN_OR_RETURN(const std::optional<Generation> file, ReadGeneration(env, directory));
    return file.has_value() ? Refused(directory, "its database is missing") : absl::OkStatus();
  }
  // First, so that nobody writes in between; who lets go of the directory by now may have.
  const Lock lock(env, directory);
  if (!lock.status().ok()) return OpenError(lock.status(), directory);
  ASSIGN_OR_RETURN(const std::optional<Generation> file, ReadGeneration(env, directory));
  ASSIGN_OR_RETURN(const Generation database, PeekGeneration(env, directory));
  return JudgeGeneration(directory, database, file);
}

absl::StatusOr<uint64_t> WriteGenerationOf(const std::string& directory, rocksdb::Env* env) {
  rocksdb::Env& system = env == nullptr ? *rocksdb::Env::Default() : *env;
  if (!HasDatabase(system, directory)) {
    return model::MakeError(Reason::kStorageFailed,
                            absl::StrCat(directory, " has no database; name a data directory"),
                            {{"directory", directory}});
  }
  const Lock lock(system, directory);
  if (!lock.status().ok()) return OpenError(lock.status(), directory);
  ASSIGN_OR_RETURN(const Generation database, PeekGeneration(system, directory));
  // One without a number gets its first when it is opened.
  if (database.number == 0) {
    const rocksdb::Status status = system.DeleteFile(GenerationFile(directory));
    if (!status.ok() && !system.FileExists(GenerationFile(directory)).IsNotFound()) {
      return FromRocksDb(status, absl::StrCat("removing ", GenerationFile(directory)));
    }
    return 0;
  }
  RETURN_IF_ERROR(WriteGeneration(system, directory, database));
  return database.number;
}

}  // namespace codeset::store
