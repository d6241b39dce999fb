// What the open database of a data directory takes, for whoever watches a server.
//
//   if (const auto stats = StatsOf(directory)) …
//
// By directory, since a process has one open once, and so that whoever watches needs nothing of
// what answers.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace codeset::store {

class Database;

// Sizes are in bytes.
struct DatabaseStats {
  // In memory: cached blocks, what is not written to files yet, indexes and filters of files.
  uint64_t block_cache_bytes = 0;
  uint64_t write_buffer_bytes = 0;
  uint64_t table_reader_bytes = 0;
  // On disk: keys and pages; and the blob files of kept sources and pages of codes.
  uint64_t table_bytes = 0;
  uint64_t blob_bytes = 0;
  // How often RocksDB has failed in the background since it was opened, and whether it took no
  // write any more when it was last tried (Database::writes_stopped).
  uint64_t background_errors = 0;
  bool writes_stopped = false;
  // The number of the newest acknowledged write (generation.h); 0 where its file cannot be read.
  uint64_t generation = 0;
};

// Nothing where this process has no database open in `directory`, as it was named when it was
// opened. Takes some microseconds; reads the small file of the generation.
std::optional<DatabaseStats> StatsOf(const std::string& directory);

// Says that a database is there to be asked until it is forgotten; for Database alone.
void RememberDatabase(const std::string& directory, const Database& database);
// To be called before the database is closed; waits for who is asking it.
void ForgetDatabase(const std::string& directory, const Database& database);

}  // namespace codeset::store
