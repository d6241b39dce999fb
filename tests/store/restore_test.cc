// Restoring backups.
#include "storage/store/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "rocksdb/utilities/backup_engine.h"
#include "storage/store/backup_folder.h"
#include "storage/store/new_directory.h"
#include "tests/store/backup_fixture.h"
#include "tests/support/status_is.h"

namespace codeset::store {
namespace {

using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::IsEmpty;

class RestoreTest : public BackupTest {
 protected:
  // Makes a backup past the store with such a record; closes the store.
  void CreateWith(const v1::Backup& record) {
    store_.reset();
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::BackupEngine* opened = nullptr;
    ASSERT_TRUE(
        rocksdb::BackupEngine::Open(EngineOptions(folder()), rocksdb::Env::Default(), &opened)
            .ok());
    const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
    rocksdb::CreateBackupOptions create;
    create.flush_before_backup = true;
    ASSERT_TRUE(
        engine->CreateNewBackupWithMetadata(create, &(*database)->db(), EncodeRecord(record)).ok());
  }
};

TEST_F(RestoreTest, BringsEverythingBack) {
  Fill();
  const v1::Backup backup = Create().backup;
  const Contents before = OwnContents();
  for (const auto& [family, entries] : before) {
    // Families that nothing here fills would prove nothing.
    if (family == "pages.poa" || family == "pages.conversion") continue;
    EXPECT_THAT(entries, ::testing::Not(IsEmpty())) << family;
  }
  const auto restored = Restore(Path("restored"));
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->backup.SerializeAsString(), backup.SerializeAsString());
  EXPECT_EQ(restored->check.releases, 3);
  EXPECT_EQ(restored->check.revisions, 3);
  EXPECT_EQ(restored->check.verifications, 2);
  EXPECT_EQ(restored->check.events, store_->journal_end());
  EXPECT_EQ(ContentsOf(Path("restored")), before);
  // A data directory like any other, with a journal and a folder of backups of its own.
  const std::string journal = store_->journal_id();
  store_.reset();
  std::filesystem::remove_all(directory_);
  std::filesystem::rename(Path("restored"), directory_);
  Reopen();
  EXPECT_EQ(Title("2027", "G35A"), "Relapsing-remitting");
  ASSERT_TRUE(store_->SetLabel("prod", "2025", false, "ann").ok());
  EXPECT_NE(store_->journal_id(), journal);
  EXPECT_EQ(model::ReasonOf(store_->CreateBackup(folder(), options_).status()),
            model::Reason::kArgumentInvalid);
  std::filesystem::create_directory(Path("other"));
  EXPECT_TRUE(store_->CreateBackup(Path("other"), options_).ok());
}

TEST_F(RestoreTest, BringsBackTheInstantThatIsAskedFor) {
  Create();
  const Contents before = OwnContents();
  Fill();
  Create();
  ASSERT_TRUE(store_->Delete("2025").ok());
  Create();
  const auto first = Restore(Path("first"), 1);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(ContentsOf(Path("first")), before);
  ASSERT_TRUE(Restore(Path("third")).ok());
  EXPECT_EQ(ContentsOf(Path("third")), OwnContents());
}

TEST_F(RestoreTest, TakesAnEmptyFolderAndNoOther) {
  Create();
  std::filesystem::create_directory(Path("empty"));
  ASSERT_TRUE(Restore(Path("empty/")).ok());
  EXPECT_TRUE(FailsWith(Restore(Path("empty")).status(), Reason::kArgumentInvalid, "",
                        "is not empty: it has "));
  std::filesystem::create_directory(Path("photos"));
  WriteAll(Path("photos/cat.jpg"), "");
  EXPECT_TRUE(FailsWith(Restore(Path("photos")).status(), Reason::kArgumentInvalid, "",
                        "is not empty: it has cat.jpg"));
  EXPECT_THAT(FilesIn(Path("photos")), ElementsAre("cat.jpg"));
  EXPECT_TRUE(FailsWith(Restore(Path("photos/cat.jpg")).status(), Reason::kArgumentInvalid, "",
                        "is no folder"));
  EXPECT_TRUE(FailsWith(Restore(Path("missing/data")).status(), Reason::kArgumentInvalid, "",
                        "the folder that it is to lie in is missing"));
  EXPECT_TRUE(
      FailsWith(Restore(directory_).status(), Reason::kArgumentInvalid, "", "is not empty"));
}

TEST_F(RestoreTest, LeavesNothingWhereItIsCancelled) {
  Fill();
  Create();
  std::filesystem::create_directory(Path("empty"));
  // How often it is asked: before the copy and within it, each release, the ledger, before the
  // rename.
  std::atomic<int> asked = 0;
  RestoreOptions options;
  options.hooks.cancelled = [&] { return ++asked < 0; };
  ASSERT_TRUE(RestoreBackup(folder(), Path("whole"), options).ok());
  const int all = asked;
  EXPECT_GT(all, 20);
  for (const int steps : {0, 1, all / 2, all - 6, all - 4, all - 3, all - 2, all - 1}) {
    for (const char* name : {"missing", "empty"}) {
      asked = 0;
      options.hooks.cancelled = [&] { return asked++ >= steps; };
      const auto restored = RestoreBackup(folder(), Path(name), options);
      EXPECT_TRUE(FailsWith(restored.status(), Reason::kCancelled, "", "is as it was"));
      EXPECT_EQ(std::filesystem::exists(Path(name)), name == std::string("empty"));
      EXPECT_THAT(FilesIn(Path(name)), IsEmpty());
    }
  }
}

TEST_F(RestoreTest, TakesUpWhatAKilledOneLeft) {
  Create();
  std::filesystem::create_directories(Path("killed/unfinished/db"));
  WriteAll(Path("killed/unfinished/db/000009.sst"), "half");
  const auto restored = Restore(Path("killed"));
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(ContentsOf(Path("killed")), OwnContents());
  EXPECT_FALSE(std::filesystem::exists(Path("killed/unfinished")));
  // Not beside anything else.
  std::filesystem::create_directories(Path("more/unfinished"));
  WriteAll(Path("more/cat.jpg"), "");
  EXPECT_TRUE(FailsWith(Restore(Path("more")).status(), Reason::kArgumentInvalid, "", "cat.jpg"));
}

TEST_F(RestoreTest, KeepsNothingOfADryRun) {
  Fill();
  Create();
  RestoreOptions options;
  options.dry_run = true;
  std::vector<std::string> steps;
  options.hooks.progress = [&](absl::string_view step) { steps.emplace_back(step); };
  const auto checked = RestoreBackup(folder(), Path("restored"), options);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->check.releases, 3);
  EXPECT_EQ(steps.size(), 6);
  EXPECT_FALSE(std::filesystem::exists(Path("restored")));
}

