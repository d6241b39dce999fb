// Proves files of RocksDB one by one, against the checksums in them, without the database that they
// belong to: of a table every block, of a file of blobs every record, of a manifest every record.
//
// What a query reads RocksDB proves by itself; this reads the rest too, a manifest's end among it,
// where RocksDB takes damage for the remains of a crash.
//
// Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "rocksdb/env.h"
#include "rocksdb/status.h"

namespace codeset::store {

// Corruption says what is wrong and where; other errors are those of reading.
rocksdb::Status ProveTable(rocksdb::Env& env, const std::string& path);
rocksdb::Status ProveBlobFile(rocksdb::Env& env, const std::string& path);

// The first `size` bytes of a manifest: what is behind them may be being written.
rocksdb::Status ProveManifest(rocksdb::Env& env, const std::string& path, uint64_t size);

// CRC-32C of bytes, as RocksDB computes it: 0xe3069283 of "123456789".
uint32_t Crc32c(absl::string_view bytes);

}  // namespace codeset::store
