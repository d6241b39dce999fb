// Making, listing and checking backups.
#include "storage/store/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/store/backup_folder.h"
#include "tests/store/backup_fixture.h"
#include "tests/support/status_is.h"

namespace codeset::store {
namespace {

using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::IsEmpty;

TEST_F(BackupTest, RecordsWhatIsInIt) {
  Fill();
  const CreatedBackup made = Create();
  const v1::Backup& backup = made.backup;
  EXPECT_EQ(backup.number(), 1);
  EXPECT_EQ(backup.created_at(), "2026-11-23T17:00:00Z");
  EXPECT_EQ(backup.server_version(), "9.8.7");
  EXPECT_EQ(backup.data_format(), "1");
  EXPECT_EQ(backup.data_id(), store_->journal_id());
  EXPECT_EQ(backup.journal_end(), store_->journal_end());
  EXPECT_EQ(backup.labels(), 1);
  EXPECT_EQ(backup.pages(), 2);
  EXPECT_EQ(backup.verifications(), 2);
  ASSERT_EQ(backup.releases_size(), 3);
  EXPECT_EQ(backup.releases(2).id(), "2027");
  EXPECT_EQ(backup.releases(2).effective_date(), "2026-10-01");
  EXPECT_EQ(backup.releases(2).fingerprint(),
            store_->catalog()->Find("2027")->entry.release().fingerprint());
  // The kept source alone has a million bytes that do not compress.
  EXPECT_GT(backup.bytes(), 1 << 20);
  EXPECT_GE(made.bytes_added, backup.bytes());

  const auto list = ListBackups(folder());
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->backups.size(), 1);
  EXPECT_EQ(list->backups[0].SerializeAsString(), backup.SerializeAsString());
  EXPECT_THAT(list->damaged, IsEmpty());
  EXPECT_GE(list->folder_bytes, made.bytes_added);
  const auto verified = VerifyBackup(folder(), 0);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->SerializeAsString(), backup.SerializeAsString());
}

TEST_F(BackupTest, AddsWhatIsNewAlone) {
  Fill();
  const CreatedBackup first = Create();
  ASSERT_TRUE(store_->SetLabel("test", "2025", false, "ann").ok());
  const CreatedBackup second = Create();
  EXPECT_GT(first.bytes_added, 1 << 20);
  EXPECT_LT(second.bytes_added, 200 << 10);
  EXPECT_GT(second.backup.bytes(), 1 << 20);
  EXPECT_EQ(second.backup.labels(), 2);
  // Also where the directory was closed meanwhile, which makes files of logs.
  Reopen();
  EXPECT_LT(Create().bytes_added, 200 << 10);
  EXPECT_THAT(Numbers(*ListBackups(folder())), ElementsAre(1, 2, 3));
}

TEST_F(BackupTest, KeepsTheNewestWhereAsked) {
  Fill();
  Create();
  ASSERT_TRUE(Publish(Release("2028", Old())).ok());
  Create();
  Create();
  options_.keep = 2;
  const CreatedBackup fourth = Create();
  EXPECT_EQ(fourth.backup.number(), 4);
  EXPECT_THAT(fourth.deleted, ElementsAre(1, 2));
  EXPECT_THAT(Numbers(*ListBackups(folder())), ElementsAre(3, 4));
  EXPECT_TRUE(VerifyBackup(folder(), 3).ok());
  EXPECT_TRUE(VerifyBackup(folder(), 4).ok());
  EXPECT_TRUE(FailsWith(VerifyBackup(folder(), 1).status(), Reason::kBackupNotFound, "",
                        "has no backup 1"));
  EXPECT_TRUE(Restore(Path("restored")).ok());
}

