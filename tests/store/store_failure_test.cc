#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "storage/store/generation.h"
#include "tests/store/store_fixture.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using StoreFailureTest = StoreTest;

TEST_F(StoreFailureTest, SweepsWhatAnInterruptedLoadLeft) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  store_.reset();
  const model::PageSet orphan = model::EncodeOrder(New());
  {
    // What a load leaves that dies after writing its pages and before publishing.
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kDefault), ToSlice(UnfinishedKey()), "2026");
    for (const model::Page& page : orphan.pages) {
      batch.Put((*database)->family(Family::kOrderPages), ToSlice(page.digest.view()),
                ToSlice(page.text));
    }
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  Reopen();
  EXPECT_THAT(Loaded(), ElementsAre("2025"));
  EXPECT_TRUE(store_->Verify("2025").ok());
  store_.reset();
  auto database = Database::Open(directory_, false, "the test");
  ASSERT_TRUE(database.ok());
  EXPECT_TRUE(
      absl::IsNotFound((*database)->Get(Family::kOrderPages, orphan.root().view()).status()));
  EXPECT_TRUE(absl::IsNotFound((*database)->Get(Family::kDefault, UnfinishedKey()).status()));
}

// What cannot be told from the rest because something is damaged is swept when it can be.
TEST_F(StoreFailureTest, RemembersWhatAnInterruptedLoadLeftUntilItIsSwept) {
  const model::PageSet orphan = model::EncodeOrder(New());
  WritePast([&](Database& database, rocksdb::WriteBatch& batch) {
    batch.Put(database.family(Family::kDefault), ToSlice(UnfinishedKey()), "2026");
    batch.Put(database.family(Family::kOrderPages), ToSlice(orphan.root().view()), "left");
    batch.Put(database.family(Family::kIndex), "no key", "");
  });
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  WritePast([](Database& database, rocksdb::WriteBatch& batch) {
    batch.Delete(database.family(Family::kIndex), "no key");
  });
  WritePast([&](Database& database, rocksdb::WriteBatch&) {
    EXPECT_TRUE(absl::IsNotFound(database.Get(Family::kDefault, UnfinishedKey()).status()));
    EXPECT_TRUE(absl::IsNotFound(database.Get(Family::kOrderPages, orphan.root().view()).status()));
  });
}

TEST_F(StoreFailureTest, FindsDamagedAndMissingPagesWhenVerifying) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  const auto verified = store_->Verify("2026");
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->pages_checked, 4);
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok());
    const model::PageSet set = model::EncodeOrder(New());
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kOrderPages), ToSlice(set.pages[0].digest.view()),
              "codeset/1 order category G35\nG35\t1\tother\tother\n");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  Reopen();
  EXPECT_EQ(ReasonOf(store_->Verify("2026").status()), Reason::kDataDamaged);
  EXPECT_EQ(ReasonOf(store_->GetImage(*store_->catalog(), "2026").status()), Reason::kDataDamaged);
  EXPECT_TRUE(store_->Verify("2025").ok());
  // Loading the release afresh under another id heals nothing silently, yet brings its own
  // sound content: the damaged page is written again.
  ASSERT_TRUE(Publish(Release("2026.1", New())).ok());
  EXPECT_TRUE(store_->Verify("2026.1").ok());
}

