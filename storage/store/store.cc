#include "storage/store/store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/task_group.h"
#include "storage/store/database.h"
#include "storage/store/format.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"
#include "storage/store/merge.h"
#include "storage/store/sweep.h"

namespace codeset::store {
namespace {

using model::Digest;
using model::Page;
using model::Reason;

// A page takes at most so many in a batch, beside its text: its key, and lengths.
constexpr size_t kBytesBesideText = 64;

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
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                   Database::Open(directory, options.create_if_missing, options.owner));
  const absl::StatusOr<std::string> format = database->Get(Family::kDefault, FormatKey());
  if (absl::IsNotFound(format.status())) {
    rocksdb::WriteBatch batch;
    batch.Put(database->family(Family::kDefault), ToSlice(FormatKey()), ToSlice(kFormat));
    RETURN_IF_ERROR(database->Write(batch, true, "writing the format's number"));
  } else if (!format.ok()) {
    return format.status();
  } else if (*format != std::string(kFormat)) {
    return OtherFormat(directory, *format);
  }
  std::unique_ptr<Store> store(new Store(std::move(database), options));
  const std::lock_guard<std::mutex> lock(store->write_mutex_);
  RETURN_IF_ERROR(store->OpenJournal());
  RETURN_IF_ERROR(store->LoadCatalog());
  RETURN_IF_ERROR(store->SweepUnpublished());
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
  Tell();
  return absl::OkStatus();
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
}

absl::Status Store::SweepUnpublished() {
  const absl::StatusOr<std::string> mark = database_->Get(Family::kDefault, UnfinishedKey());
  if (absl::IsNotFound(mark.status())) return absl::OkStatus();
  RETURN_IF_ERROR(mark.status());
  rocksdb::WriteBatch batch;
  RETURN_IF_ERROR(AddSweepOfAll(*database_, *catalog(), batch).status());
  batch.Delete(database_->family(Family::kDefault), ToSlice(UnfinishedKey()));
  return database_->Write(batch, true, "sweeping an interrupted load");
}

absl::StatusOr<v1::LoadOutcome> Store::Check(const Publication& publication) const {
  const std::shared_ptr<const Catalog> now = catalog();
  const std::string id = publication.id.ToString();
  if (const CatalogRelease* retired = now->FindRetired(id); retired != nullptr) {
    RETURN_IF_ERROR(CheckAgainst(*retired, publication));
  }
  const CatalogRelease* known = now->Find(id);
  if (known == nullptr) {
    if (!publication.order.has_value()) {
      return model::MakeError(
          Reason::kArgumentInvalid,
          absl::StrCat("release ", id,
                       " is not loaded yet, and its order file is needed first: a tabular list "
                       "does not list the code set"));
    }
    return v1::LOAD_OUTCOME_LOADED;
  }
  RETURN_IF_ERROR(CheckAgainst(*known, publication));
  for (const auto& [group, pages] : GroupsOf(publication)) {
    if (!known->Group(group).has_value()) return v1::LOAD_OUTCOME_GROUP_ADDED;
  }
  return v1::LOAD_OUTCOME_UNCHANGED;
}

