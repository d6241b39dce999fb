// A disk that is full, or fails: a clear error, what is loaded goes on being answered, nothing is
// visible by halves, and when the disk is sound again the store goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/match.h"
#include "rocksdb/env.h"
#include "storage/store/backup.h"
#include "storage/store/database_stats.h"
#include "tests/store/store_model.h"
#include "tests/support/faulty_file_system.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using testing::Fault;
using ::testing::HasSubstr;

class FaultyStoreTest : public ::testing::Test {
 protected:
  FaultyStoreTest() {
    char name[] = "/tmp/codeset-fault-XXXXXX";
    directory_ = mkdtemp(name);
    Reopen();
  }
  ~FaultyStoreTest() override {
    files_->Heal();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Reopen() {
    store_.reset();
    StoreOptions options;
    options.env = &env_;
    absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(directory_, options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  std::shared_ptr<testing::FaultyFileSystem> files_ = std::make_shared<testing::FaultyFileSystem>();
  testing::FaultyEnv env_{files_};
  std::string directory_;
  std::unique_ptr<Store> store_;
};

class StoreFaultTest : public FaultyStoreTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(StoreFaultTest, SaysSoGoesOnAnsweringAndRecovers) {
  std::mt19937_64 random(static_cast<uint64_t>(GetParam()) + 1);
  StoreFacts facts;
  int failed = 0, restarts = 0;
  for (int number = 0; number < 60; ++number) {
    const Change change = RandomChange(random, facts, number);
    SCOPED_TRACE(absl::StrCat(change.name, " ", number, ", from ", Describe(facts)));
    files_->FailAfter(GetParam(), static_cast<int64_t>(random() % 40));
    const absl::Status status = change.make(*store_);
    const bool wrote = GetParam() != Fault::kRead;
    if (IsStorageError(status)) {
      ++failed;
      if (GetParam() == Fault::kNoSpace) {
        EXPECT_EQ(ReasonOf(status), Reason::kStorageFull) << status;
        EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
      }
    }
    // While the disk is as it is: all or nothing of it is to be seen.
    if (wrote) {
      const absl::StatusOr<StoreFacts> now = FactsOf(*store_);
      ASSERT_TRUE(now.ok()) << now.status();
      if (status.ok()) {
        ASSERT_EQ(*now, change.after);
      } else if (!IsStorageError(status) || *now != change.after) {
        ASSERT_EQ(*now, facts) << status;
      }
    }
    files_->Heal();
    // Asked again, it is made, and not twice.
    if (IsStorageError(status)) {
      absl::StatusOr<StoreFacts> before = FactsOf(*store_);
      ASSERT_TRUE(before.ok()) << before.status();
      absl::Status again = change.make(*store_);
      // It may have hit RocksDB where it takes no further write; it says so.
      EXPECT_EQ(StatsOf(directory_)->writes_stopped,
                absl::StrContains(again.message(), "restart the server"));
      if (IsStorageError(again)) {
        EXPECT_THAT(std::string(again.message()), HasSubstr("restart the server"));
        ++restarts;
        Reopen();
        // What was not acknowledged may have been in the log.
        before = FactsOf(*store_);
        ASSERT_TRUE(before.ok()) << before.status();
        again = change.make(*store_);
        ASSERT_FALSE(IsStorageError(again)) << again << ", after " << status;
      }
      if (again.ok() || *before == change.after) facts = change.after;
    } else if (status.ok()) {
      facts = change.after;
    }
    const absl::StatusOr<StoreFacts> healed = FactsOf(*store_);
    ASSERT_TRUE(healed.ok()) << healed.status();
    // A page that is imported once more gets no further revision.
    ASSERT_EQ(*healed, facts) << status;
    if (number % 5 != 4) continue;
    Reopen();
    const absl::StatusOr<StoreFacts> reopened = FactsOf(*store_);
    ASSERT_TRUE(reopened.ok()) << reopened.status();
    ASSERT_EQ(*reopened, facts);
  }
  // Else the test says nothing.
  EXPECT_GT(failed, 5);
  std::cout << failed << " changes failed, " << restarts << " needed a restart" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(Faults, StoreFaultTest,
                         ::testing::Values(Fault::kNoSpace, Fault::kWrite, Fault::kSync,
                                           Fault::kRead));

TEST_F(FaultyStoreTest, ChangesNothingOnADiskThatIsAlmostFull) {
  ASSERT_TRUE(store_->Publish(PublicationOf("2025")).ok());
  files_->SetFreeSpace(uint64_t{15} << 20);
  const auto refused = store_->SetLabel("prod", "2025", true, "ann");
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kStorageFull);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("15360 KiB left"));
  EXPECT_EQ(ReasonOf(store_->Publish(PublicationOf("2026")).status()), Reason::kStorageFull);
  const absl::StatusOr<StoreFacts> facts = FactsOf(*store_);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(Describe(*facts),
            "1 events; releases 2025; labels; held back; pages; verifications; usage");
  files_->SetFreeSpace(uint64_t{17} << 20);
  EXPECT_TRUE(store_->SetLabel("prod", "2025", true, "ann").ok());
}

TEST_F(FaultyStoreTest, RollsALabelBackOnceHoweverOftenThatIsAsked) {
  ASSERT_TRUE(store_->Publish(PublicationOf("2025")).ok());
  ASSERT_TRUE(store_->Publish(PublicationOf("2026")).ok());
  int made = 0;
  for (int operations = 0; operations < 30; ++operations) {
    ASSERT_TRUE(store_->SetLabel("prod", "2025", true, "ann").ok());
    ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "ann").ok());
    const uint64_t events = store_->journal_end();
    files_->FailAfter(Fault::kNoSpace, operations);
    const absl::Status first = store_->RollbackLabel("prod", "bob").status();
    files_->Heal();
    if (!first.ok()) {
      if (store_->catalog()->FindLabel("prod")->release_id() == "2025") ++made;
      auto again = store_->RollbackLabel("prod", "bob");
      if (absl::StrContains(again.status().message(), "repeat the call")) {
        // What failed before the disk had room again is told to whoever comes next.
        again = store_->RollbackLabel("prod", "bob");
      }
      if (IsStorageError(again.status())) {
        // Where the manifest met the end of the disk; then the caller says from where.
        EXPECT_THAT(std::string(again.status().message()), HasSubstr("restart the server"));
        Reopen();
        again = store_->RollbackLabel("prod", "bob", "2026");
      }
      ASSERT_TRUE(again.ok()) << again.status();
      EXPECT_EQ(again->release_id(), "2025");
    }
    EXPECT_EQ(store_->catalog()->FindLabel("prod")->release_id(), "2025") << operations;
    EXPECT_EQ(store_->journal_end(), events + 1) << operations;
    // RocksDB may have failed beside it too. The one after is another one.
    Reopen();
    const auto forth = store_->RollbackLabel("prod", "bob");
    ASSERT_TRUE(forth.ok()) << forth.status();
    EXPECT_EQ(forth->release_id(), "2026");
  }
  // Else the test says nothing.
  EXPECT_GT(made, 3);
}

