// Source files, and copying from another store for a migration.
#include <array>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"
#include "storage/store/merge.h"
#include "storage/store/store.h"

namespace codeset::store {
namespace {

// So much is written at a time, in bytes.
constexpr size_t kBatchBytes = 4 << 20;

// The families whose records are copied as they are.
constexpr std::array kRecords = {
    Family::kLabels,        Family::kJournal,         Family::kReferences, Family::kRevisions,
    Family::kVerifications, Family::kVerificationIds, Family::kUsage};

// Makes a family of `to` what it is in `from`.
absl::Status CopyFamily(const Database& from, Database& to, Family family) {
  rocksdb::WriteBatch batch;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.verify_checksums = true;
  std::unique_ptr<rocksdb::Iterator> own(to.db().NewIterator(options, to.family(family)));
  for (own->SeekToFirst(); own->Valid(); own->Next()) batch.Delete(to.family(family), own->key());
  RETURN_IF_ERROR(FromRocksDb(own->status(), absl::StrCat("reading ", FamilyName(family))));
  std::unique_ptr<rocksdb::Iterator> it(from.db().NewIterator(options, from.family(family)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    batch.Put(to.family(family), it->key(), it->value());
    if (batch.GetDataSize() < kBatchBytes) continue;
    RETURN_IF_ERROR(to.Write(batch, false, absl::StrCat("copying ", FamilyName(family))));
    batch.Clear();
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), absl::StrCat("reading ", FamilyName(family))));
  return to.Write(batch, true, absl::StrCat("copying ", FamilyName(family)));
}

// What was deleted once and loaded again has another fingerprint where it was rebuilt with one.
void RenameGroups(const v1::Release& before, const v1::Release& after, CatalogEntry& entry) {
  for (v1::FacetGroupFingerprint& deleted : *entry.mutable_deleted_groups()) {
    for (const v1::FacetGroupFingerprint& old : before.facet_groups()) {
      if (old.group() != deleted.group() || old.fingerprint() != deleted.fingerprint()) continue;
      for (const v1::FacetGroupFingerprint& rebuilt : after.facet_groups()) {
        if (rebuilt.group() == old.group()) deleted.set_fingerprint(rebuilt.fingerprint());
      }
      break;
    }
  }
}

}  // namespace

void Store::AddSource(const NamedBytes& source, rocksdb::WriteBatch& batch) {
  const model::Digest digest = model::DigestOf(source.bytes);
  for (size_t chunk = 0; chunk * kSourceChunk < source.bytes.size(); ++chunk) {
    batch.Put(database_->family(Family::kSources),
              ToSlice(SourceKey(digest, static_cast<uint32_t>(chunk))),
              ToSlice(absl::string_view(source.bytes).substr(chunk * kSourceChunk, kSourceChunk)));
  }
}

absl::Status Store::CopyReleaseFrom(const Store& other, absl::string_view id) {
  const std::shared_ptr<const Catalog> theirs = other.catalog();
  const CatalogRelease* release = theirs->Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  Database& from = *other.database_;
  const std::lock_guard<std::mutex> lock(write_mutex_);
  rocksdb::WriteBatch batch;
  // Pages first, then what names them; a migration that fails leaves nothing, so that it need not
  // be one write.
  std::unique_ptr<rocksdb::Iterator> it(
      from.db().NewIterator(rocksdb::ReadOptions(), from.family(Family::kIndex)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    IndexKeyParts parts;
    if (!ParseIndexKey(ToView(it->key()), parts)) {
      return DamagedStore("a key of the index is malformed");
    }
    if (parts.release != id) continue;
    ASSIGN_OR_RETURN(const model::Digest digest, model::DigestFromBytes(ToView(it->value())));
    ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                     theirs->pages().Read(parts.group, {&digest, 1}));
    batch.Put(database_->family(PageFamily(parts.group)), it->value(), ToSlice(texts.front()));
    batch.Put(database_->family(Family::kIndex), it->key(), it->value());
    if (batch.GetDataSize() < kBatchBytes) continue;
    RETURN_IF_ERROR(database_->Write(batch, false, "copying a release"));
    batch.Clear();
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading the index"));
  ASSIGN_OR_RETURN(const std::vector<NamedBytes> addenda, other.Addenda(id));
  for (size_t i = 0; i < addenda.size(); ++i) {
    batch.Put(database_->family(Family::kAddenda),
              ToSlice(AddendaKey(id, static_cast<uint32_t>(i))), ToSlice(AddendaValue(addenda[i])));
  }
  ASSIGN_OR_RETURN(const std::vector<NamedBytes> sources, other.Sources(id));
  for (const NamedBytes& source : sources) AddSource(source, batch);
  return Commit(batch, release->entry, {}, "copying a release");
}

absl::Status Store::CopyRecordsFrom(const Store& other) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  for (const Family family : kRecords) {
    RETURN_IF_ERROR(CopyFamily(*other.database_, *database_, family));
  }
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(Family::kDefault), ToSlice(JournalIdKey()),
            ToSlice(other.journal_id_));
  const absl::StatusOr<std::string> calendar =
      other.database_->Get(Family::kDefault, CalendarKey());
  if (calendar.ok()) {
    batch.Put(database_->family(Family::kDefault), ToSlice(CalendarKey()), ToSlice(*calendar));
  } else if (!absl::IsNotFound(calendar.status())) {
    return calendar.status();
  }
  const std::shared_ptr<const Catalog> ours = catalog();
  for (const CatalogRelease& release : other.catalog()->AllReleases()) {
    const std::string id = release.id.ToString();
    CatalogEntry entry = release.entry;
    if (const CatalogRelease* own = ours->Find(id); own != nullptr) {
      entry = own->entry;
      entry.mutable_release()->set_loaded_at(release.entry.release().loaded_at());
      if (own->entry.release().fingerprint() == release.entry.release().fingerprint()) {
        // What it was compared with then may not be loaded any more.
        *entry.mutable_release()->mutable_addenda() = release.entry.release().addenda();
      }
      *entry.mutable_deleted_groups() = release.entry.deleted_groups();
      RenameGroups(release.entry.release(), own->entry.release(), entry);
    } else if (!entry.retired()) {
      continue;
    }
    batch.Put(database_->family(Family::kCatalog), ToSlice(id), ToSlice(entry.SerializeAsString()));
  }
  RETURN_IF_ERROR(database_->Write(batch, true, "copying records"));
  return database_->FlushPages();
}

}  // namespace codeset::store
