#include "tests/crash/data_check.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/utilities/backup_engine.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup_folder.h"
#include "storage/store/catalog.pb.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/ledger.pb.h"
#include "storage/store/store.h"

namespace codeset::crash {
namespace {

using store::Database;
using store::Family;
using store::ToView;
using Keys = std::set<std::string>;

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const std::string& data_dir) {
  store::StoreOptions options;
  options.create_if_missing = false;
  options.owner = "a test";
  return store::Store::Open(data_dir, options);
}

// Calls `visit` with each key and value of a family.
absl::Status ForEach(const Database& database, Family family,
                     const std::function<void(absl::string_view, absl::string_view)>& visit) {
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.family(family)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) visit(ToView(it->key()), ToView(it->value()));
  return store::FromRocksDb(it->status(), "reading a family");
}

absl::Status ExpectSame(absl::string_view what, const Keys& named, const Keys& there) {
  for (const std::string& key : there) {
    if (!named.contains(key)) {
      return absl::InternalError(absl::StrCat(what, ": there is one that nothing names"));
    }
  }
  if (named.size() == there.size()) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(what, ": ", named.size(), " are named, ", there.size(), " are there"));
}

// What the catalog names.
struct Named {
  Keys releases;
  Keys sources;
  Keys addenda;
};

absl::StatusOr<Named> ReadCatalog(const Database& database) {
  Named named;
  bool damaged = false;
  RETURN_IF_ERROR(
      ForEach(database, Family::kCatalog, [&](absl::string_view key, absl::string_view value) {
        store::CatalogEntry entry;
        damaged |= !entry.ParseFromArray(value.data(), static_cast<int>(value.size()));
        if (entry.retired()) return;
        named.releases.emplace(key);
        for (const store::KeptSource& source : entry.kept_sources()) {
          named.sources.insert(source.sha256());
        }
        for (int i = 0; i < entry.kept_addenda_size(); ++i) {
          named.addenda.insert(store::AddendaKey(key, static_cast<uint32_t>(i)));
        }
      }));
  if (damaged) return absl::InternalError("a catalog entry is damaged");
  return named;
}

// That index and pages name each other, and the index loaded releases alone.
absl::Status CheckPages(const Database& database, const Keys& releases) {
  std::map<model::FacetGroup, Keys> named;
  std::string stray;
  RETURN_IF_ERROR(
      ForEach(database, Family::kIndex, [&](absl::string_view key, absl::string_view value) {
        store::IndexKeyParts parts;
        if (!store::ParseIndexKey(key, parts) || !releases.contains(std::string(parts.release))) {
          stray = std::string(key);
        }
        named[parts.group].emplace(value);
      }));
  if (!stray.empty()) return absl::InternalError("the index names a release that is not loaded");
  for (const model::FacetGroup group : model::kFacetGroups) {
    Keys there;
    RETURN_IF_ERROR(ForEach(database, store::PageFamily(group),
                            [&](absl::string_view key, absl::string_view) { there.emplace(key); }));
    RETURN_IF_ERROR(
        ExpectSame(absl::StrCat("pages of ", model::FacetGroupName(group)), named[group], there));
  }
  return absl::OkStatus();
}

// That the content of pages of codes is what revisions name.
absl::Status CheckReferences(const Database& database) {
  Keys named, there;
  RETURN_IF_ERROR(
      ForEach(database, Family::kRevisions, [&](absl::string_view, absl::string_view value) {
        store::RevisionRecord record;
        record.ParseFromArray(value.data(), static_cast<int>(value.size()));
        named.insert(record.digest());
      }));
  RETURN_IF_ERROR(ForEach(database, Family::kReferences,
                          [&](absl::string_view key, absl::string_view) { there.emplace(key); }));
  return ExpectSame("content of pages of codes", named, there);
}

}  // namespace

absl::Status CheckNothingIsLeft(const std::string& data_dir) {
  RETURN_IF_ERROR(OpenStore(data_dir).status());
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                   Database::Open(data_dir, /*create_if_missing=*/false, "a test"));
  std::string mark;
  RETURN_IF_ERROR(
      ForEach(*database, Family::kDefault, [&](absl::string_view key, absl::string_view) {
        if (key == store::UnfinishedKey() || absl::StartsWith(key, store::ImportKey())) {
          mark = std::string(key);
        }
      }));
  if (!mark.empty()) return absl::InternalError(absl::StrCat("the mark ", mark, " is left"));
  ASSIGN_OR_RETURN(const Named named, ReadCatalog(*database));
  RETURN_IF_ERROR(CheckPages(*database, named.releases));
  Keys sources, addenda;
  RETURN_IF_ERROR(
      ForEach(*database, Family::kSources, [&](absl::string_view key, absl::string_view) {
        sources.emplace(key.substr(0, sizeof(model::Digest)));
      }));
  RETURN_IF_ERROR(ExpectSame("kept sources", named.sources, sources));
  RETURN_IF_ERROR(ForEach(*database, Family::kAddenda,
                          [&](absl::string_view key, absl::string_view) { addenda.emplace(key); }));
  RETURN_IF_ERROR(ExpectSame("addenda", named.addenda, addenda));
  return CheckReferences(*database);
}

absl::StatusOr<std::map<std::string, int64_t>> ReadUsage(const std::string& data_dir) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store, OpenStore(data_dir));
  std::map<std::string, int64_t> usage;
  for (const auto& [code, count] : *store->ledger().usage()) {
    usage[model::DottedCode(code)] = count;
  }
  return usage;
}

absl::Status CheckBackupFiles(const std::string& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<rocksdb::BackupEngineReadOnly> engine,
                   store::OpenEngineToRead(*rocksdb::Env::Default(), folder));
  std::vector<rocksdb::BackupInfo> backups;
  if (engine != nullptr) engine->GetBackupInfo(&backups, /*include_file_details=*/true);
  Keys named, there;
  for (const rocksdb::BackupInfo& backup : backups) {
    for (const rocksdb::BackupFileInfo& file : backup.file_details) {
      named.insert(file.relative_filename);
    }
  }
  std::string unnamed;
  for (const char* const part : {"shared_checksum", "private", "shared"}) {
    std::error_code error;
    std::filesystem::recursive_directory_iterator entry(absl::StrCat(folder, "/", part), error);
    for (; !error && entry != std::filesystem::recursive_directory_iterator();
         entry.increment(error)) {
      if (!entry->is_regular_file()) continue;
      const std::string name = std::filesystem::relative(entry->path(), folder);
      there.insert(name);
      if (!named.contains(name)) absl::StrAppend(&unnamed, " ", name);
    }
  }
  if (!unnamed.empty()) {
    return absl::InternalError(absl::StrCat("no backup has these files of the folder:", unnamed));
  }
  return ExpectSame("files of backups", named, there);
}

}  // namespace codeset::crash
