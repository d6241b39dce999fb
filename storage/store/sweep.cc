#include "storage/store/sweep.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/canonical.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::store {
namespace {

using model::Digest;
using model::FacetGroup;

// Calls `visit` with the parts and digest of every index entry.
template <typename Visit>
absl::Status ForEachIndexEntry(Database& database, Visit visit) {
  std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.family(Family::kIndex)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    IndexKeyParts parts;
    if (!ParseIndexKey(ToView(it->key()), parts)) {
      return DamagedStore("a key of the index is malformed");
    }
    ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(ToView(it->value())));
    visit(parts, digest, it->key());
  }
  return FromRocksDb(it->status(), "reading the index");
}

// Adds the deletion of every key of a family whose first 32 bytes are a digest that is not
// in use. Returns how many.
absl::StatusOr<int> SweepFamily(Database& database, Family family,
                                const absl::flat_hash_set<Digest>& used,
                                rocksdb::WriteBatch& batch) {
  int swept = 0;
  std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.family(family)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(ToView(it->key()).substr(0, 32)));
    if (used.contains(digest)) continue;
    batch.Delete(database.family(family), it->key());
    ++swept;
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "sweeping"));
  return swept;
}

// The nodes and digests that the index has for one group of a release.
using Index = std::map<std::string, Digest>;

// Follows pages down from `root` and collects what each node's page is.
absl::Status Walk(const SnapshotReader& reader, FacetGroup group, const std::string& node,
                  const Digest& root, Index& found) {
  found[node] = root;
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, reader.Read(group, {&root, 1}));
  ASSIGN_OR_RETURN(const model::InnerPage page, model::DecodeInner(texts.front()));
  std::vector<Digest> categories;
  for (const model::PageChild& child : page.children) {
    if (child.kind == "category") {
      found[child.id] = child.digest;
      categories.push_back(child.digest);
    } else {
      RETURN_IF_ERROR(Walk(reader, group, child.id, child.digest, found));
    }
  }
  return reader.Read(group, categories).status();
}

}  // namespace

absl::StatusOr<absl::flat_hash_set<Digest>> UsedSources(const Catalog& catalog,
                                                        const CatalogRelease* except) {
  absl::flat_hash_set<Digest> used;
  for (const CatalogRelease& release : catalog.releases()) {
    if (&release == except) continue;
    for (const KeptSource& kept : release.entry.kept_sources()) {
      ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(kept.sha256()));
      used.insert(digest);
    }
  }
  return used;
}

absl::StatusOr<std::string> ReadSource(
    const KeptSource& kept, absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view)> get) {
  const auto damaged = [&](absl::string_view how,
                           model::Reason reason = model::Reason::kDataDamaged) {
    return model::MakeError(reason, absl::StrCat("kept source ", kept.name(), " ", how));
  };
  const absl::StatusOr<Digest> digest = model::DigestFromBytes(kept.sha256());
  if (!digest.ok()) return damaged("has no digest");
  std::string bytes;
  for (uint32_t chunk = 0; bytes.size() < static_cast<size_t>(kept.size()); ++chunk) {
    const absl::StatusOr<std::string> part = get(SourceKey(*digest, chunk));
    if (absl::IsNotFound(part.status()) || (part.ok() && part->empty())) {
      return damaged("lacks a part");
    }
    if (model::ReasonOf(part.status()) == model::Reason::kCancelled) return part.status();
    if (!part.ok()) {
      return damaged(absl::StrCat("cannot be read: ", part.status().message()),
                     model::ReasonOf(part.status()).value_or(model::Reason::kStorageFailed));
    }
    bytes += *part;
  }
  if (model::DigestOf(bytes) != *digest) return damaged("does not match its digest");
  return bytes;
}

void AddSourceDeletion(Database& database, const Digest& digest, size_t size,
                       rocksdb::WriteBatch& batch) {
  for (size_t chunk = 0; chunk * kSourceChunk < size; ++chunk) {
    batch.Delete(database.family(Family::kSources),
                 ToSlice(SourceKey(digest, static_cast<uint32_t>(chunk))));
  }
}