absl::Status Store::WritePages(const Publication& publication) {
  rocksdb::WriteBatch mark;
  mark.Put(database_->family(Family::kDefault), ToSlice(UnfinishedKey()),
           ToSlice(publication.id.ToString()));
  RETURN_IF_ERROR(database_->Write(mark, true, "marking the load"));
  // Group beside group. What is there already is proved by looking for what is missing.
  const std::vector<std::pair<model::FacetGroup, const model::PageSet*>> groups =
      GroupsOf(publication);
  std::vector<std::vector<Digest>> written(groups.size());
  std::vector<absl::Status> statuses(groups.size());
  model::TaskGroup tasks;
  for (size_t i = 0; i < groups.size(); ++i) {
    tasks.Run([&, i] { statuses[i] = WriteGroup(groups[i].first, *groups[i].second, written[i]); });
  }
  tasks.Wait();
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  for (const NamedBytes& source : publication.sources) {
    rocksdb::WriteBatch batch;
    AddSource(source, batch);
    RETURN_IF_ERROR(database_->WriteUnlogged(batch, "keeping source files"));
  }
  RETURN_IF_ERROR(database_->FlushPages());
  // What was written is read back from the files, before anything names it.
  const SnapshotReader reader(*database_, /*fill_cache=*/false);
  for (size_t i = 0; i < groups.size(); ++i) {
    tasks.Run([&, i] { statuses[i] = reader.Prove(groups[i].first, written[i]); });
  }
  tasks.Wait();
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

absl::Status Store::WriteGroup(model::FacetGroup group, const model::PageSet& set,
                               std::vector<Digest>& written) {
  std::vector<Digest> digests;
  for (const Page& page : set.pages) digests.push_back(page.digest);
  ASSIGN_OR_RETURN(const std::vector<size_t> missing, database_->MissingPages(group, digests));
  size_t bytes = 0;
  for (const size_t i : missing) bytes += set.pages[i].text.size() + kBytesBesideText;
  rocksdb::WriteBatch batch(bytes);
  for (const size_t i : missing) {
    const Page& page = set.pages[i];
    batch.Put(database_->family(PageFamily(group)), ToSlice(page.digest.view()),
              ToSlice(page.text));
    written.push_back(page.digest);
  }
  return database_->WriteUnlogged(batch, "writing pages");
}

absl::StatusOr<v1::LoadOutcome> Store::Publish(const Publication& publication,
                                               const std::function<bool()>& cancelled) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  const std::string id = publication.id.ToString();
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* known = now->Find(id);
  if (publication.based_on != (known == nullptr ? "" : known->entry.release().fingerprint())) {
    return model::MakeError(
        Reason::kLoadInProgress,
        absl::StrCat("release ", id, " was loaded or deleted while its files were read; try again"),
        {{"release", id}});
  }
  ASSIGN_OR_RETURN(const v1::LoadOutcome outcome, Check(publication));
  // What an earlier load wrote and did not publish.
  RETURN_IF_ERROR(SweepUnpublished());
  rocksdb::WriteBatch batch;
  if (outcome == v1::LOAD_OUTCOME_UNCHANGED) {
    const bool proves =
        !publication.addenda.empty() &&
        known->entry.release().addenda().outcome() == v1::ADDENDA_OUTCOME_NO_ADDENDA;
    if (!proves) return outcome;
    RETURN_IF_ERROR(AddAddenda(publication, batch));
    CatalogEntry entry = known->entry;
    *entry.mutable_release()->mutable_addenda() = publication.description.addenda();
    RETURN_IF_ERROR(Commit(batch, entry, {}, "keeping the addenda"));
    return outcome;
  }
  RETURN_IF_ERROR(WritePages(publication));
  for (const auto& [group, set] : GroupsOf(publication)) {
    if (known != nullptr && known->Group(group).has_value()) continue;
    for (const Page& page : set->pages) {
      batch.Put(database_->family(Family::kIndex), ToSlice(IndexKey(group, page.node, id)),
                ToSlice(page.digest.view()));
    }
  }
  RETURN_IF_ERROR(AddAddenda(publication, batch));
  batch.Delete(database_->family(Family::kDefault), ToSlice(UnfinishedKey()));
  if (cancelled && cancelled()) {
    RETURN_IF_ERROR(SweepUnpublished());
    return model::MakeError(Reason::kCancelled, "the load was cancelled; nothing was published");
  }
  const CatalogEntry entry = MergeEntry(known, now->FindRetired(id), publication, clock_());
  v1::ReleaseEvent event =
      EventOf(known == nullptr ? v1::RELEASE_EVENT_KIND_LOADED : v1::RELEASE_EVENT_KIND_GROUP_ADDED,
              entry.release());
  if (known == nullptr) event.set_activate_on(entry.release().activate_on());
  for (const auto& [group, set] : GroupsOf(publication)) {
    if (known != nullptr && known->Group(group).has_value()) continue;
    event.add_facet_groups(static_cast<v1::FacetGroup>(group));
  }
  RETURN_IF_ERROR(Commit(batch, entry, {std::move(event)}, "publishing the release"));
  return outcome;
}