TEST_F(StoreFailureTest, TellsASecondOpenerWhoHasTheDirectory) {
  // RocksDB's lock is per process, so the second opener is a process of its own.
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto second = Store::Open(directory_, {});
    const std::string text = absl::StrCat(
        ReasonOf(second.status()) == Reason::kDataDirectoryLocked ? "LOCKED " : "OTHER ",
        second.status().message());
    const ssize_t written = write(pipe_ends[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(pipe_ends[1]);
  std::string text;
  char buffer[1024];
  for (ssize_t n = 0; (n = read(pipe_ends[0], buffer, sizeof(buffer))) > 0;) text.append(buffer, n);
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_THAT(text, HasSubstr("LOCKED"));
  EXPECT_THAT(text, HasSubstr("the test"));
  EXPECT_THAT(text, HasSubstr("codesetctl release load"));
}

// A lock that is another user's is nobody's hold on the directory.
TEST_F(StoreFailureTest, TellsALockThatCannotBeOpenedFromOneThatIsHeld) {
  store_.reset();
  const std::string lock = directory_ + "/db/LOCK";
  std::filesystem::remove(lock);
  // Root may open any file, but no folder.
  std::filesystem::create_directory(lock);
  const absl::Status status = Store::Open(directory_, {}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kStorageFailed);
  EXPECT_THAT(std::string(status.message()), HasSubstr(lock));
  EXPECT_EQ(ReasonOf(WriteGenerationOf(directory_).status()), Reason::kStorageFailed);
}

// Reads pages, and counts how often.
class CountingReader : public image::PageReader {
 public:
  explicit CountingReader(std::shared_ptr<const Catalog> catalog) : catalog_(std::move(catalog)) {}
  absl::StatusOr<std::vector<std::string>> Read(
      model::FacetGroup group, absl::Span<const model::Digest> digests) const override {
    ++reads;
    return catalog_->pages().Read(group, digests);
  }
  mutable int reads = 0;

 private:
  const std::shared_ptr<const Catalog> catalog_;
};

TEST_F(StoreFailureTest, RemembersThatAReleaseIsDamagedUntilItIsMadeWhole) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok());
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kOrderPages),
              ToSlice(model::EncodeOrder(New()).root().view()), "other words");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  Reopen();
  // The same catalog but for who reads: what is remembered of one is not asked of the other.
  const auto count = [&](absl::string_view id) {
    const std::shared_ptr<const Catalog> now = store_->catalog();
    const auto reader = std::make_shared<CountingReader>(now);
    const Catalog counted(now->AllReleases(), {}, reader);
    const absl::Status status = store_->GetImage(counted, id).status();
    EXPECT_EQ(status.ok(), id == "2025") << status;
    if (!status.ok()) {
      EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged);
    }
    return reader->reads;
  };
  EXPECT_GT(count("2026"), 0);
  const absl::Status first = store_->GetImage(*store_->catalog(), "2026").status();
  EXPECT_EQ(ReasonOf(first), Reason::kDataDamaged);
  EXPECT_EQ(count("2026"), 0);
  EXPECT_EQ(store_->GetImage(*store_->catalog(), "2026").status(), first);
  EXPECT_EQ(ReasonOf(store_->ImageIfReady(*store_->catalog(), "2026", store_->Today()).status()),
            Reason::kDataDamaged);
  // Of another release nothing is said, and another catalog is asked anew.
  EXPECT_GT(count("2025"), 0);
  ASSERT_TRUE(store_->SetLabel("prod", "2025", true, "ann").ok());
  EXPECT_GT(count("2026"), 0);
  EXPECT_EQ(ReasonOf(store_->GetImage(*store_->catalog(), "2026").status()), Reason::kDataDamaged);
  EXPECT_EQ(*Publish(Release("2026", New())), v1::LOAD_OUTCOME_UNCHANGED);
  EXPECT_TRUE(store_->GetImage(*store_->catalog(), "2026").ok());
}

TEST_F(StoreFailureTest, HoldsAddendaAgainstTheirDigests) {
  Publication publication = Release("2025", Old());
  publication.addenda = {{"a.txt", "what changed"}, {"b.txt", "and more"}};
  ASSERT_TRUE(Publish(publication).ok());
  const auto put_second = [&](const std::string& value) {
    WritePast([&](Database& database, rocksdb::WriteBatch& batch) {
      batch.Put(database.family(Family::kAddenda), AddendaKey("2025", 1), value);
    });
  };
  ASSERT_TRUE(store_->Addenda("2025").ok());
  put_second("b.txt\nand less");
  const absl::Status status = store_->Addenda("2025").status();
  EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged);
  EXPECT_THAT(std::string(status.message()), HasSubstr("b.txt"));
  put_second("b.txt\nand more");
  const auto whole = store_->Addenda("2025");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->size(), 2u);
  WritePast([&](Database& database, rocksdb::WriteBatch& batch) {
    batch.Delete(database.family(Family::kAddenda), AddendaKey("2025", 1));
  });
  EXPECT_EQ(ReasonOf(store_->Addenda("2025").status()), Reason::kDataDamaged);
}

TEST_F(StoreFailureTest, RefusesAFormatThatItDoesNotKnow) {
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok());
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kDefault), ToSlice(FormatKey()), "2");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  const absl::Status status = Store::Open(directory_, {}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kFormatUnsupported);
  EXPECT_EQ(model::FactsOf(status)["format"], "2");
  EXPECT_EQ(model::FactsOf(status)["supported"], "1");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("has format 2; this version reads format 1: use the version of Codeset "
                        "that wrote it"));
}

// A newer format may have other families, of which RocksDB would tell alone, and which opening
// would add to.
TEST_F(StoreFailureTest, RefusesAFormatOfOtherFamiliesByItsNumberAndChangesNothing) {
  store_.reset();
  const std::string path = directory_ + "/db";
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok());
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kDefault), ToSlice(FormatKey()), "12");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE((*database)->db().CreateColumnFamily({}, "pages.new", &handle).ok());
    ASSERT_TRUE((*database)->db().DestroyColumnFamilyHandle(handle).ok());
    ASSERT_TRUE((*database)->db().DropColumnFamily((*database)->family(Family::kUsage)).ok());
  }
  const auto families = [&] {
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
    return names;
  };
  const std::vector<std::string> before = families();
  EXPECT_THAT(before, ::testing::Contains("pages.new"));
  const absl::Status status = Store::Open(directory_, {}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kFormatUnsupported);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("has format 12; this version reads format 1"));
  EXPECT_EQ(families(), before);
}

TEST_F(StoreFailureTest, RefusesADescriptionThatCouldNotBeReadBackAndStaysOpenable) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  Publication bad = Release("2026", New());
  bad.description.add_sources()->set_name("ord\xe9r.txt");
  EXPECT_FALSE(Publish(bad).ok());
  EXPECT_THAT(Loaded(), ElementsAre("2025"));
  Reopen();
  EXPECT_THAT(Loaded(), ElementsAre("2025"));
  EXPECT_EQ(*Publish(Release("2026", New())), v1::LOAD_OUTCOME_LOADED);
}

