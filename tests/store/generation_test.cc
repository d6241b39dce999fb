// The generation: a directory that has lost acknowledged writes is refused, and left as it is.
#include "storage/store/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "rocksdb/env.h"
#include "tests/store/ledger_fixture.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

class GenerationTest : public LedgerTest {
 protected:
  std::string File() const { return GenerationFile(directory_); }

  uint64_t Number() {
    const auto generation = ReadGeneration(*rocksdb::Env::Default(), directory_);
    EXPECT_TRUE(generation.ok()) << generation.status();
    return generation->has_value() ? (*generation)->number : 0;
  }

  void WriteNumber(uint64_t number) {
    ASSERT_TRUE(WriteGeneration(*rocksdb::Env::Default(), directory_, {number, journal_id_}).ok());
  }

  // The bytes of the database's files by name, but for its own log and lock.
  std::map<std::string, std::string> Files() {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/db")) {
      const std::string name = entry.path().filename();
      if (name != "LOCK" && name.rfind("LOG", 0) != 0) files[name] = ReadFile(entry.path());
    }
    return files;
  }

  absl::Status TryOpen() {
    store_.reset();
    return Store::Open(directory_, {}).status();
  }

  const std::string journal_id_ = store_->journal_id();
};

TEST_F(GenerationTest, GoesUpWithEveryAcknowledgedChangeAndNoOther) {
  const uint64_t start = Number();
  ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "ann").ok());
  EXPECT_EQ(Number(), start + 1);
  ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "ann").ok());
  EXPECT_EQ(Number(), start + 1);
  Import({Page("G35", "a")});
  ASSERT_TRUE(Record({Asked("v1", "G35"), Asked("v2", "G35")}).ok());
  ASSERT_TRUE(ledger().SetUsage({{"G35", 3}}).ok());
  ASSERT_TRUE(store_->SetActivation("2026", "never", "ann").ok());
  ASSERT_TRUE(Publish(Release("2024", Old())).ok());
  ASSERT_TRUE(store_->Delete("2024").ok());
  EXPECT_EQ(Number(), start + 7);
  Reopen();
  EXPECT_EQ(Number(), start + 7);
}

TEST_F(GenerationTest, LeavesNothingThatWasAcknowledgedInTheLogAlone) {
  ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "ann").ok());
  Import({Page("G35", "a")});
  ASSERT_TRUE(Record({Asked("v1", "G35")}).ok());
  // The directory as it is at this moment, without what is in the logs.
  const std::string copy = directory_ + ".copy";
  std::filesystem::create_directories(copy + "/db");
  std::filesystem::copy_file(File(), GenerationFile(copy));
  for (const auto& [name, bytes] : Files()) {
    const bool log = std::filesystem::path(name).extension() == ".log";
    std::ofstream(copy + "/db/" + name, std::ios::binary) << (log ? "" : bytes);
  }
  {
    const auto store = Store::Open(copy, {});
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_NE((*store)->catalog()->FindLabel("prod"), nullptr);
    const auto events = (*store)->ledger().Verifications("G35", 0, 10);
    ASSERT_TRUE(events.ok()) << events.status();
    EXPECT_EQ(events->size(), 1u);
  }
  std::filesystem::remove_all(copy);
}

TEST_F(GenerationTest, RefusesADatabaseThatIsBehindAndLeavesItAsItIs) {
  const uint64_t number = Number();
  store_.reset();
  WriteNumber(number + 1);
  const auto before = Files();
  const absl::Status status = TryOpen();
  EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("it is at generation ", number, ", and ", number + 1)));
  EXPECT_THAT(std::string(status.message()), HasSubstr("codesetd restore"));
  EXPECT_EQ(model::FactsOf(status).at("database"), std::to_string(number));
  EXPECT_EQ(Files(), before);
}

TEST_F(GenerationTest, RepairsAFileThatACrashLeftOneBehindButNoFurther) {
  const uint64_t number = Number();
  store_.reset();
  WriteNumber(number - 1);
  Reopen();
  EXPECT_EQ(Number(), number);
  store_.reset();
  WriteNumber(number - 2);
  const absl::Status status = TryOpen();
  EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged);
  EXPECT_THAT(std::string(status.message()), HasSubstr("an old one"));
}

