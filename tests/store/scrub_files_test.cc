// Scrubs of the database's files: every byte of tables, files of blobs and the manifest is proved,
// whether or not anything that is asked for lies there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "storage/store/file_check.h"
#include "storage/store/scrub.h"
#include "tests/store/ledger_fixture.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class ScrubFilesTest : public LedgerTest {
 protected:
  ScrubFilesTest() {
    EXPECT_TRUE(Publish(WithSources("2027", {"one", "shared"})).ok());
    EXPECT_TRUE(Publish(WithSources("2028", {"shared"})).ok());
    Import({Page("G35", "a"), Page("G36", std::string(2000, 'b'))});
    AwaitMerges();
  }

  // With sources of some size, which go to a file of blobs together.
  static Publication WithSources(const std::string& id, const std::vector<std::string>& names) {
    Publication publication = Release(id, Old());
    for (const std::string& name : names) {
      publication.sources.push_back({name, std::string(5000, name.front())});
    }
    return publication;
  }

  // Flips a bit of the byte at a place, counted from the end where it is negative.
  static void Flip(const std::string& path, int64_t place) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    char& byte =
        bytes[place < 0 ? bytes.size() + static_cast<size_t>(place) : static_cast<size_t>(place)];
    byte = static_cast<char>(byte ^ 4);
    // In its place, as a disk would: the database has it open.
    std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << bytes;
  }

  // The messages of what is found damaged in files.
  std::vector<std::string> DamagedFiles() {
    std::vector<std::string> messages;
    const auto report = store_->Scrub({});
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return messages;
    for (const v1::ScrubFinding& finding : report->findings()) {
      if (finding.subject() != v1::SCRUB_SUBJECT_FILE) continue;
      EXPECT_FALSE(finding.remedy().empty());
      messages.push_back(finding.message());
    }
    return messages;
  }
};

TEST_F(ScrubFilesTest, ComputesChecksumsAsRocksDbDoes) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST_F(ScrubFilesTest, ReadsEveryFileAndFindsNothingWhereNothingIsDamaged) {
  const std::vector<std::string> tables = Files("", ".sst"), blobs = Files("", ".blob");
  ASSERT_THAT(tables, ::testing::Not(IsEmpty()));
  ASSERT_THAT(blobs, ::testing::Not(IsEmpty()));
  int64_t before = 0, size = 0;
  ScrubOptions options;
  options.progress = [&](const v1::ScrubProgress& progress) {
    if (progress.step() != "files of the database") before = progress.bytes_read();
  };
  const auto report = store_->Scrub(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->findings(), IsEmpty()) << report->DebugString();
  // The manifest and CURRENT too.
  EXPECT_EQ(report->files(), static_cast<int>(tables.size() + blobs.size() + 2));
  for (const auto& files : {tables, blobs, Files("MANIFEST", "")}) {
    for (const std::string& file : files) size += static_cast<int64_t>(fs::file_size(file));
  }
  // They count for the rate.
  EXPECT_GE(report->bytes_read() - before, size);
}

TEST_F(ScrubFilesTest, TellsOfEveryFileThatIsDamagedNotOfTheFirstAlone) {
  std::vector<std::string> files = Files("", ".sst");
  for (const std::string& file : files) Flip(file, 10);
  for (const std::string& file : Files("", ".blob")) {
    Flip(file, 100);
    files.push_back(file);
  }
  files.push_back(Files("MANIFEST", "").at(0));
  Flip(files.back(), -1);
  const std::vector<std::string> found = DamagedFiles();
  EXPECT_EQ(found.size(), files.size());
  for (const std::string& file : files) {
    EXPECT_THAT(found, Contains(HasSubstr(fs::path(file).filename().string()))) << file;
  }
  EXPECT_THAT(found, Contains(HasSubstr("catalog")));
}

