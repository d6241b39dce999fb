// What Store does to publish a release: pages first, then all at once; and to write afresh what was
// damaged.
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/task_group.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"
#include "storage/store/merge.h"
#include "storage/store/step.h"
#include "storage/store/store.h"
#include "storage/store/sweep.h"

namespace codeset::store {
namespace {

using model::Digest;
using model::Page;
using model::Reason;

// A page takes at most so many in a batch, beside its text: its key, and lengths.
constexpr size_t kBytesBesideText = 64;
// What a load may write beside what it brings: the log, and files that are merged.
constexpr uint64_t kRoomBeside = uint64_t{64} << 20;
// Sources are kept as they are, and what is read from them takes less; files are merged into new
// ones before the old ones go.
constexpr uint64_t kRoomFactor = 2;

// Adds the index entries of the pages of a group to a batch.
void AddIndex(const Database& database, const std::string& id, model::FacetGroup group,
              const model::PageSet& set, rocksdb::WriteBatch& batch) {
  for (const Page& page : set.pages) {
    batch.Put(database.family(Family::kIndex), ToSlice(IndexKey(group, page.node, id)),
              ToSlice(page.digest.view()));
  }
}

// Whether the index names the pages of a group, as far as it can be read.
bool IsIndexed(const Database& database, const std::string& id, model::FacetGroup group,
               const model::PageSet& set) {
  std::vector<std::string> keys;
  keys.reserve(set.pages.size());
  for (const Page& page : set.pages) keys.push_back(IndexKey(group, page.node, id));
  std::vector<rocksdb::Slice> slices;
  slices.reserve(keys.size());
  for (const std::string& key : keys) slices.push_back(ToSlice(key));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  database.db().MultiGet(options, database.family(Family::kIndex), slices.size(), slices.data(),
                         values.data(), statuses.data());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!statuses[i].ok() || ToView(values[i]) != set.pages[i].digest.view()) return false;
  }
  return true;
}