absl::StatusOr<int> AddDeletion(Database& database, const Catalog& catalog,
                                const CatalogRelease& release, rocksdb::WriteBatch& batch) {
  const std::string id = release.id.ToString();
  absl::flat_hash_set<Digest> used;
  std::map<FacetGroup, absl::flat_hash_set<Digest>> own;
  RETURN_IF_ERROR(ForEachIndexEntry(
      database, [&](const IndexKeyParts& parts, const Digest& digest, const rocksdb::Slice& key) {
        if (parts.release == id) {
          own[parts.group].insert(digest);
          batch.Delete(database.family(Family::kIndex), key);
        } else {
          used.insert(digest);
        }
      }));
  int swept = 0;
  for (const auto& [group, digests] : own) {
    for (const Digest& digest : digests) {
      if (used.contains(digest)) continue;
      batch.Delete(database.family(PageFamily(group)), ToSlice(digest.view()));
      ++swept;
    }
  }
  ASSIGN_OR_RETURN(const absl::flat_hash_set<Digest> sources, UsedSources(catalog, &release));
  for (const KeptSource& kept : release.entry.kept_sources()) {
    ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(kept.sha256()));
    if (sources.contains(digest)) continue;
    AddSourceDeletion(database, digest, static_cast<size_t>(kept.size()), batch);
  }
  RETURN_IF_ERROR(AddAddendaDeletion(database, id, batch));
  return swept;
}

absl::Status AddAddendaDeletion(Database& database, absl::string_view release,
                                rocksdb::WriteBatch& batch) {
  const std::string prefix = AddendaPrefix(release);
  std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.family(Family::kAddenda)));
  for (it->Seek(ToSlice(prefix)); it->Valid() && it->key().starts_with(ToSlice(prefix));
       it->Next()) {
    batch.Delete(database.family(Family::kAddenda), it->key());
  }
  return FromRocksDb(it->status(), "reading addenda");
}

absl::StatusOr<int> AddSweepOfAll(Database& database, const Catalog& catalog,
                                  rocksdb::WriteBatch& batch) {
  absl::flat_hash_set<Digest> used;
  RETURN_IF_ERROR(ForEachIndexEntry(database, [&](const IndexKeyParts&, const Digest& digest,
                                                  const rocksdb::Slice&) { used.insert(digest); }));
  int swept = 0;
  for (const FacetGroup group : model::kFacetGroups) {
    ASSIGN_OR_RETURN(const int pages, SweepFamily(database, PageFamily(group), used, batch));
    swept += pages;
  }
  ASSIGN_OR_RETURN(const absl::flat_hash_set<Digest> sources, UsedSources(catalog, nullptr));
  RETURN_IF_ERROR(SweepFamily(database, Family::kSources, sources, batch).status());
  return swept;
}

absl::StatusOr<int> VerifyPages(Database& database, const CatalogRelease& release) {
  const std::string id = release.id.ToString();
  const SnapshotReader reader(database, /*fill_cache=*/false);
  std::map<FacetGroup, Index> indexed;
  RETURN_IF_ERROR(ForEachIndexEntry(
      database, [&](const IndexKeyParts& parts, const Digest& digest, const rocksdb::Slice&) {
        if (parts.release == id) indexed[parts.group][std::string(parts.node)] = digest;
      }));
  int pages = 0;
  for (const auto& [group, root] : release.groups) {
    Index found;
    RETURN_IF_ERROR(Walk(reader, group, "", root, found));
    if (found != indexed[group]) {
      return model::MakeError(
          model::Reason::kDataDamaged,
          absl::StrCat("the index of release ", id, " and its pages disagree in facet group ",
                       model::FacetGroupName(group)),
          {{"release", id}});
    }
    pages += static_cast<int>(found.size());
  }
  return pages;
}

}  // namespace codeset::store