TEST_F(GenerationTest, RefusesAFileThatIsMissingDamagedOrAnothers) {
  store_.reset();
  const std::string whole = ReadFile(File());
  std::filesystem::remove(File());
  EXPECT_THAT(std::string(TryOpen().message()), HasSubstr("GENERATION is missing"));
  for (size_t place = 0; place < whole.size(); ++place) {
    std::string flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ 1);
    std::ofstream(File(), std::ios::binary) << flipped;
    EXPECT_EQ(ReasonOf(CheckGeneration(*rocksdb::Env::Default(), directory_)), Reason::kDataDamaged)
        << place;
  }
  std::ofstream(File(), std::ios::binary) << whole.substr(0, whole.size() - 1);
  EXPECT_EQ(ReasonOf(TryOpen()), Reason::kDataDamaged);
  ASSERT_TRUE(
      WriteGeneration(*rocksdb::Env::Default(), directory_, {1000, std::string(32, 'a')}).ok());
  EXPECT_EQ(ReasonOf(TryOpen()), Reason::kDataDamaged);
}

TEST_F(GenerationTest, NamesAVersionThatItDoesNotKnow) {
  store_.reset();
  std::string text = "codeset-generation 2\nepoch 7\nnumber 42\n";
  text += "end " + model::FormatDigest(model::DigestOf(text)) + "\n";
  std::ofstream(File(), std::ios::binary) << text;
  const auto before = Files();
  const absl::Status status = TryOpen();
  EXPECT_EQ(ReasonOf(status), Reason::kFormatUnsupported) << status;
  EXPECT_EQ(model::FactsOf(status).at("format"), "2");
  EXPECT_THAT(std::string(status.message()), HasSubstr("GENERATION"));
  EXPECT_EQ(Files(), before);
  // Not as it was written, whichever version that was.
  text[text.find("42")] = '5';
  std::ofstream(File(), std::ios::binary) << text;
  EXPECT_EQ(ReasonOf(TryOpen()), Reason::kDataDamaged);
}

TEST_F(GenerationTest, RefusesAFileWithoutItsDatabase) {
  store_.reset();
  std::filesystem::remove_all(directory_ + "/db");
  const absl::Status status = TryOpen();
  EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/db"));
}

TEST_F(GenerationTest, TakesOverADirectoryOfBeforeOnce) {
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    batch.Delete((*database)->family(Family::kDefault), ToSlice(GenerationKey()));
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  std::filesystem::remove(File());
  Reopen();
  EXPECT_EQ(Number(), 1u);
  EXPECT_THAT(Loaded(), ElementsAre("2025", "2026"));
  ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "ann").ok());
  store_.reset();
  std::filesystem::remove(File());
  EXPECT_EQ(ReasonOf(TryOpen()), Reason::kDataDamaged);
}

TEST_F(GenerationTest, IsWrittenForADirectoryThatWasRestored) {
  const uint64_t number = Number();
  EXPECT_EQ(ReasonOf(WriteGenerationOf(directory_).status()), Reason::kDataDirectoryLocked);
  store_.reset();
  std::filesystem::remove(File());
  const auto written = WriteGenerationOf(directory_);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(*written, number);
  Reopen();
  EXPECT_THAT(Loaded(), ElementsAre("2025", "2026"));
  EXPECT_EQ(ReasonOf(WriteGenerationOf(directory_ + "/none").status()), Reason::kStorageFailed);
}

TEST_F(GenerationTest, NoticesAFlippedByteInWhatTheManifestEndsWith) {
  // What makes the newest files part of the database: without it they are remains, and RocksDB
  // would remove them.
  ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "ann").ok());
  store_.reset();
  std::string manifest;
  for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/db")) {
    if (entry.path().filename().string().rfind("MANIFEST", 0) == 0) manifest = entry.path();
  }
  std::string bytes = ReadFile(manifest);
  bytes.resize(bytes.size() - 1);
  std::ofstream(manifest, std::ios::binary) << bytes;
  const auto before = Files();
  EXPECT_FALSE(TryOpen().ok());
  EXPECT_EQ(Files(), before);
}

}  // namespace
}  // namespace codeset::store
