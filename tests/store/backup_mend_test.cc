// Files that are damaged in the data directory or in a folder of backups: what rots is not backed
// up, and what rotted is mended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "tests/store/backup_fixture.h"
#include "tests/support/status_is.h"

namespace codeset::store {
namespace {

using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::IsEmpty;

TEST_F(BackupTest, IsNotBlockedByADamagedFileThatItSharesAndMendsIt) {
  Fill();
  Create();
  // One flipped byte in every file that is shared, behind whose names nobody looks.
  int damaged = 0;
  for (const std::string& file : FilesIn(folder() + "/shared_checksum")) {
    const std::string path = folder() + "/shared_checksum/" + file;
    std::string bytes = ReadAll(path);
    bytes[bytes.size() / 2] ^= 1;
    WriteAll(path, bytes);
    ++damaged;
  }
  ASSERT_GT(damaged, 5);
  EXPECT_TRUE(FailsWith(VerifyBackup(folder(), 1).status(), Reason::kDataDamaged, "", ""));
  const CreatedBackup made = Create();
  EXPECT_EQ(made.backup.number(), 2);
  EXPECT_EQ(made.mended, damaged);
  // The older one is whole again.
  for (const uint32_t number : {1, 2}) {
    EXPECT_TRUE(VerifyBackup(folder(), number).ok()) << number;
    EXPECT_TRUE(Restore(Path("restored"), number).ok()) << number;
    std::filesystem::remove_all(Path("restored"));
  }
  EXPECT_EQ(Create().mended, 0);
}

// What rots between its writing and its first backup would otherwise be backed up as it is.
TEST_F(BackupTest, TakesNoFileThatIsNotAsItWasWritten) {
  Create();
  Fill();
  AwaitMerges();
  for (const std::string extension : {".sst", ".blob"}) {
    // The newest, which no backup has.
    const std::vector<std::string> files = Files("", extension);
    const std::string newest = *std::max_element(files.begin(), files.end());
    const std::string sound = ReadAll(newest);
    std::string bytes = sound;
    bytes[bytes.size() / 2] ^= 1;
    const auto put = [&](const std::string& content) {
      std::fstream(newest, std::ios::binary | std::ios::in | std::ios::out) << content;
    };
    put(bytes);
    EXPECT_TRUE(FailsWith(store_->CreateBackup(folder(), options_).status(), Reason::kDataDamaged,
                          "no backup was made", "codesetctl scrub"));
    EXPECT_THAT(Numbers(*ListBackups(folder())), ElementsAre(1));
    EXPECT_TRUE(VerifyBackup(folder(), 1).ok());
    put(sound);
  }
  EXPECT_EQ(Create().backup.number(), 2);
}

// Files of before checksums were recorded are taken as they are, and go on being read.
TEST_F(BackupTest, TakesFilesWithoutARecordedChecksum) {
  Fill();
  store_.reset();
  {
    rocksdb::DBOptions options;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (int i = 0; i < kFamilyCount; ++i) {
      families.emplace_back(std::string(FamilyName(static_cast<Family>(i))),
                            rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, directory_ + "/db", families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    ASSERT_TRUE(db->Put(rocksdb::WriteOptions(), handles[0], ToSlice(NothingKey()), "").ok());
    ASSERT_TRUE(db->Flush(rocksdb::FlushOptions(), handles[0]).ok());
    for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  }
  Reopen();
  Create();
  const auto report = store_->Scrub({});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->findings(), IsEmpty()) << report->DebugString();
  EXPECT_TRUE(Restore(Path("restored")).ok());
}

TEST_F(BackupTest, DoesNotMendAFileFromADatabaseThatIsDamagedItself) {
  Fill();
  Create();
  const std::string shared = folder() + "/shared_checksum/";
  std::map<std::string, std::string> before;
  for (const std::string& file : FilesIn(shared)) before[file] = ReadAll(shared + file);
  // The same files of the database; the folder's are sound.
  for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/db")) {
    if (entry.path().extension() != ".sst" && entry.path().extension() != ".blob") continue;
    std::string bytes = ReadAll(entry.path());
    bytes[bytes.size() / 2] ^= 1;
    std::fstream(entry.path(), std::ios::binary | std::ios::in | std::ios::out) << bytes;
  }
  store_->CreateBackup(folder(), options_).status().IgnoreError();
  for (const auto& [file, bytes] : before) EXPECT_EQ(ReadAll(shared + file), bytes) << file;
  EXPECT_TRUE(VerifyBackup(folder(), 1).ok());
}

// A sound copy of a file that is damaged in the database neither keeps others from being mended nor
// is given up for the damaged one.
TEST_F(BackupTest, MendsWhatIsDamagedAndLeavesWhatIsSound) {
  Fill();
  AwaitMerges();
  Create();
  const std::string shared = folder() + "/shared_checksum/";
  std::vector<std::string> copies = FilesIn(shared);
  std::sort(copies.begin(), copies.end());
  ASSERT_GT(copies.size(), 5);
  std::map<std::string, std::string> before;
  for (size_t i = 0; i < copies.size(); ++i) {
    before[copies[i]] = ReadAll(shared + copies[i]);
    // The first half in the folder, the other in the database; the first of all in both.
    std::string bytes = before[copies[i]];
    bytes[10] ^= 1;
    if (i < copies.size() / 2) WriteAll(shared + copies[i], bytes);
    if (i > 0 && i < copies.size() / 2) continue;
    const std::filesystem::path name(copies[i]);
    std::fstream(
        directory_ + "/db/" + copies[i].substr(0, copies[i].find('_')) + name.extension().string(),
        std::ios::binary | std::ios::in | std::ios::out)
        << bytes;
  }
  EXPECT_TRUE(FailsWith(store_->CreateBackup(folder(), options_).status(), Reason::kDataDamaged,
                        "no backup was made", "and so is the folder's older copy"));
  for (size_t i = 1; i < copies.size(); ++i) {
    EXPECT_EQ(ReadAll(shared + copies[i]), before[copies[i]]) << copies[i];
  }
}

TEST_F(BackupTest, CanBeCancelledWhileItMends) {
  Fill();
  Create();
  const std::string shared = folder() + "/shared_checksum/";
  for (const std::string& file : FilesIn(shared)) {
    std::string bytes = ReadAll(shared + file);
    bytes[bytes.size() / 2] ^= 1;
    WriteAll(shared + file, bytes);
  }
  const auto unfinished = [&] {
    const std::vector<std::string> files = FilesIn(shared);
    return std::any_of(files.begin(), files.end(), [](const std::string& file) {
      return std::filesystem::path(file).extension() == ".new";
    });
  };
  std::atomic<bool> mending = false;
  options_.cancelled = [&] {
    if (unfinished()) mending = true;
    return mending.load();
  };
  EXPECT_TRUE(
      FailsWith(store_->CreateBackup(folder(), options_).status(), Reason::kCancelled, "", ""));
  EXPECT_TRUE(mending);
  EXPECT_FALSE(unfinished());
  EXPECT_THAT(Numbers(*ListBackups(folder())), ElementsAre(1));
}

}  // namespace
}  // namespace codeset::store
