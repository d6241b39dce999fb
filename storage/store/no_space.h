// A disk without room, as RocksDB is to be told of it.
//
// RocksDB treats want of room apart from all other failures: it waits for room by means of its own,
// and while it does a flush may wait for ever for another that has failed. It may, in 7.8, where it
// is told of a failure that may be tried again, too. Told of a write that failed, it stops, takes
// no further write until it is opened again, and says so.
//
//   PlainNoSpaceEnv env(rocksdb::Env::Default());   // beneath a database
//   if (MeansNoSpace(status)) …                         // whatever RocksDB made of it
//
// Thread-safe.
#pragma once

#include "rocksdb/env.h"
#include "rocksdb/status.h"

namespace codeset::store {

// Reaches files through another environment, which must outlive it. Where a write fails for want of
// room, this says that it failed, and why in words. What is not written by way of
// RocksDB's file system (GetFileSystem) fails as it does without.
class PlainNoSpaceEnv : public rocksdb::EnvWrapper {
 public:
  explicit PlainNoSpaceEnv(rocksdb::Env* under);
};

// Whether something failed for want of room, or beyond a quota, told by the file system or by such
// an environment.
bool MeansNoSpace(const rocksdb::Status& status);

}  // namespace codeset::store