// One byte of any file: found, or of no consequence. With CODESET_FLIPS=N, N places of each file.
TEST_F(RestoreTest, FindsAFlippedByte) {
  Fill();
  Create();
  const Contents before = OwnContents();
  const char* flips = std::getenv("CODESET_FLIPS");
  size_t wanted = 0;
  ASSERT_TRUE(flips == nullptr || absl::SimpleAtoi(flips, &wanted));
  int found = 0;
  for (const std::string& name : FilesIn(folder())) {
    const std::string path = absl::StrCat(folder(), "/", name);
    const std::string bytes = ReadAll(path);
    const bool data =
        absl::StartsWith(name, "shared_checksum/") || absl::StartsWith(name, "private/");
    // More of what describes the backup, since the engine has no checksum of it.
    const size_t places = wanted > 0 ? wanted : (name == "meta/1" ? 40 : 1);
    const size_t step = bytes.size() / places + 1;
    for (size_t at = step / 2; at < bytes.size(); at += step) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x01);
      WriteAll(path, flipped);
      if (data) {
        EXPECT_TRUE(
            FailsWith(VerifyBackup(folder(), 1).status(), Reason::kDataDamaged, "", "backup 1"))
            << name << " " << at;
      }
      const absl::Status restored = Restore(Path("restored"), 1).status();
      if (restored.ok()) {
        EXPECT_FALSE(data) << name << " " << at;
        EXPECT_EQ(ContentsOf(Path("restored")), before) << name << " " << at;
      } else {
        ++found;
        EXPECT_FALSE(std::filesystem::exists(Path("restored"))) << name << " " << at;
      }
      std::filesystem::remove_all(Path("restored"));
    }
    WriteAll(path, bytes);
  }
  EXPECT_GT(found, 40);
  EXPECT_TRUE(Restore(Path("restored"), 1).ok());
}