// Reads the sources of a publication back.
absl::Status ProveSources(const Database& database, const Publication& publication) {
  for (const NamedBytes& source : publication.sources) {
    const absl::Status read = ReadSource(KeptAs(source), [&](absl::string_view key) {
                                return database.Get(Family::kSources, key);
                              }).status();
    if (model::ReasonOf(read) == Reason::kDataDamaged) {
      return model::MakeError(
          Reason::kDataDamaged,
          absl::StrCat(read.message(),
                       ", though it was written just now; nothing was published: is "
                       "the disk of the data directory sound?"),
          {{"file", source.name}});
    }
    RETURN_IF_ERROR(read);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Store::CheckRoom(size_t load_bytes) const {
  ASSIGN_OR_RETURN(const uint64_t free, database_->FreeBytes());
  const uint64_t needed = load_bytes * kRoomFactor + kRoomBeside;
  if (free >= needed) return absl::OkStatus();
  return model::MakeError(
      Reason::kStorageFull,
      absl::StrCat("the disk of the data directory has ", free >> 20, " MiB left, and a load of ",
                   load_bytes >> 20, " MiB may need ", needed >> 20,
                   "; nothing was written: make room and load again"),
      {{"free_bytes", absl::StrCat(free)}, {"needed_bytes", absl::StrCat(needed)}});
}

absl::StatusOr<bool> Store::Repair(const Publication& publication, const CatalogRelease& known,
                                   bool swept) {
  const std::string id = publication.id.ToString();
  bool damaged = false;
  for (const auto& [group, set] : GroupsOf(publication)) {
    std::vector<Digest> digests;
    digests.reserve(set->pages.size());
    for (const Page& page : set->pages) digests.push_back(page.digest);
    ASSIGN_OR_RETURN(const std::vector<size_t> missing, database_->MissingPages(group, digests));
    damaged |= !missing.empty() || !IsIndexed(*database_, id, group, *set);
  }
  // A source that is kept soundly is not brought again.
  for (const NamedBytes& source : publication.sources) {
    const Digest digest = model::DigestOf(source.bytes);
    for (const KeptSource& kept : known.entry.kept_sources()) {
      damaged |= absl::string_view(kept.sha256()) == digest.view();
    }
  }
  if (!damaged) return false;
  RETURN_IF_ERROR(WritePages(publication));
  rocksdb::WriteBatch batch;
  for (const auto& [group, set] : GroupsOf(publication)) {
    AddIndex(*database_, id, group, *set, batch);
  }
  // What came along and was not kept before, is not kept now.
  ASSIGN_OR_RETURN(const absl::flat_hash_set<Digest> used, UsedSources(*catalog(), nullptr));
  for (const NamedBytes& source : publication.sources) {
    const Digest digest = model::DigestOf(source.bytes);
    if (!used.contains(digest)) AddSourceDeletion(*database_, digest, source.bytes.size(), batch);
  }
  if (swept) batch.Delete(database_->family(Family::kDefault), ToSlice(UnfinishedKey()));
  RETURN_IF_ERROR(database_->Commit(batch, "writing afresh what was damaged"));
  RETURN_IF_ERROR(database_->Secure());
  return true;
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
  Reach("load.marked");
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
    Reach("load.source_written");
  }
  RETURN_IF_ERROR(database_->FlushPages());
  Reach("load.flushed");
  // What was written is read back from the files, before anything names it.
  const SnapshotReader reader(*database_, /*fill_cache=*/false);
  for (size_t i = 0; i < groups.size(); ++i) {
    tasks.Run([&, i] { statuses[i] = reader.Prove(groups[i].first, written[i]).status(); });
  }
  absl::Status sources;
  tasks.Run([&] { sources = ProveSources(*database_, publication); });
  tasks.Wait();
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  return sources;
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
  RETURN_IF_ERROR(database_->WriteUnlogged(batch, "writing pages"));
  Reach("load.group_written");
  return absl::OkStatus();
}

absl::StatusOr<v1::LoadOutcome> Store::Publish(const Publication& publication,
                                               const std::function<bool()>& cancelled) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  Reach("load.begun");
  // What an earlier load wrote and did not publish.
  ASSIGN_OR_RETURN(const bool swept, SweepUnpublished());
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
  rocksdb::WriteBatch batch;
  if (outcome == v1::LOAD_OUTCOME_UNCHANGED) {
    ASSIGN_OR_RETURN(const bool repaired, Repair(publication, *known, swept));
    // What was written afresh is later than what the catalog reads.
    if (repaired) Serve(now->AllReleases(), LabelsOf(*now));
    const bool proves =
        !publication.addenda.empty() &&
        known->entry.release().addenda().outcome() == v1::ADDENDA_OUTCOME_NO_ADDENDA;
    if (!proves) return outcome;
    RETURN_IF_ERROR(AddAddenda(publication, batch));
    CatalogEntry entry = known->entry;
    *entry.mutable_release()->mutable_addenda() = publication.description.addenda();
    KeepAddenda(publication, entry);
    RETURN_IF_ERROR(Commit(batch, entry, {}, "keeping the addenda"));
    return outcome;
  }
  RETURN_IF_ERROR(WritePages(publication));
  Reach("load.proved");
  for (const auto& [group, set] : GroupsOf(publication)) {
    if (known != nullptr && known->Group(group).has_value()) continue;
    AddIndex(*database_, id, group, *set, batch);
  }
  RETURN_IF_ERROR(AddAddenda(publication, batch));
  if (swept) batch.Delete(database_->family(Family::kDefault), ToSlice(UnfinishedKey()));
  if (cancelled && cancelled()) {
    RETURN_IF_ERROR(SweepUnpublished().status());
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
  Reach("load.ready");
  RETURN_IF_ERROR(Commit(batch, entry, {std::move(event)}, "publishing the release"));
  Reach("load.published");
  return outcome;
}

absl::Status Store::AddAddenda(const Publication& publication, rocksdb::WriteBatch& batch) {
  if (publication.addenda.empty()) return absl::OkStatus();
  const std::string id = publication.id.ToString();
  RETURN_IF_ERROR(AddAddendaDeletion(*database_, id, batch));
  for (size_t i = 0; i < publication.addenda.size(); ++i) {
    const NamedBytes& file = publication.addenda[i];
    batch.Put(database_->family(Family::kAddenda),
              ToSlice(AddendaKey(id, static_cast<uint32_t>(i))), ToSlice(AddendaValue(file)));
  }
  return absl::OkStatus();
}

}  // namespace codeset::store
