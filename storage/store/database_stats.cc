#include "storage/store/database_stats.h"

#include <map>
#include <mutex>

#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "storage/store/database.h"
#include "storage/store/generation.h"

namespace codeset::store {
namespace {

struct OpenDatabases {
  // Held while one is asked, so that none is closed meanwhile. (The standard's mutex, see
  // storage/image/page.h.)
  std::mutex mutex;
  std::map<std::string, const Database*> by_directory;
};

// Never destroyed: a database may be closed when the process ends.
OpenDatabases& Open() {
  static auto& open = *new OpenDatabases;
  return open;
}

// A number of all families together.
uint64_t Sum(rocksdb::DB& database, const std::string& property) {
  uint64_t value = 0;
  return database.GetAggregatedIntProperty(property, &value) ? value : 0;
}

// A number that each family tells of all of them.
uint64_t Shared(rocksdb::DB& database, const std::string& property) {
  uint64_t value = 0;
  return database.GetIntProperty(property, &value) ? value : 0;
}

}  // namespace

std::optional<DatabaseStats> StatsOf(const std::string& directory) {
  using Properties = rocksdb::DB::Properties;
  DatabaseStats stats;
  {
    OpenDatabases& open = Open();
    const std::lock_guard<std::mutex> lock(open.mutex);
    const auto place = open.by_directory.find(directory);
    if (place == open.by_directory.end()) return std::nullopt;
    rocksdb::DB& database = place->second->db();
    stats.block_cache_bytes = Shared(database, Properties::kBlockCacheUsage);
    stats.write_buffer_bytes = Sum(database, Properties::kCurSizeAllMemTables);
    stats.table_reader_bytes = Sum(database, Properties::kEstimateTableReadersMem);
    stats.table_bytes = Sum(database, Properties::kTotalSstFilesSize);
    stats.blob_bytes = Sum(database, Properties::kTotalBlobFileSize);
    stats.background_errors = Sum(database, Properties::kBackgroundErrors);
    // RocksDB's own property of that name tells of writes that wait for room, not of these.
    stats.writes_stopped = place->second->writes_stopped();
  }
  const absl::StatusOr<std::optional<Generation>> generation =
      ReadGeneration(*rocksdb::Env::Default(), directory);
  if (generation.ok() && generation->has_value()) stats.generation = (*generation)->number;
  return stats;
}

void RememberDatabase(const std::string& directory, const Database& database) {
  OpenDatabases& open = Open();
  const std::lock_guard<std::mutex> lock(open.mutex);
  open.by_directory[directory] = &database;
}

void ForgetDatabase(const std::string& directory, const Database& database) {
  OpenDatabases& open = Open();
  const std::lock_guard<std::mutex> lock(open.mutex);
  const auto place = open.by_directory.find(directory);
  if (place != open.by_directory.end() && place->second == &database) {
    open.by_directory.erase(place);
  }
}

}  // namespace codeset::store