TEST_F(ScrubFilesTest, LooksAtWhatNothingNamesAnyMore) {
  // What is left of `one` lies beside `shared`, in the first file of blobs.
  ASSERT_TRUE(store_->Delete("2027").ok());
  AwaitMerges();
  const std::vector<std::string> blobs = Files("", ".blob");
  for (const std::string& file : blobs) {
    ASSERT_TRUE(ProveBlobFile(*rocksdb::Env::Default(), file).ok()) << file;
    // Any byte of it but those of its family's number; the value's compressed bytes too.
    const auto size = static_cast<int64_t>(fs::file_size(file));
    for (int64_t place = 0; place < size; ++place) {
      if (place >= 8 && place < 12) continue;
      Flip(file, place);
      ASSERT_TRUE(ProveBlobFile(*rocksdb::Env::Default(), file).IsCorruption()) << place;
      Flip(file, place);
    }
  }
  EXPECT_THAT(DamagedFiles(), IsEmpty());
  for (const std::string& file : blobs) Flip(file, 70);
  EXPECT_EQ(DamagedFiles().size(), blobs.size());
}

TEST_F(ScrubFilesTest, FindsEveryFlippedByteOfAManifest) {
  const std::string manifest = Files("MANIFEST", "").at(0);
  const uint64_t size = fs::file_size(manifest);
  ASSERT_TRUE(ProveManifest(*rocksdb::Env::Default(), manifest, size).ok());
  for (uint64_t place = 0; place < size; ++place) {
    Flip(manifest, static_cast<int64_t>(place));
    ASSERT_TRUE(ProveManifest(*rocksdb::Env::Default(), manifest, size).IsCorruption()) << place;
    Flip(manifest, static_cast<int64_t>(place));
  }
  EXPECT_TRUE(ProveManifest(*rocksdb::Env::Default(), manifest, size - 1).IsCorruption());
  EXPECT_TRUE(ProveManifest(*rocksdb::Env::Default(), manifest, size + 1).IsCorruption());
}

// The ends of files have bytes of which no checksum in them is: of a table's footer, and of the
// header of a file of blobs.
TEST_F(ScrubFilesTest, FindsEveryFlippedByteOfTheEndsOfFiles) {
  for (const auto& [file, first, last] :
       {std::tuple(Files("", ".sst").at(0), -53, 0), std::tuple(Files("", ".blob").at(0), 0, 30)}) {
    for (int place = first; place < last; ++place) {
      Flip(file, place);
      EXPECT_THAT(DamagedFiles(), ElementsAre(HasSubstr(fs::path(file).filename().string())))
          << place;
      Flip(file, place);
    }
  }
}

TEST_F(ScrubFilesTest, TellsOfACurrentThatNamesAnotherManifest) {
  const std::string current = directory_ + "/db/CURRENT";
  for (const int place : {0, -2, -1}) {
    Flip(current, place);
    EXPECT_THAT(DamagedFiles(), ElementsAre(HasSubstr("CURRENT"))) << place;
    Flip(current, place);
  }
  EXPECT_THAT(DamagedFiles(), IsEmpty());
}

TEST_F(ScrubFilesTest, TellsOfAFileThatIsMissing) {
  const std::string table = Files("", ".sst").at(0);
  fs::rename(table, table + ".away");
  EXPECT_THAT(DamagedFiles(),
              ElementsAre(HasSubstr(fs::path(table).filename().string() + " is missing")));
  fs::rename(table + ".away", table);
}

TEST_F(ScrubFilesTest, IsGivenUpWithinAFile) {
  ScrubOptions options;
  int asked = 0;
  bool in_files = false;
  options.progress = [&](const v1::ScrubProgress& progress) {
    in_files = progress.step() == "files of the database";
  };
  // Not at the first file's begin, and long before the last one.
  options.cancelled = [&] { return in_files && ++asked == 3; };
  EXPECT_EQ(ReasonOf(store_->Scrub(options).status()), Reason::kCancelled);
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace codeset::store