TEST_F(FaultyStoreTest, MendsAFolderOfBackupsWhereThereIsRoom) {
  ASSERT_TRUE(store_->Publish(PublicationOf("2025")).ok());
  const std::string folder = directory_ + "-backups";
  std::filesystem::create_directory(folder);
  ASSERT_TRUE(store_->CreateBackup(folder, {}).ok());
  const auto copies = [&] {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder + "/shared_checksum")) {
      paths.push_back(entry.path());
    }
    return paths;
  };
  // A file of kept sources, which RocksDB does not merge with others meanwhile as it does tables.
  const std::vector<std::string> made_first = copies();
  const auto blob = std::find_if(made_first.begin(), made_first.end(), [](const std::string& path) {
    return std::filesystem::path(path).extension() == ".blob";
  });
  ASSERT_NE(blob, made_first.end());
  const std::string damaged = *blob;
  std::fstream(damaged, std::ios::binary | std::ios::in | std::ios::out) << "damage";
  int failed = 0;
  while (failed < 200) {
    files_->FailAfter(Fault::kNoSpace, failed);
    const absl::StatusOr<CreatedBackup> made = store_->CreateBackup(folder, {});
    files_->Heal();
    for (const std::string& path : copies())
      EXPECT_NE(std::filesystem::path(path).extension(), ".new");
    if (made.ok()) {
      // None where the one before failed when it had mended the file.
      EXPECT_LE(made->mended, 1);
      break;
    }
    EXPECT_EQ(ReasonOf(made.status()), Reason::kStorageFailed) << made.status();
    EXPECT_THAT(std::string(made.status().message()), HasSubstr("the disk is full"));
    ++failed;
  }
  EXPECT_GT(failed, 5);
  EXPECT_LT(failed, 200);
  std::string begin(6, '\0');
  std::ifstream(damaged, std::ios::binary).read(begin.data(), 6);
  EXPECT_NE(begin, "damage");
  std::filesystem::remove_all(folder);
}

TEST_F(FaultyStoreTest, SyncsTheFoldersThatADataDirectoryIsMadeIn) {
  StoreOptions options;
  options.env = &env_;
  const std::string deep = directory_ + "/made/for/it";
  ASSERT_TRUE(Store::Open(deep, options).ok());
  for (const std::string& folder :
       {deep, directory_ + "/made/for", directory_ + "/made", directory_}) {
    EXPECT_THAT(files_->synced_folders(), ::testing::Contains(folder));
  }
}

TEST_F(FaultyStoreTest, BeginsNoLoadWithoutRoom) {
  EXPECT_TRUE(store_->CheckRoom(1000).ok());
  const absl::Status status = store_->CheckRoom(size_t{1} << 60);
  EXPECT_EQ(ReasonOf(status), Reason::kStorageFull);
  const model::ErrorFacts facts = model::FactsOf(status);
  EXPECT_EQ(facts.at("needed_bytes"), std::to_string((uint64_t{1} << 61) + (64 << 20)));
  EXPECT_GT(std::stoull(facts.at("free_bytes")), 0u);
}

}  // namespace
}  // namespace codeset::store
