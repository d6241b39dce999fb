#include "storage/store/store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/task_group.h"
#include "storage/store/category_rows.h"
#include "storage/store/database.h"
#include "storage/store/format.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"
#include "storage/store/merge.h"
#include "storage/store/new_directory.h"
#include "storage/store/step.h"
#include "storage/store/sweep.h"

namespace codeset::store {
namespace {

using model::Reason;

}  // namespace

Store::Store(std::shared_ptr<Database> database, const StoreOptions& options)
    : database_(std::move(database)),
      editions_(std::make_shared<const model::EditionRegister>(options.editions)),
      clock_(options.clock),
      catalog_(std::make_shared<Catalog>(std::vector<CatalogRelease>())),
      ledger_(new Ledger(database_, write_mutex_, clock_,
                         [this](absl::string_view id) { return catalog()->Find(id) != nullptr; })) {
}

Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& directory,
                                                   const StoreOptions& options) {
  RETURN_IF_ERROR(CheckFormatOf(directory));
  RETURN_IF_ERROR(CheckNotUnfinished(directory));
  ASSIGN_OR_RETURN(
      std::unique_ptr<Database> database,
      Database::Open(directory, options.create_if_missing, options.owner, options.env));
  const absl::StatusOr<std::string> format = database->Get(Family::kDefault, FormatKey());
  if (absl::IsNotFound(format.status())) {
    rocksdb::WriteBatch batch;
    batch.Put(database->family(Family::kDefault), ToSlice(FormatKey()), ToSlice(kFormat));
    RETURN_IF_ERROR(database->Write(batch, true, "writing the format's number"));
    Reach("open.format_written");
  } else if (!format.ok()) {
    return format.status();
  } else if (*format != std::string(kFormat)) {
    return OtherFormat(directory, *format);
  }
  std::unique_ptr<Store> store(new Store(std::move(database), options));
  const std::lock_guard<std::mutex> lock(store->write_mutex_);
  RETURN_IF_ERROR(store->OpenJournal());
  RETURN_IF_ERROR(store->database_->OpenGeneration(store->journal_id_));
  Reach("open.counted");
  RETURN_IF_ERROR(store->LoadCatalog());
  RETURN_IF_ERROR(store->SweepUnpublished().status());
  RETURN_IF_ERROR(store->ledger_->Load());
  return store;
}

std::shared_ptr<const Catalog> Store::catalog() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return catalog_;
}

absl::Status Store::LoadCatalog() {
  std::vector<CatalogRelease> releases;
  std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kCatalog)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    ASSIGN_OR_RETURN(CatalogRelease release,
                     ReadCatalogEntry(ToView(it->key()), ToView(it->value())));
    releases.push_back(std::move(release));
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading the catalog"));
  ASSIGN_OR_RETURN(std::vector<LabelEntry> labels, ReadLabels(*database_));
  Serve(std::move(releases), std::move(labels));
  return absl::OkStatus();
}

absl::Status Store::Commit(rocksdb::WriteBatch& batch, const CatalogEntry& entry,
                           std::vector<v1::ReleaseEvent> events, absl::string_view what) {
  const std::string& id = entry.release().id();
  const std::string bytes = entry.SerializeAsString();
  ASSIGN_OR_RETURN(CatalogRelease release, ReadCatalogEntry(id, bytes));
  batch.Put(database_->family(Family::kCatalog), ToSlice(id), ToSlice(bytes));
  RETURN_IF_ERROR(WriteWithEvents(batch, std::move(events), what));
  const std::shared_ptr<const Catalog> before = catalog();
  Serve(before->ReleasesWith(std::move(release)), LabelsOf(*before));
  absl::Status secured = database_->Secure();
  Tell();
  return secured;
}

void Store::Serve(std::vector<CatalogRelease> releases, std::vector<LabelEntry> labels) {
  // The catalog shares the database with its snapshot: whoever holds it may outlive the
  // store.
  struct Held {
    explicit Held(std::shared_ptr<Database> shared)
        : database(std::move(shared)), reader(*database) {}
    std::shared_ptr<Database> database;
    SnapshotReader reader;
  };
  const auto held = std::make_shared<Held>(database_);
  auto catalog = std::make_shared<const Catalog>(
      std::move(releases), std::move(labels),
      std::shared_ptr<const image::PageReader>(held, &held->reader), editions_);
  const std::lock_guard<std::mutex> lock(mutex_);
  catalog_ = std::move(catalog);
  damaged_.clear();
}

absl::StatusOr<bool> Store::SweepUnpublished() {
  const absl::StatusOr<std::string> mark = database_->Get(Family::kDefault, UnfinishedKey());
  if (absl::IsNotFound(mark.status())) return true;
  RETURN_IF_ERROR(mark.status());
  rocksdb::WriteBatch batch;
  const absl::Status swept = AddSweepOfAll(*database_, *catalog(), batch).status();
  // Pages that nothing names do no harm, and what is damaged elsewhere must not keep all else from
  // being answered and loaded: the mark stays, and the next sweep tries again.
  if (model::ReasonOf(swept) == Reason::kDataDamaged) return false;
  RETURN_IF_ERROR(swept);
  batch.Delete(database_->family(Family::kDefault), ToSlice(UnfinishedKey()));
  Reach("sweep.load_found");
  RETURN_IF_ERROR(database_->Write(batch, true, "sweeping an interrupted load"));
  Reach("sweep.load_swept");
  {
    // The catalog's snapshot has what was swept.
    const std::shared_ptr<const Catalog> before = catalog();
    Serve(before->AllReleases(), LabelsOf(*before));
  }
  database_->ReclaimSources();
  return true;
}

