// What belongs to no release any more, and reading a release back. Used by Store alone,
// under its write lock.
#pragma once

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/write_batch.h"
#include "storage/store/catalog.h"
#include "storage/store/database.h"

namespace codeset::store {

// Adds to `batch` the deletion of everything that `release` alone uses: its index entries,
// pages, kept sources and addenda. Returns the number of pages.
absl::StatusOr<int> AddDeletion(Database& database, const Catalog& catalog,
                                const CatalogRelease& release, rocksdb::WriteBatch& batch);

// Adds to `batch` the deletion of the addenda kept of a release.
absl::Status AddAddendaDeletion(Database& database, absl::string_view release,
                                rocksdb::WriteBatch& batch);

// The digests of the source files that releases other than `except` keep.
absl::StatusOr<absl::flat_hash_set<model::Digest>> UsedSources(const Catalog& catalog,
                                                               const CatalogRelease* except);

// A kept source file, put together of its chunks, each of which `get` has under its key, and proved
// against its digest. DATA_DAMAGED or STORAGE_FAILED says what is wrong; CANCELLED as `get` has it.
absl::StatusOr<std::string> ReadSource(
    const KeptSource& kept, absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view)> get);

// Adds to `batch` the deletion of a kept source file of so many bytes.
void AddSourceDeletion(Database& database, const model::Digest& digest, size_t size,
                       rocksdb::WriteBatch& batch);

// Adds to `batch` the deletion of every page and source that no release of `catalog` uses.
// Returns the number of pages.
absl::StatusOr<int> AddSweepOfAll(Database& database, const Catalog& catalog,
                                  rocksdb::WriteBatch& batch);

// Walks a release's pages from the roots of its groups, recomputing each digest, and holds
// the index against them. Returns how many pages there are; DATA_DAMAGED names what does
// not match.
absl::StatusOr<int> VerifyPages(Database& database, const CatalogRelease& release);

}  // namespace codeset::store