absl::Status Store::AddAddenda(const Publication& publication, rocksdb::WriteBatch& batch) {
  if (publication.addenda.empty()) return absl::OkStatus();
  const std::string id = publication.id.ToString();
  RETURN_IF_ERROR(AddAddendaDeletion(*database_, id, batch));
  for (size_t i = 0; i < publication.addenda.size(); ++i) {
    const NamedBytes& file = publication.addenda[i];
    batch.Put(database_->family(Family::kAddenda),
              ToSlice(AddendaKey(id, static_cast<uint32_t>(i))),
              ToSlice(absl::StrCat(file.name, "\n", file.bytes)));
  }
  return absl::OkStatus();
}

absl::Status Store::SetAddendaCheck(absl::string_view id, const v1::AddendaCheck& check) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
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
  RETURN_IF_ERROR(Sources(id).status());
  return Verification{pages};
}

absl::StatusOr<int> Store::Delete(absl::string_view id) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  const std::shared_ptr<const Catalog> now = catalog();
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
  RETURN_IF_ERROR(Commit(batch, Tombstone(*release),
                         {EventOf(v1::RELEASE_EVENT_KIND_DELETED, release->entry.release())},
                         "deleting the release"));
  {
    const std::lock_guard<std::mutex> images_lock(mutex_);
    images_.erase(id);
  }
  pages_.Sweep();
  return swept;
}

absl::StatusOr<std::shared_ptr<const image::Image>> Store::GetImage(const Catalog& catalog,
                                                                    absl::string_view id,
                                                                    model::Date day) {
  const CatalogRelease* release = catalog.Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  const image::ImageSpec spec = catalog.SpecOf(*release, day);
  // An image serves as long as it is built from what the catalog names: a release that has
  // gained a group, or another lender, needs a new one.
  const auto cached = [&]() -> std::shared_ptr<const image::Image> {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = images_.find(id);
    return it != images_.end() && it->second->spec() == spec ? it->second : nullptr;
  };
  if (std::shared_ptr<const image::Image> image = cached(); image != nullptr) return image;
  const std::lock_guard<std::mutex> build_lock(build_mutex_);
  if (std::shared_ptr<const image::Image> image = cached(); image != nullptr) return image;
  ASSIGN_OR_RETURN(std::shared_ptr<const image::Image> image,
                   image::Image::Build(spec, catalog.pages(), pages_));
  const std::lock_guard<std::mutex> lock(mutex_);
  // One built for a reader of an older catalog serves that reader alone.
  const CatalogRelease* now = catalog_->Find(id);
  if (now != nullptr && catalog_->SpecOf(*now, day) == spec) images_[id] = image;
  return image;
}

absl::StatusOr<std::vector<NamedBytes>> Store::Addenda(absl::string_view id) const {
  if (catalog()->Find(id) == nullptr) return ReleaseNotFound(id);
  std::vector<NamedBytes> files;
  const std::string prefix = AddendaPrefix(id);
  std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kAddenda)));
  for (it->Seek(ToSlice(prefix)); it->Valid() && it->key().starts_with(ToSlice(prefix));
       it->Next()) {
    const absl::string_view value = ToView(it->value());
    const size_t end = value.find('\n');
    if (end == absl::string_view::npos) {
      return model::MakeError(Reason::kDataDamaged, "a stored addenda file has no name");
    }
    files.push_back({std::string(value.substr(0, end)), std::string(value.substr(end + 1))});
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading addenda"));
  return files;
}

absl::StatusOr<std::vector<NamedBytes>> Store::Sources(absl::string_view id) const {
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  std::vector<NamedBytes> files;
  for (const KeptSource& kept : release->entry.kept_sources()) {
    ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(kept.sha256()));
    NamedBytes file{kept.name(), ""};
    for (uint32_t chunk = 0; file.bytes.size() < static_cast<size_t>(kept.size()); ++chunk) {
      const absl::StatusOr<std::string> bytes =
          database_->Get(Family::kSources, SourceKey(digest, chunk));
      if (absl::IsNotFound(bytes.status()) || (bytes.ok() && bytes->empty())) {
        return model::MakeError(Reason::kDataDamaged,
                                absl::StrCat("a part of kept source ", file.name, " is missing"));
      }
      RETURN_IF_ERROR(bytes.status());
      file.bytes += *bytes;
    }
    if (model::DigestOf(file.bytes) != digest) {
      return model::MakeError(Reason::kDataDamaged, absl::StrCat("kept source ", file.name,
                                                                 " does not match its digest"));
    }
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace codeset::store