TEST_F(BackupTest, IsMadeAlsoWhereOlderOnesCannotBeDeleted) {
  Create();
  options_.keep = 1;
  // When it is read back, what describes the first is in the way of its deletion.
  const std::string first = folder() + "/meta/1";
  std::atomic<bool> done = false;
  options_.cancelled = [&] {
    if (std::filesystem::exists(folder() + "/meta/2") && !done.exchange(true)) {
      std::filesystem::remove(first);
      std::filesystem::create_directory(first);
    }
    return false;
  };
  const CreatedBackup made = Create();
  EXPECT_TRUE(done);
  EXPECT_EQ(made.backup.number(), 2);
  EXPECT_THAT(made.deleted, IsEmpty());
  EXPECT_TRUE(FailsWith(made.older_deleted, Reason::kStorageFailed, "the new backup is made",
                        "older ones could not be deleted"));
  std::filesystem::remove(first);
  EXPECT_TRUE(VerifyBackup(folder(), 2).ok());
}

TEST_F(BackupTest, ClearsAwayWhatOneThatWasCutOffHasLeft) {
  Fill();
  Create();
  const std::string left = folder() + "/shared_checksum/000099_sLEFT_4.sst";
  std::ofstream(left) << "part";
  Create();
  EXPECT_FALSE(std::filesystem::exists(left));
}

// A further one, whether it is made or not, would delete what no readable backup names.
TEST_F(BackupTest, LeavesWhatIsLeftOfADamagedOne) {
  Fill();
  Create();
  ASSERT_TRUE(Publish(Release("2028", Old())).ok());
  Create();
  const std::string current = folder() + "/private/2/CURRENT";
  const std::string content = ReadAll(current);
  std::filesystem::remove(current);
  const std::vector<std::string> before = FilesIn(folder());
  EXPECT_TRUE(FailsWith(store_->CreateBackup(folder(), options_).status(), Reason::kDataDamaged,
                        "no backup was made: backup 2 of folder",
                        "remove " + folder() + "/meta/2 and try again"));
  EXPECT_THAT(FilesIn(folder()), ::testing::UnorderedElementsAreArray(before));
  // It may be made whole, or be given up.
  WriteAll(current, content);
  EXPECT_TRUE(Restore(Path("restored"), 2).ok());
  std::filesystem::remove(current);
  std::filesystem::remove(folder() + "/meta/2");
  Create();
  EXPECT_TRUE(VerifyBackup(folder(), 0).ok());
  EXPECT_THAT((*ListBackups(folder())).damaged, IsEmpty());
}

