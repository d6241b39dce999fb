// Reads a new backup back, and mends what older backups brought into it: files are shared, so that
// one that is damaged in the folder would be part of every backup to come.
//
// Thread-safe: free functions. The caller has the folder's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/db.h"

namespace codeset::store {

// Reads all files of a backup that was made of `db` a moment ago, against the checksums that they
// were written with. A shared one that is damaged is copied anew from the database where that still
// has the file, and sound, which makes the older backups whole too. Returns how many were. The
// backup stays, whatever this returns. `cancelled` may be empty.
// DATA_DAMAGED where a file cannot be mended; CANCELLED, without a message; STORAGE_FAILED.
absl::StatusOr<int> ReadBack(rocksdb::DB& db, const std::string& folder, uint32_t number,
                             const std::function<bool()>& cancelled);

}  // namespace codeset::store