TEST_F(RestoreTest, HoldsWhatItRestoredAgainstTheRecord) {
  Fill();
  const v1::Backup right = Create().backup;
  const std::vector<std::pair<std::string, std::function<void(v1::Backup&)>>> cases = {
      {"", [](v1::Backup&) {}},
      {"releases", [](v1::Backup& b) { b.mutable_releases(1)->set_fingerprint("f"); }},
      {"releases", [](v1::Backup& b) { b.mutable_releases()->RemoveLast(); }},
      {"labels", [](v1::Backup& b) { b.set_labels(2); }},
      {"journals", [](v1::Backup& b) { b.set_journal_end(b.journal_end() + 1); }},
      {"numbers of pages of codes", [](v1::Backup& b) { b.set_pages(9); }},
      {"numbers of verifications", [](v1::Backup& b) { b.set_verifications(1); }},
  };
  for (const auto& [what, change] : cases) {
    v1::Backup record = right;
    change(record);
    CreateWith(record);
    const absl::Status status = Restore(Path("restored")).status();
    if (what.empty()) {
      EXPECT_TRUE(status.ok()) << status;
      std::filesystem::remove_all(Path("restored"));
    } else {
      EXPECT_TRUE(FailsWith(status, Reason::kDataDamaged, "", what + " differ")) << what;
    }
    EXPECT_FALSE(std::filesystem::exists(Path("restored")));
  }
}

TEST_F(RestoreTest, HasADirectoryToItself) {
  Fill();
  Create();
  std::filesystem::create_directory(Path("restored"));
  RestoreOptions first;
  absl::Status second;
  first.hooks.progress = [&](absl::string_view step) {
    if (step != "keeping what was restored") return;
    second = NewDirectory::Prepare(Path("restored")).status();
  };
  const auto restored = RestoreBackup(folder(), Path("restored"), first);
  EXPECT_TRUE(FailsWith(second, Reason::kDataDirectoryLocked, "",
                        "is being restored or migrated by another process"));
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->check.releases, 3);
  EXPECT_TRUE(Store::Open(Path("restored"), {}).ok());
  // Nor is what is there removed by one that was refused.
  EXPECT_TRUE(FailsWith(NewDirectory::Prepare(Path("restored")).status(), Reason::kArgumentInvalid,
                        "", "is not empty"));
  EXPECT_TRUE(Store::Open(Path("restored"), {}).ok());
}

TEST_F(RestoreTest, LeavesNothingOfADirectoryThatCannotBeKept) {
  std::filesystem::create_directory(Path("new"));
  {
    auto made = NewDirectory::Prepare(Path("new"));
    ASSERT_TRUE(made.ok()) << made.status();
    // There is no database to go with it.
    WriteAll(made->staging() + "/GENERATION", "1");
    EXPECT_TRUE(FailsWith(made->Keep(), Reason::kStorageFailed, "", "/db"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(Path("new")));
  {
    auto made = NewDirectory::Prepare(Path("new"));
    ASSERT_TRUE(made.ok()) << made.status();
    WriteAll(made->staging() + "/GENERATION", "1");
    std::filesystem::create_directory(made->staging() + "/db");
    // Somebody else's.
    std::filesystem::create_directory(Path("new/db"));
    WriteAll(Path("new/GENERATION"), "2");
    EXPECT_TRUE(FailsWith(made->Keep(), Reason::kArgumentInvalid, "", "by another process"));
  }
  EXPECT_EQ(ReadAll(Path("new/GENERATION")), "2");
}

TEST_F(RestoreTest, ClearsAwayWhatOneThatWasKilledWhenItWasKeptLeft) {
  Create();
  ASSERT_TRUE(Restore(Path("restored")).ok());
  std::filesystem::create_directory(Path("restored/unfinished"));
  EXPECT_TRUE(Store::Open(Path("restored"), {}).ok());
  EXPECT_FALSE(std::filesystem::exists(Path("restored/unfinished")));
}

TEST_F(RestoreTest, NamesAFormatThatItDoesNotKnow) {
  v1::Backup record = Create().backup;
  record.set_data_format("2");
  record.set_server_version("3.0");
  CreateWith(record);
  const absl::Status status = Restore(Path("restored")).status();
  EXPECT_TRUE(FailsWith(status, Reason::kFormatUnsupported, "backup 2 has data format 2",
                        "reads format 1: restore it with the version that made it, codesetd 3.0"));
  EXPECT_EQ(model::FactsOf(status)["format"], "2");
  EXPECT_FALSE(std::filesystem::exists(Path("restored")));
}

// The files are what was backed up, and what was backed up does not verify.
TEST_F(RestoreTest, RefusesWhatWasDamagedBeforeItWasBackedUp) {
  Fill();
  const model::Digest digest = ledger().Find("G36")->digest;
  Put(Family::kReferences, digest.view(), "something else");
  Reopen();
  Create();
  EXPECT_TRUE(VerifyBackup(folder(), 0).ok());
  EXPECT_TRUE(FailsWith(Restore(Path("restored")).status(), Reason::kDataDamaged,
                        "backup 1 of folder", "the content of revision 1 of the page of G36"));
  EXPECT_FALSE(std::filesystem::exists(Path("restored")));
}

}  // namespace
}  // namespace codeset::store
