// Files that are read with somebody looking on, who may have it given up: reading that RocksDB does
// by itself and knows no end of, of tables by a scrub and of backups.
//
//   WatchedEnv env(rocksdb::Env::Default(), [&](size_t bytes) { return !cancelled(); });
//
// Thread-safe as far as the watch is.
#pragma once

#include <cstddef>
#include <functional>

#include "rocksdb/env.h"

namespace codeset::store {

// See above. `under` must outlive it.
class WatchedEnv : public rocksdb::EnvWrapper {
 public:
  // Is told how many bytes are about to be read from a file at most, on whatever thread reads, and
  // may hold that up; false lets the read fail (Aborted), and so whatever wanted it.
  using Watch = std::function<bool(size_t bytes)>;

  WatchedEnv(rocksdb::Env* under, const Watch& watch);
};

}  // namespace codeset::store