// What was acknowledged before is in it, and what is in it is of one instant, while everything
// that writes does so as fast as it can.
TEST_F(BackupTest, IsOfOneInstantWhileEverythingWrites) {
  Fill();
  std::atomic<bool> stop = false;
  std::atomic<int> published = 0;
  std::thread loader([&] {
    for (int year = 2028; !stop && year < 2090; ++year) {
      Publication publication = Release(std::to_string(year), Old());
      publication.tabular = model::EncodeTabular(List());
      publication.sources = {{"noise", Noise(20'000, static_cast<unsigned>(year))}};
      EXPECT_TRUE(store_->Publish(publication).ok());
      ++published;
    }
  });
  std::thread verifier([&] {
    for (int i = 0; !stop; ++i) {
      EXPECT_TRUE(Record({Asked(absl::StrCat("w", i), "G36")}, "2026").ok());
      EXPECT_TRUE(store_->SetLabel("moving", i % 2 == 0 ? "2025" : "2026", true, "bea").ok());
      Import({Page("G36", absl::StrCat("words ", i))});
    }
  });
  for (int i = 0; i < 4; ++i) {
    const uint64_t events = store_->journal_end();
    const int releases = published;
    const CreatedBackup made = Create();
    EXPECT_GE(made.backup.journal_end(), events);
    EXPECT_GE(made.backup.releases_size(), 3 + releases);
    // Proves every page of every release, the ledger, and that they are what the record says.
    const auto restored = Restore(Path(absl::StrCat("restored", i)));
    EXPECT_TRUE(restored.ok()) << restored.status();
  }
  stop = true;
  loader.join();
  verifier.join();
  EXPECT_GT(published, 0);
}

TEST_F(BackupTest, CanBeCancelledAndThenLeavesNothing) {
  Fill();
  for (int after = 0; after < 3; ++after) {
    std::atomic<int> asked = 0;
    options_.cancelled = [&] { return asked++ >= after; };
    EXPECT_TRUE(FailsWith(store_->CreateBackup(folder(), options_).status(), Reason::kCancelled, "",
                          "the folder has no part of it"));
    const auto list = ListBackups(folder());
    ASSERT_TRUE(list.ok()) << list.status();
    EXPECT_THAT(list->backups, IsEmpty());
    EXPECT_LT(list->folder_bytes, 1000);
  }
  options_.cancelled = nullptr;
  EXPECT_EQ(Create().backup.releases_size(), 3);
  EXPECT_TRUE(Restore(Path("restored")).ok());
}

TEST_F(BackupTest, RefusesFoldersThatAreNotForIt) {
  const auto refused = [&](const std::string& path) {
    return store_->CreateBackup(path, options_).status();
  };
  EXPECT_TRUE(FailsWith(refused(""), Reason::kArgumentInvalid, "", "absolute path"));
  EXPECT_TRUE(FailsWith(refused("backups"), Reason::kArgumentInvalid, "", "absolute path"));
  EXPECT_TRUE(FailsWith(refused(Path("missing")), Reason::kArgumentInvalid, "",
                        "make it, or mount the disk"));
  WriteAll(Path("file"), "");
  EXPECT_TRUE(FailsWith(refused(Path("file")), Reason::kArgumentInvalid, "", "is no folder"));
  const std::string inside = directory_ + "/backups";
  std::filesystem::create_directory(inside);
  for (const std::string& path :
       {inside, directory_,
        directory_ + "/../" + std::filesystem::path(inside).parent_path().filename().string() +
            "/backups"}) {
    EXPECT_TRUE(
        FailsWith(refused(path), Reason::kArgumentInvalid, "", "lies in the data directory"));
  }
  std::filesystem::create_directory_symlink(inside, Path("link"));
  EXPECT_TRUE(
      FailsWith(refused(Path("link")), Reason::kArgumentInvalid, "", "lies in the data directory"));
  std::filesystem::create_directory(Path("photos"));
  WriteAll(Path("photos/cat.jpg"), "");
  EXPECT_TRUE(FailsWith(refused(Path("photos")), Reason::kArgumentInvalid, "",
                        "has no backups of Codeset in it, but cat.jpg"));
  EXPECT_THAT(FilesIn(Path("photos")), ElementsAre("cat.jpg"));
  // What stands at the root of a disk is no hindrance.
  std::filesystem::create_directory(folder() + "/lost+found");
  Create();

  const std::string mark = folder() + "/codeset-backups";
  EXPECT_EQ(ReadAll(mark), absl::StrCat("codeset-backups 1 ", store_->journal_id(), "\n"));
  WriteAll(mark, absl::StrCat("codeset-backups 1 ", std::string(32, '0'), "\n"));
  EXPECT_TRUE(
      FailsWith(refused(folder()), Reason::kArgumentInvalid, "", "of another data directory"));
  WriteAll(mark, absl::StrCat("codeset-backups 2 ", store_->journal_id(), "\n"));
  EXPECT_TRUE(FailsWith(refused(folder()), Reason::kFormatUnsupported, "",
                        "layout 2; this version reads layout 1"));
  EXPECT_TRUE(
      FailsWith(ListBackups(folder()).status(), Reason::kFormatUnsupported, "", "layout 2"));
  WriteAll(mark, "codeset");
  EXPECT_TRUE(FailsWith(refused(folder()), Reason::kDataDamaged, "", "codeset-backups is damaged"));
}

TEST_F(BackupTest, HasOneWriterAtATime) {
  Create();
  const auto lock = FolderLock::Take(*rocksdb::Env::Default(), folder());
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_TRUE(FailsWith(store_->CreateBackup(folder(), options_).status(),
                        Reason::kBackupInProgress, "", "is in use"));
  std::filesystem::create_directory_symlink(folder(), Path("link"));
  for (const std::string& name : {folder() + "/", root_ + "//backups", Path("link")}) {
    EXPECT_TRUE(FailsWith(store_->CreateBackup(name, options_).status(), Reason::kBackupInProgress,
                          "", "is in use"));
  }
  EXPECT_TRUE(FailsWith(VerifyBackup(folder(), 0).status(), Reason::kBackupInProgress, "", ""));
  EXPECT_TRUE(FailsWith(Restore(Path("restored")).status(), Reason::kBackupInProgress, "", ""));
  // What is being deleted would be listed as damaged.
  EXPECT_TRUE(FailsWith(ListBackups(folder()).status(), Reason::kBackupInProgress, "", ""));
}

TEST_F(BackupTest, CanBeCancelledWhileItIsRead) {
  Fill();
  Create();
  int asked = 0;
  const auto third = [&] { return ++asked > 2; };
  EXPECT_TRUE(FailsWith(VerifyBackup(folder(), 1, third).status(), Reason::kCancelled, "", ""));
  EXPECT_GT(asked, 2);
  // Within the step of copying, before which it is asked once.
  RestoreOptions options;
  bool copying = false;
  options.hooks.progress = [&](absl::string_view step) {
    copying = step.find("copying") != absl::string_view::npos;
  };
  options.hooks.cancelled = [&] { return copying; };
  EXPECT_TRUE(FailsWith(RestoreBackup(folder(), Path("restored"), options).status(),
                        Reason::kCancelled, "", ""));
  EXPECT_TRUE(copying);
  EXPECT_FALSE(std::filesystem::exists(Path("restored")));
  // While a new one is read back: it is none then.
  options_.cancelled = [&] { return std::filesystem::exists(folder() + "/meta/2"); };
  EXPECT_TRUE(
      FailsWith(store_->CreateBackup(folder(), options_).status(), Reason::kCancelled, "", ""));
  EXPECT_THAT(Numbers(*ListBackups(folder())), ElementsAre(1));
}

TEST_F(BackupTest, TellsFoldersWithoutBackups) {
  EXPECT_TRUE(FailsWith(ListBackups(folder()).status(), Reason::kArgumentInvalid, "",
                        "has no backups of Codeset"));
  EXPECT_TRUE(FailsWith(ListBackups("backups").status(), Reason::kArgumentInvalid, "", "absolute"));
  EXPECT_TRUE(FailsWith(VerifyBackup(Path("missing"), 0).status(), Reason::kArgumentInvalid, "",
                        "there is no folder"));
  Create();
  EXPECT_TRUE(
      FailsWith(VerifyBackup(folder(), 7).status(), Reason::kBackupNotFound, "", "no backup 7"));
  EXPECT_TRUE(FailsWith(Restore(Path("restored"), 7).status(), Reason::kBackupNotFound, "", ""));
}

TEST_F(BackupTest, TellsAFullDiskByItsName) {
  EXPECT_TRUE(FailsWith(FromBackupEngine(rocksdb::Status::NoSpace("/mnt/x"), "copying"),
                        Reason::kStorageFailed, "copying: the disk is full", "/mnt/x"));
  EXPECT_TRUE(FromBackupEngine(rocksdb::Status::OK(), "copying").ok());
}

// The newest is never replaced by an older one without a word.
TEST_F(BackupTest, TellsOfABackupThatIsMissingAFile) {
  Fill();
  Create();
  ASSERT_TRUE(Publish(Release("2028", Old())).ok());
  Create();
  std::filesystem::remove(folder() + "/private/2/CURRENT");
  const auto list = ListBackups(folder());
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT(Numbers(*list), ElementsAre(1));
  EXPECT_THAT(list->damaged, ElementsAre(2));
  for (const uint32_t number : {0, 2}) {
    EXPECT_TRUE(
        FailsWith(VerifyBackup(folder(), number).status(), Reason::kDataDamaged, "", "damaged"));
    EXPECT_TRUE(
        FailsWith(Restore(Path("restored"), number).status(), Reason::kDataDamaged, "", "damaged"));
  }
  EXPECT_FALSE(std::filesystem::exists(Path("restored")));
  EXPECT_TRUE(Restore(Path("restored"), 1).ok());
}

}  // namespace
}  // namespace codeset::store
