#include "storage/store/store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "rocksdb/write_batch.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/sweep.h"

namespace codeset::store {
namespace {

using model::Digest;
using model::FacetGroup;
using model::Page;
using model::PageSet;
using model::Reason;

// The groups that a publication brings.
std::vector<std::pair<FacetGroup, const PageSet*>> GroupsOf(const Publication& publication) {
  std::vector<std::pair<FacetGroup, const PageSet*>> groups;
  if (publication.order.has_value()) groups.emplace_back(FacetGroup::kOrder, &*publication.order);
  if (publication.tabular.has_value()) {
    groups.emplace_back(FacetGroup::kTabular, &*publication.tabular);
  }
  return groups;
}

absl::Status NotFound(absl::string_view id) {
  return model::MakeError(Reason::kReleaseNotFound,
                          absl::StrCat("no release ", id,
                                       " is loaded; list those that are with "
                                       "codesetctl release list"),
                          {{"release", std::string(id)}});
}

// Refuses a publication that contradicts what the id stands for.
absl::Status CheckAgainst(const CatalogRelease& known, const Publication& publication) {
  const std::string id = publication.id.ToString();
  const auto differs = [&](absl::string_view what) {
    return model::MakeError(
        Reason::kReleaseContentDiffers,
        absl::StrCat("release ", id, known.entry.retired() ? " was loaded once" : " is loaded",
                     " with other content (", what,
                     "); a published release never changes: load a re-issued file as a "
                     "correction, ",
                     id, ".1 for instance"),
        {{"release", id}});
  };
  if (known.effective != publication.effective) {
    return differs(absl::StrCat("in force from ", model::FormatDate(known.effective), ", not ",
                                model::FormatDate(publication.effective)));
  }
  for (const auto& [group, pages] : GroupsOf(publication)) {
    const std::optional<Digest> digest = known.Group(group);
    if (digest.has_value() && *digest != pages->root()) {
      return differs(absl::StrCat("facet group ", model::FacetGroupName(group), " has fingerprint ",
                                  model::FormatDigest(*digest), ", the files give ",
                                  model::FormatDigest(pages->root())));
    }
  }
  return absl::OkStatus();
}

// The catalog entry as it will be: what is known of the release and what comes to it.
CatalogEntry MergeEntry(const CatalogRelease* known, const Publication& publication) {
  CatalogEntry entry;
  if (known != nullptr) entry = known->entry;
  v1::Release& release = *entry.mutable_release();
  std::vector<std::pair<FacetGroup, Digest>> groups;
  if (known != nullptr) groups = known->groups;
  for (const auto& [group, pages] : GroupsOf(publication)) {
    if (known == nullptr || !known->Group(group).has_value()) {
      groups.emplace_back(group, pages->root());
    }
  }
  std::sort(groups.begin(), groups.end());
  release.MergeFrom(publication.description);
  release.set_id(publication.id.ToString());
  release.set_effective_date(model::FormatDate(publication.effective));
  release.set_loaded_at(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone()));
  release.set_fingerprint(model::FormatDigest(model::ReleaseFingerprint(groups)));
  release.clear_facet_groups();
  for (const auto& [group, digest] : groups) {
    v1::FacetGroupFingerprint* message = release.add_facet_groups();
    message->set_group(static_cast<v1::FacetGroup>(group));
    message->set_fingerprint(model::FormatDigest(digest));
  }
  for (const NamedBytes& source : publication.sources) {
    KeptSource* kept = entry.add_kept_sources();
    kept->set_name(source.name);
    kept->set_size(static_cast<int64_t>(source.bytes.size()));
    kept->set_sha256(std::string(model::DigestOf(source.bytes).view()));
  }
  return entry;
}

}  // namespace