// Writes to files of blobs other bytes than it is told.
class RottenBlobs : public rocksdb::FileSystemWrapper {
 public:
  RottenBlobs() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "RottenBlobs"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(path, options, result, debug);
    if (status.ok() && std::filesystem::path(path).extension() == ".blob") {
      *result = std::make_unique<File>(std::move(*result));
    }
    return status;
  }

 private:
  class File : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      std::string rotten = data.ToString();
      rotten[rotten.size() / 2] ^= 1;
      return target()->Append(rotten, options, debug);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo& /*verification*/,
                             rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
  };
};

TEST_F(StoreFailureTest, ReadsKeptSourcesBackBeforeItPublishes) {
  Publication publication = Release("2026", New());
  publication.sources = {{"order.txt", std::string(5000, 'x')}};
  store_.reset();
  const std::unique_ptr<rocksdb::Env> env =
      rocksdb::NewCompositeEnv(std::make_shared<RottenBlobs>());
  StoreOptions options;
  options.env = env.get();
  {
    auto store = Store::Open(directory_, options);
    ASSERT_TRUE(store.ok()) << store.status();
    const absl::Status status = (*store)->Publish(publication).status();
    EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("kept source order.txt"));
    EXPECT_EQ((*store)->catalog()->Find("2026"), nullptr);
  }
  Reopen();
  EXPECT_EQ(*Publish(publication), v1::LOAD_OUTCOME_LOADED);
  EXPECT_TRUE(store_->Sources("2026").ok());
}

// Such a delete is made, and nobody repeats it.
TEST_F(StoreFailureTest, GivesBackTheRoomOfADeleteThatCouldNotBeSecured) {
  const auto blob_bytes = [&] {
    uint64_t bytes = 0;
    std::error_code gone;
    for (const std::string& file : Files("", ".blob")) {
      if (const auto size = std::filesystem::file_size(file, gone); !gone) bytes += size;
    }
    return bytes;
  };
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  for (const bool restarted : {false, true}) {
    Publication large = Release("2026", New());
    std::mt19937 random(7);
    large.sources = {{"order.txt", std::string(1 << 20, '\0')}};
    for (char& byte : large.sources.front().bytes) byte = static_cast<char>(random());
    ASSERT_TRUE(Publish(large).ok());
    std::shared_ptr<const Catalog> before = store_->catalog();
    ASSERT_TRUE(store_->GetImage(*before, "2026").ok());
    ASSERT_GT(blob_bytes(), 1u << 20);
    // What the generation would be written to is in the way.
    std::filesystem::create_directory(directory_ + "/GENERATION.new");
    EXPECT_THAT(std::string(store_->Delete("2026").status().message()),
                HasSubstr("the change is made"));
    std::filesystem::remove(directory_ + "/GENERATION.new");
    EXPECT_EQ(*store_->ImageIfReady(*before, "2026", store_->Today()), nullptr);
    before.reset();
    if (restarted) Reopen();
    ASSERT_TRUE(store_->SetLabel("prod", "2025", restarted, "ann").ok());
    for (int i = 0; i < 100 && blob_bytes() > 1u << 20; ++i) absl::SleepFor(absl::Milliseconds(50));
    EXPECT_LT(blob_bytes(), 1u << 20) << restarted;
  }
}

// What a delete merges to give room back may be damaged.
TEST_F(StoreFailureTest, GoesOnWritingAfterADeleteWhereATableOfSourcesIsDamaged) {
  for (const char* id : {"2025", "2026"}) {
    Publication publication = Release(id, Old());
    publication.sources = {{"order.txt", std::string(5000, id[3])}};
    ASSERT_TRUE(Publish(publication).ok());
  }
  AwaitMerges();
  store_.reset();
  for (const std::string& table : Files("", ".sst")) {
    std::fstream file(table, std::ios::binary | std::ios::in | std::ios::out);
    std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (bytes.find("sources") == std::string::npos) continue;
    file.clear();
    file.seekp(10).put(static_cast<char>(bytes[10] ^ 4));
  }
  Reopen();
  ASSERT_TRUE(store_->Delete("2026").ok());
  const absl::Status next = store_->SetLabel("prod", "2025", true, "ann").status();
  EXPECT_TRUE(next.ok()) << next;
}

TEST_F(StoreFailureTest, PublishesNothingWhenCancelledAtTheLastMoment) {
  const auto outcome = store_->Publish(Release("2026", New()), [] { return true; });
  EXPECT_EQ(ReasonOf(outcome.status()), Reason::kCancelled);
  EXPECT_THAT(Loaded(), ElementsAre());
  store_.reset();
  auto database = Database::Open(directory_, false, "the test");
  ASSERT_TRUE(database.ok());
  EXPECT_TRUE(absl::IsNotFound(
      (*database)->Get(Family::kOrderPages, model::EncodeOrder(New()).root().view()).status()));
}

}  // namespace
}  // namespace codeset::store