absl::Status Store::SetAddendaCheck(absl::string_view id, const v1::AddendaCheck& check) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  CatalogEntry entry = release->entry;
  *entry.mutable_release()->mutable_addenda() = check;
  rocksdb::WriteBatch batch;
  return Commit(batch, entry, {}, "recording the addenda check");
}

absl::StatusOr<Verification> Store::Verify(absl::string_view id) const {
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  ASSIGN_OR_RETURN(const int pages, VerifyPages(*database_, *release));
  RETURN_IF_ERROR(VerifyCategories(SnapshotReader(*database_, /*fill_cache=*/false), *release));
  RETURN_IF_ERROR(Sources(id).status());
  return Verification{pages};
}

absl::StatusOr<int> Store::Delete(absl::string_view id) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  const MakingRoom making_room(*database_);
  RETURN_IF_ERROR(database_->Settle());
  std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  RETURN_IF_ERROR(CheckUnlabelled(*now, *release, Today()));
  if (const int64_t count = ledger_->CountNaming(id); count > 0) {
    return model::MakeError(
        Reason::kReleaseInUse,
        absl::StrCat("release ", id, " is not deleted: ", count,
                     count == 1 ? " verification was" : " verifications were",
                     " judged against it, and the ledger names it for ever; keep it"),
        {{"release", std::string(id)}, {"verifications", absl::StrCat(count)}});
  }
  rocksdb::WriteBatch batch;
  ASSIGN_OR_RETURN(const int swept, AddDeletion(*database_, *now, *release, batch));
  Reach("delete.gathered");
  const absl::Status committed = Commit(
      batch, Tombstone(*release),
      {EventOf(v1::RELEASE_EVENT_KIND_DELETED, release->entry.release())}, "deleting the release");
  // One that could not be secured is deleted all the same, and nobody comes back for what it took:
  // repeated, the call finds no release.
  if (catalog()->Find(id) != nullptr) return committed;
  Reach("delete.done");
  {
    const std::lock_guard<std::mutex> images_lock(mutex_);
    images_.erase(id);
  }
  pages_.Sweep();
  // The catalog of before has a snapshot with what was deleted; some request may still have it too.
  now.reset();
  database_->ReclaimSources();
  RETURN_IF_ERROR(committed);
  return swept;
}

absl::StatusOr<std::vector<NamedBytes>> Store::Addenda(absl::string_view id) const {
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  const auto& kept = release->entry.kept_addenda();
  const auto damaged = [&](int number) {
    return model::MakeError(Reason::kDataDamaged,
                            absl::StrCat("the addenda ", kept[number].name(), " of release ", id,
                                         " are missing, or do not match their digest"),
                            {{"release", std::string(id)}});
  };
  std::vector<NamedBytes> files;
  const std::string prefix = AddendaPrefix(id);
  // As of the catalog: whoever serves one has its pages read so.
  rocksdb::ReadOptions options;
  options.snapshot = static_cast<const SnapshotReader&>(now->pages()).snapshot();
  std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator(options, database_->family(Family::kAddenda)));
  for (it->Seek(ToSlice(prefix)); it->Valid() && it->key().starts_with(ToSlice(prefix));
       it->Next()) {
    const absl::string_view value = ToView(it->value());
    const size_t end = value.find('\n');
    if (end == absl::string_view::npos) {
      return DamagedStore(absl::StrCat("an addenda file of release ", id, " has no name"));
    }
    const int number = static_cast<int>(files.size());
    if (number < kept.size() &&
        model::DigestOf(value).view() != absl::string_view(kept[number].sha256())) {
      return damaged(number);
    }
    files.push_back({std::string(value.substr(0, end)), std::string(value.substr(end + 1))});
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading addenda"));
  const int found = static_cast<int>(files.size());
  if (found < kept.size()) return damaged(found);
  return files;
}

absl::StatusOr<std::vector<NamedBytes>> Store::Sources(absl::string_view id) const {
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  std::vector<NamedBytes> files;
  for (const KeptSource& kept : release->entry.kept_sources()) {
    absl::StatusOr<std::string> bytes = ReadSource(
        kept, [&](absl::string_view key) { return database_->Get(Family::kSources, key); });
    if (model::ReasonOf(bytes.status()) == Reason::kDataDamaged) {
      return model::MakeError(
          Reason::kDataDamaged,
          absl::StrCat("of release ", id, ": ", bytes.status().message(),
                       "; load the release again from the same files, which writes it afresh"),
          {{"release", std::string(id)}});
    }
    RETURN_IF_ERROR(bytes.status());
    files.push_back({kept.name(), *std::move(bytes)});
  }
  return files;
}

}  // namespace codeset::store