Store::Store(std::unique_ptr<Database> database)
    : database_(std::move(database)),
      catalog_(std::make_shared<Catalog>(std::vector<CatalogRelease>())) {}

Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& directory,
                                                   const StoreOptions& options) {
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
    return model::MakeError(Reason::kFormatUnsupported,
                            absl::StrCat("data directory ", directory, " has format ", *format,
                                         "; this version reads format ", kFormat));
  }
  std::unique_ptr<Store> store(new Store(std::move(database)));
  absl::MutexLock lock(&store->write_mutex_);
  RETURN_IF_ERROR(store->LoadCatalog());
  RETURN_IF_ERROR(store->SweepUnpublished());
  return store;
}

std::shared_ptr<const Catalog> Store::catalog() const {
  absl::MutexLock lock(&mutex_);
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
  auto catalog = std::make_shared<const Catalog>(std::move(releases));
  absl::MutexLock lock(&mutex_);
  catalog_ = std::move(catalog);
  return absl::OkStatus();
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
  for (const auto& [group, set] : GroupsOf(publication)) {
    std::vector<Digest> digests;
    for (const Page& page : set->pages) digests.push_back(page.digest);
    ASSIGN_OR_RETURN(const std::vector<size_t> missing, database_->MissingPages(group, digests));
    rocksdb::WriteBatch batch;
    for (const size_t i : missing) {
      const Page& page = set->pages[i];
      batch.Put(database_->family(PageFamily(group)), ToSlice(page.digest.view()),
                ToSlice(page.text));
    }
    RETURN_IF_ERROR(database_->Write(batch, false, "writing pages"));
  }
  for (const NamedBytes& source : publication.sources) {
    const Digest digest = model::DigestOf(source.bytes);
    rocksdb::WriteBatch batch;
    for (size_t chunk = 0; chunk * kSourceChunk < source.bytes.size(); ++chunk) {
      batch.Put(
          database_->family(Family::kSources),
          ToSlice(SourceKey(digest, static_cast<uint32_t>(chunk))),
          ToSlice(absl::string_view(source.bytes).substr(chunk * kSourceChunk, kSourceChunk)));
    }
    RETURN_IF_ERROR(database_->Write(batch, false, "keeping source files"));
  }
  RETURN_IF_ERROR(database_->FlushPages());
  // What was written is read back from the files, before anything names it.
  const SnapshotReader reader(*database_, /*fill_cache=*/false);
  for (const auto& [group, set] : GroupsOf(publication)) {
    std::vector<Digest> digests;
    for (const Page& page : set->pages) digests.push_back(page.digest);
    RETURN_IF_ERROR(reader.Read(group, digests).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::LoadOutcome> Store::Publish(const Publication& publication) {
  absl::MutexLock lock(&write_mutex_);
  ASSIGN_OR_RETURN(const v1::LoadOutcome outcome, Check(publication));
  if (outcome == v1::LOAD_OUTCOME_UNCHANGED) return outcome;
  RETURN_IF_ERROR(WritePages(publication));

  const std::string id = publication.id.ToString();
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* known = now->Find(id);
  rocksdb::WriteBatch batch;
  for (const auto& [group, set] : GroupsOf(publication)) {
    if (known != nullptr && known->Group(group).has_value()) continue;
    for (const Page& page : set->pages) {
      batch.Put(database_->family(Family::kIndex), ToSlice(IndexKey(group, page.node, id)),
                ToSlice(page.digest.view()));
    }
  }
  for (size_t i = 0; i < publication.addenda.size(); ++i) {
    const NamedBytes& file = publication.addenda[i];
    batch.Put(database_->family(Family::kAddenda),
              ToSlice(AddendaKey(id, static_cast<uint32_t>(i))),
              ToSlice(absl::StrCat(file.name, "\n", file.bytes)));
  }
  batch.Put(database_->family(Family::kCatalog), ToSlice(id),
            ToSlice(MergeEntry(known, publication).SerializeAsString()));
  batch.Delete(database_->family(Family::kDefault), ToSlice(UnfinishedKey()));
  RETURN_IF_ERROR(database_->Write(batch, true, "publishing the release"));
  RETURN_IF_ERROR(LoadCatalog());
  return outcome;
}

absl::Status Store::SetAddendaCheck(absl::string_view id, const v1::AddendaCheck& check) {
  absl::MutexLock lock(&write_mutex_);
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return NotFound(id);
  CatalogEntry entry = release->entry;
  *entry.mutable_release()->mutable_addenda() = check;
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(Family::kCatalog), ToSlice(id), ToSlice(entry.SerializeAsString()));
  RETURN_IF_ERROR(database_->Write(batch, true, "recording the addenda check"));
  return LoadCatalog();
}

absl::StatusOr<Verification> Store::Verify(absl::string_view id) const {
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return NotFound(id);
  ASSIGN_OR_RETURN(const int pages, VerifyPages(*database_, *release));
  return Verification{pages};
}

absl::StatusOr<int> Store::Delete(absl::string_view id) {
  absl::MutexLock lock(&write_mutex_);
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return NotFound(id);
  rocksdb::WriteBatch batch;
  ASSIGN_OR_RETURN(const int swept, AddDeletion(*database_, *now, *release, batch));
  // What tells the content apart stays; what only describes it goes.
  CatalogEntry tomb;
  tomb.set_retired(true);
  tomb.mutable_release()->set_id(release->entry.release().id());
  tomb.mutable_release()->set_effective_date(release->entry.release().effective_date());
  tomb.mutable_release()->set_fingerprint(release->entry.release().fingerprint());
  *tomb.mutable_release()->mutable_facet_groups() = release->entry.release().facet_groups();
  batch.Put(database_->family(Family::kCatalog), ToSlice(id), ToSlice(tomb.SerializeAsString()));
  RETURN_IF_ERROR(database_->Write(batch, true, "deleting the release"));
  RETURN_IF_ERROR(LoadCatalog());
  {
    absl::MutexLock images_lock(&mutex_);
    images_.erase(id);
  }
  pages_.Sweep();
  return swept;
}

absl::StatusOr<std::shared_ptr<const image::Image>> Store::GetImage(const Catalog& catalog,
                                                                    absl::string_view id) {
  const CatalogRelease* release = catalog.Find(id);
  if (release == nullptr) return NotFound(id);
  const image::ImageSpec spec = catalog.SpecOf(*release);
  // An image serves as long as it is built from what the catalog names: a release that has
  // gained a group, or another lender, needs a new one.
  const auto serves = [&](const image::Image& image) {
    return image.groups() == spec.groups &&
           image.structure_from() ==
               (spec.lender.has_value() ? absl::string_view(spec.lender->release_id) : "");
  };
  const auto cached = [&]() -> std::shared_ptr<const image::Image> {
    absl::MutexLock lock(&mutex_);
    const auto it = images_.find(id);
    return it != images_.end() && serves(*it->second) ? it->second : nullptr;
  };
  if (std::shared_ptr<const image::Image> image = cached(); image != nullptr) return image;
  absl::MutexLock build_lock(&build_mutex_);
  if (std::shared_ptr<const image::Image> image = cached(); image != nullptr) return image;
  const SnapshotReader reader(*database_);
  absl::StatusOr<std::shared_ptr<const image::Image>> image =
      image::Image::Build(spec, reader, pages_);
  absl::MutexLock lock(&mutex_);
  // A reader may hold a catalog from before a deletion: then nothing is damaged.
  if (catalog_->Find(id) == nullptr) return NotFound(id);
  if (!image.ok()) return image.status();
  images_[id] = *image;
  return image;
}

absl::StatusOr<std::vector<NamedBytes>> Store::Addenda(absl::string_view id) const {
  if (catalog()->Find(id) == nullptr) return NotFound(id);
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
  if (release == nullptr) return NotFound(id);
  std::vector<NamedBytes> files;
  for (const KeptSource& kept : release->entry.kept_sources()) {
    ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(kept.sha256()));
    NamedBytes file{kept.name(), ""};
    for (uint32_t chunk = 0; file.bytes.size() < static_cast<size_t>(kept.size()); ++chunk) {
      ASSIGN_OR_RETURN(const std::string bytes,
                       database_->Get(Family::kSources, SourceKey(digest, chunk)));
      file.bytes += bytes;
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
