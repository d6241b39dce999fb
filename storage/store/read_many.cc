// Reading many keys, as those do who take long.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/stand_back.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"

namespace codeset::store {
namespace {

// What RocksDB reads together, from keys in their order (MultiGetContext::MAX_BATCH_SIZE).
constexpr size_t kTogether = 32;

}  // namespace

std::vector<rocksdb::Status> Database::MultiGet(const rocksdb::ReadOptions& options, Family id,
                                                const std::vector<rocksdb::Slice>& keys,
                                                std::vector<rocksdb::PinnableSlice>& values) const {
  std::vector<rocksdb::Status> statuses(keys.size());
  values.clear();
  values.resize(keys.size());
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return keys[a].compare(keys[b]) < 0; });
  rocksdb::Slice some_keys[kTogether];
  rocksdb::PinnableSlice some_values[kTogether];
  rocksdb::Status some_statuses[kTogether];
  for (size_t begin = 0; begin < order.size(); begin += kTogether) {
    const size_t count = std::min(kTogether, order.size() - begin);
    for (size_t i = 0; i < count; ++i) some_keys[i] = keys[order[begin + i]];
    db_->MultiGet(options, family(id), count, some_keys, some_values, some_statuses,
                  /*sorted_input=*/true);
    for (size_t i = 0; i < count; ++i) {
      values[order[begin + i]] = std::move(some_values[i]);
      some_values[i].Reset();
      statuses[order[begin + i]] = std::move(some_statuses[i]);
      some_statuses[i] = rocksdb::Status();
    }
    model::GiveWay();
  }
  return statuses;
}

absl::StatusOr<std::vector<size_t>> Database::MissingPages(
    model::FacetGroup group, absl::Span<const model::Digest> digests) const {
  std::vector<rocksdb::Slice> keys;
  keys.reserve(digests.size());
  for (const model::Digest& digest : digests) keys.push_back(ToSlice(digest.view()));
  rocksdb::ReadOptions options;
  // A load leaves the cache to those who ask.
  options.fill_cache = false;
  std::vector<rocksdb::PinnableSlice> values;
  const std::vector<rocksdb::Status> statuses = MultiGet(options, PageFamily(group), keys, values);
  std::vector<size_t> missing;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!statuses[i].ok() && !statuses[i].IsNotFound() && !statuses[i].IsCorruption()) {
      return FromRocksDb(statuses[i], "reading pages");
    }
    // Damaged content is not shared with the release that brings it afresh.
    if (!statuses[i].ok() || model::DigestOf(ToView(values[i])) != digests[i]) missing.push_back(i);
  }
  return missing;
}

SnapshotReader::SnapshotReader(Database& database, bool fill_cache)
    : database_(database), snapshot_(database.db().GetSnapshot()), fill_cache_(fill_cache) {}

SnapshotReader::~SnapshotReader() { database_.db().ReleaseSnapshot(snapshot_); }

absl::StatusOr<std::vector<std::string>> SnapshotReader::Read(
    model::FacetGroup group, absl::Span<const model::Digest> digests) const {
  std::vector<std::string> texts;
  texts.reserve(digests.size());
  RETURN_IF_ERROR(ForEach(group, digests,
                          [&](const rocksdb::Slice& text) { texts.push_back(text.ToString()); }));
  return texts;
}

absl::StatusOr<size_t> SnapshotReader::Prove(model::FacetGroup group,
                                             absl::Span<const model::Digest> digests) const {
  size_t bytes = 0;
  RETURN_IF_ERROR(
      ForEach(group, digests, [&](const rocksdb::Slice& text) { bytes += text.size(); }));
  return bytes;
}

absl::Status SnapshotReader::ForEach(model::FacetGroup group,
                                     absl::Span<const model::Digest> digests,
                                     absl::FunctionRef<void(const rocksdb::Slice&)> use) const {
  std::vector<rocksdb::Slice> keys;
  keys.reserve(digests.size());
  for (const model::Digest& digest : digests) keys.push_back(ToSlice(digest.view()));
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  options.fill_cache = fill_cache_;
  options.verify_checksums = true;
  std::vector<rocksdb::PinnableSlice> values;
  const std::vector<rocksdb::Status> statuses =
      database_.MultiGet(options, PageFamily(group), keys, values);
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) {
      return model::MakeError(
          model::Reason::kDataDamaged,
          absl::StrCat("page ", model::FormatDigest(digests[i]), " is missing"));
    }
    RETURN_IF_ERROR(FromRocksDb(statuses[i], "reading pages"));
    if (model::DigestOf(ToView(values[i])) != digests[i]) {
      return model::MakeError(
          model::Reason::kDataDamaged,
          absl::StrCat("page ", model::FormatDigest(digests[i]), " does not match its digest"));
    }
    use(values[i]);
  }
  return absl::OkStatus();
}

}  // namespace codeset::store
