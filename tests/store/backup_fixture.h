// A store with something in every family, a folder of backups beside it, and everything that a
// data directory holds as bytes.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/store/backup.h"
#include "storage/store/restore.h"
#include "tests/store/ledger_fixture.h"

namespace codeset::store {

class BackupTest : public LedgerTest {
 protected:
  BackupTest() : root_(directory_ + "-more") {
    std::filesystem::create_directories(folder());
    options_.server_version = "9.8.7";
  }
  ~BackupTest() override { std::filesystem::remove_all(root_); }

  // The folder of backups, and data directories to restore into.
  std::string folder() const { return root_ + "/backups"; }
  std::string Path(const std::string& name) const { return absl::StrCat(root_, "/", name); }

  // Bytes that do not compress, the same for the same seed.
  static std::string Noise(size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  }

  // A release with every group and kind of thing.
  Publication Rich(const std::string& id) const {
    Publication rich = Release(id, New());
    rich.tabular = model::EncodeTabular(List());
    rich.addenda = {{"addenda.txt", "Add: G35A"}};
    rich.sources = {{"order.txt", Noise(1 << 20, 1)}, {"small.txt", "small"}};
    return rich;
  }

  // Something in every family.
  void Fill() {
    ASSERT_TRUE(Publish(Rich("2027")).ok());
    ASSERT_TRUE(store_->SetLabel("prod", "2026", false, "ann").ok());
    ASSERT_TRUE(store_->SetLabel("prod", "2027", true, "ann").ok());
    Import({Page("G35A", "first"), Page("G36", "only")});
    Import({Page("G35A", "second")});
    ASSERT_TRUE(Record({Asked("v1", "G35A"), Asked("v2", "G36")}, "2027").ok());
    ASSERT_TRUE(ledger().SetUsage({{"G35A", 7}}).ok());
  }

  CreatedBackup Create() {
    absl::StatusOr<CreatedBackup> made = store_->CreateBackup(folder(), options_);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *std::move(made) : CreatedBackup();
  }

  // The numbers of backups.
  static std::vector<uint32_t> Numbers(const BackupList& list) {
    std::vector<uint32_t> numbers;
    numbers.reserve(list.backups.size());
    for (const v1::Backup& backup : list.backups) numbers.push_back(backup.number());
    return numbers;
  }

  absl::StatusOr<Restored> Restore(const std::string& directory, uint32_t number = 0) const {
    RestoreOptions options;
    options.number = number;
    return RestoreBackup(folder(), directory, options);
  }

  using Contents = std::map<std::string, std::map<std::string, std::string>>;

  // All keys and values of a data directory, by family, but for its journal's identity, which a
  // restored one has of its own. It must be closed.
  static Contents ContentsOf(const std::string& directory) {
    Contents contents;
    auto database = Database::Open(directory, false, "the test");
    EXPECT_TRUE(database.ok()) << database.status();
    if (!database.ok()) return contents;
    for (int i = 0; i < kFamilyCount; ++i) {
      const auto family = static_cast<Family>(i);
      auto& entries = contents[std::string(FamilyName(family))];
      std::unique_ptr<rocksdb::Iterator> it(
          (*database)->db().NewIterator(rocksdb::ReadOptions(), (*database)->family(family)));
      for (it->SeekToFirst(); it->Valid(); it->Next()) {
        entries[it->key().ToString()] = it->value().ToString();
      }
      EXPECT_TRUE(it->status().ok()) << it->status().ToString();
    }
    contents[std::string(FamilyName(Family::kDefault))].erase(std::string(JournalIdKey()));
    return contents;
  }

  // The same of the store's directory, which is closed for it and opened again.
  Contents OwnContents() {
    store_.reset();
    Contents contents = ContentsOf(directory_);
    Reopen();
    return contents;
  }

  // The files below a path, under their names relative to it.
  static std::vector<std::string> FilesIn(const std::string& path) {
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(path));
    }
    return files;
  }

  static std::string ReadAll(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  static void WriteAll(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  std::string root_;
  BackupOptions options_;
};

}  // namespace codeset::store
