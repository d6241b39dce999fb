// `codesetd adopt`: a directory that has lost writes is taken as it is, and says what it has lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "rocksdb/write_batch.h"
#include "server/offline_commands.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/store/database.h"
#include "storage/store/generation.h"
#include "storage/store/keys.h"
#include "storage/store/store.h"
#include "tests/server/fixture.h"

namespace codeset::server {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::HasSubstr;

class AdoptTest : public ::testing::Test {
 protected:
  // A directory with one event: a load.
  AdoptTest() {
    auto store = Open();
    EXPECT_TRUE(LoadRelease(*store, Options(), MiniatureFiles("2025"), {}).ok());
    journal_id_ = store->journal_id();
    store.reset();
    const auto file = store::ReadGeneration(*rocksdb::Env::Default(), folder_.path());
    EXPECT_TRUE(file.ok() && file->has_value());
    number_ = (*file)->number;
  }

  static v1::LoadOptions Options() {
    v1::LoadOptions options;
    options.set_release_id("2025");
    return options;
  }

  std::unique_ptr<store::Store> Open() {
    auto store = store::Store::Open(folder_.path(), {});
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  void WriteNumber(uint64_t number, const std::string& journal_id) {
    ASSERT_TRUE(
        store::WriteGeneration(*rocksdb::Env::Default(), folder_.path(), {number, journal_id})
            .ok());
  }

  // What it says.
  std::string Adopted() {
    std::ostringstream out;
    AdoptCommand command;
    command.data_dir = folder_.path();
    const absl::Status status = Adopt(command, "the test", out);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_NE(Open(), nullptr);
    return out.str();
  }

  TemporaryFolder folder_;
  std::string journal_id_;
  uint64_t number_ = 0;
};

TEST_F(AdoptTest, SaysHowManyChangesAreLostAndWhatIsTheNewestLeft) {
  WriteNumber(number_ + 2, journal_id_);
  EXPECT_EQ(ReasonOf(store::Store::Open(folder_.path(), {}).status()), Reason::kDataDamaged);
  const std::string text = Adopted();
  EXPECT_THAT(text, HasSubstr(absl::StrCat("LOST: 2 of ", number_ + 1,
                                           " acknowledged changes, the newest ones (numbers ",
                                           number_ + 1, " to ", number_ + 2, ")")));
  EXPECT_THAT(text, HasSubstr("the newest event that is left is 1 of "));
  EXPECT_THAT(text, HasSubstr("RELEASE_EVENT_KIND_LOADED 2025"));
  EXPECT_THAT(text, HasSubstr("it has 1 releases"));
}

// A second time it would not be known.
TEST_F(AdoptTest, SaysWhatIsLostThoughTheRestCannotBeOpened) {
  {
    const auto database = store::Database::Open(folder_.path(), false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(store::Family::kCatalog), store::ToSlice("2025"), "no entry");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  WriteNumber(number_ + 2, journal_id_);
  std::ostringstream out;
  AdoptCommand command;
  command.data_dir = folder_.path();
  EXPECT_EQ(ReasonOf(Adopt(command, "the test", out)), Reason::kDataDamaged);
  EXPECT_THAT(out.str(), HasSubstr(absl::StrCat("LOST: 2 of ", number_ + 1)));
}

TEST_F(AdoptTest, SaysWhereThatCannotBeTold) {
  std::filesystem::remove(store::GenerationFile(folder_.path()));
  EXPECT_THAT(Adopted(), HasSubstr("cannot be told: there was no file GENERATION"));
  WriteNumber(number_ + 2, std::string(32, 'a'));
  EXPECT_THAT(Adopted(), HasSubstr("cannot be told: the file GENERATION was of another"));
  std::ofstream(store::GenerationFile(folder_.path())) << "codeset-generation 1\nnumber";
  EXPECT_THAT(Adopted(), HasSubstr("GENERATION is not as it was written"));
  EXPECT_THAT(Adopted(), HasSubstr("no change that was acknowledged is missing by the file "
                                   "GENERATION; if the directory was adopted before"));
}

TEST_F(AdoptTest, LeavesADirectoryOfANewerVersionAlone) {
  std::string text = "codeset-generation 2\n";
  text += "end " + model::FormatDigest(model::DigestOf(text)) + "\n";
  std::ofstream(store::GenerationFile(folder_.path())) << text;
  std::ostringstream out;
  AdoptCommand command;
  command.data_dir = folder_.path();
  EXPECT_EQ(ReasonOf(Adopt(command, "the test", out)), Reason::kFormatUnsupported);
  std::ifstream in(store::GenerationFile(folder_.path()));
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()),
            text);
}

}  // namespace
}  // namespace codeset::server
