// The generation of a data directory: what tells that acknowledged writes are missing.
//
// RocksDB ends the replay of its log at the first record that it cannot read, since a crash leaves
// a torn tail; it cannot tell that from a flipped byte, and drops whatever came after. So every
// acknowledged write counts a number up in the database and then in the file GENERATION beside it
// (storage/FORMAT.md §2). A database whose number is behind the file's has lost writes.
//
//   RETURN_IF_ERROR(CheckGeneration(env, directory));   // before the database is opened
//   ASSIGN_OR_RETURN(uint64_t number, WriteGenerationOf(directory));   // after a restore
//
// Thread-safe: free functions. Only one process may write the file of a directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace codeset::store {

// What the file says.
struct Generation {
  // Of the newest acknowledged write; 1 for a directory without any.
  uint64_t number = 0;
  // Of the journal that the database has (Store::journal_id), by which a file of another directory
  // is told apart.
  std::string journal_id;

  friend bool operator==(const Generation&, const Generation&) = default;
};

// The file of a data directory.
std::string GenerationFile(absl::string_view directory);

// Reads the file; nothing if there is none. DATA_DAMAGED where it is not as it was written;
// FORMAT_UNSUPPORTED where a version of Codeset wrote it that this one does not know;
// STORAGE_FAILED.
absl::StatusOr<std::optional<Generation>> ReadGeneration(rocksdb::Env& env,
                                                         const std::string& directory);

// Writes the file, synced and in the place of the one before. STORAGE_FAILED.
absl::Status WriteGeneration(rocksdb::Env& env, const std::string& directory,
                             const Generation& generation);

// A number as the database has it under GenerationKey, and back; nothing if it is none.
std::string GenerationValue(uint64_t number);
std::optional<uint64_t> ParseGenerationValue(absl::string_view value);

// Holds what the database of a directory has (number 0: none) against what its file says.
// DATA_DAMAGED where writes are missing, or where that cannot be told; the message says how to go
// on. A database that is one ahead is sound: a crash came between.
absl::Status JudgeGeneration(const std::string& directory, const Generation& database,
                             const std::optional<Generation>& file);

// The same for a directory whose database is not open, without changing it: opening a database
// removes what it takes for remains. DATA_DIRECTORY_LOCKED where a process has the directory; one
// without a database is sound where it has no file either.
absl::Status CheckGeneration(rocksdb::Env& env, const std::string& directory);

// Writes the file that fits the database of a directory, whatever file is there: of one that was
// restored, or that an operator takes as it is. Returns the number; 0, without a file, for a
// database that has none yet. Without `env` the system's.
// DATA_DIRECTORY_LOCKED where a process has the directory; DATA_DAMAGED or STORAGE_FAILED where the
// database cannot be read, or there is none.
absl::StatusOr<uint64_t> WriteGenerationOf(const std::string& directory,
                                           rocksdb::Env* env = nullptr);

}  // namespace codeset::store
