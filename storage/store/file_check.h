// Proves files of RocksDB one by one, from the disk: tables and files of blobs against the
// checksums that the database has recorded of them, or by those in them; manifests record by
// record.
//
// What a query reads RocksDB proves by itself; this reads the rest too, a manifest's end among it,
// where RocksDB takes damage for the remains of a crash.
//
// Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/metadata.h"
#include "rocksdb/status.h"

namespace codeset::store {

// The files that a database has at this instant, with the checksums that they were written with.
rocksdb::Status ListFiles(rocksdb::DB& db, std::vector<rocksdb::LiveFileStorageInfo>& files);

// Corruption says what is wrong and where; other errors are those of reading.
//
// A table or a file of blobs, or a copy of one, by what the database has recorded of it: all of it
// against the checksum that it was written with. One of before these were recorded is proved by the
// checksums in it, which are not of every byte of its ends.
rocksdb::Status ProveContent(rocksdb::Env& env, const std::string& path,
                             const rocksdb::FileStorageInfo& recorded);
rocksdb::Status ProveTable(rocksdb::Env& env, const std::string& path);
rocksdb::Status ProveBlobFile(rocksdb::Env& env, const std::string& path);

// The first `size` bytes of a manifest: what is behind them may be being written.
rocksdb::Status ProveManifest(rocksdb::Env& env, const std::string& path, uint64_t size);

// CRC-32C of bytes, as RocksDB computes it: 0xe3069283 of "123456789".
uint32_t Crc32c(absl::string_view bytes);

}  // namespace codeset::store
