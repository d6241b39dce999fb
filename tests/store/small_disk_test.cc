// A disk that is really full: a file system of its own, in memory, where it can be mounted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "tests/store/store_model.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::HasSubstr;

constexpr size_t kMiB = size_t{1} << 20;

class SmallDiskTest : public ::testing::Test {
 protected:
  // What is mounted is mounted for this process alone, so that nothing stays when it is killed.
  // Once, and before RocksDB has threads, which would be left outside.
  static void SetUpTestSuite() {
    apart_ =
        unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }

  SmallDiskTest() {
    char name[] = "/tmp/codeset-disk-XXXXXX";
    directory_ = mkdtemp(name);
    mounted_ = apart_ && mount("none", directory_.c_str(), "tmpfs", 0, "size=64m") == 0;
  }
  ~SmallDiskTest() override {
    store_.reset();
    if (mounted_) umount2(directory_.c_str(), MNT_DETACH);
    std::filesystem::remove_all(directory_);
  }

  void Open() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> store =
        Store::Open(directory_ + "/data", StoreOptions());
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  size_t Free() const { return std::filesystem::space(directory_).available; }
  std::string Ballast() const { return directory_ + "/ballast"; }

  // Leaves so many bytes free.
  void FillBut(size_t bytes) {
    std::ofstream(Ballast(), std::ios::binary) << std::string(Free() - bytes, 'x');
  }

  // With a kept source of so many bytes, which cannot be compressed.
  static Publication LargeRelease(const std::string& id, size_t bytes) {
    Publication publication = PublicationOf(id);
    std::mt19937_64 random(7);
    std::string& source = publication.sources.front().bytes;
    source.resize(bytes);
    for (char& c : source) c = static_cast<char>(random());
    return publication;
  }

  static bool apart_;
  std::string directory_;
  bool mounted_ = false;
  std::unique_ptr<Store> store_;
};

bool SmallDiskTest::apart_ = false;

TEST_F(SmallDiskTest, ALoadThatFillsItFailsClearlyAndIsLoadedWhenThereIsRoom) {
  if (!mounted_) GTEST_SKIP() << "no file system can be mounted here";
  Open();
  ASSERT_TRUE(store_->Publish(PublicationOf("2025")).ok());
  FillBut(18 * kMiB);
  // Enough for a change to be begun, and too little for this one.
  const Publication large = LargeRelease("2026", 24 * kMiB);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const absl::Status full = store_->Publish(large).status();
    ASSERT_EQ(ReasonOf(full), Reason::kStorageFull) << full;
    EXPECT_THAT(std::string(full.message()), HasSubstr("make room"));
    const absl::StatusOr<StoreFacts> facts = FactsOf(*store_);
    ASSERT_TRUE(facts.ok()) << facts.status();
    EXPECT_EQ(facts->releases, std::set<std::string>{"2025"});
  }
  // Small changes too, until what failed has found its room.
  const absl::Status small = store_->SetLabel("prod", "2025", true, "ann").status();
  EXPECT_TRUE(small.ok() || ReasonOf(small) == Reason::kStorageFull) << small;

  // There is room again. RocksDB may have to be opened anew, and it is said so.
  std::filesystem::remove(Ballast());
  const absl::Status first = store_->SetLabel("prod", "2025", true, "ann").status();
  if (!first.ok()) {
    EXPECT_THAT(std::string(first.message()), HasSubstr("restart the server"));
    Open();
    EXPECT_TRUE(store_->SetLabel("prod", "2025", true, "ann").ok());
  }
  const absl::StatusOr<v1::LoadOutcome> loaded = store_->Publish(large);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(*loaded, v1::LOAD_OUTCOME_LOADED);
  Open();
  const absl::StatusOr<StoreFacts> facts = FactsOf(*store_);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->releases, (std::set<std::string>{"2025", "2026"}));
  EXPECT_EQ(facts->labels, (std::map<std::string, std::string>{{"prod", "2025"}}));
}

TEST_F(SmallDiskTest, ADeleteMakesRoomWhereNothingElseIsAllowed) {
  if (!mounted_) GTEST_SKIP() << "no file system can be mounted here";
  Open();
  ASSERT_TRUE(store_->Publish(PublicationOf("2025")).ok());
  ASSERT_TRUE(store_->Publish(LargeRelease("2026", 24 * kMiB)).ok());
  FillBut(4 * kMiB);
  EXPECT_EQ(ReasonOf(store_->SetLabel("prod", "2025", true, "ann").status()), Reason::kStorageFull);
  const absl::StatusOr<int> deleted = store_->Delete("2026");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  // At once, and not when RocksDB comes to it.
  EXPECT_GE(Free(), 24 * kMiB);
  EXPECT_TRUE(store_->SetLabel("prod", "2025", true, "ann").ok());
  Open();
  const absl::StatusOr<StoreFacts> facts = FactsOf(*store_);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->releases, std::set<std::string>{"2025"});
  // Not to the last byte.
  FillBut(1 * kMiB);
  EXPECT_EQ(ReasonOf(store_->RemoveLabel("prod", "ann").status()), Reason::kStorageFull);
  const absl::Status refused = store_->Delete("2025").status();
  EXPECT_EQ(ReasonOf(refused), Reason::kStorageFull);
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("a delete is made only while it has 2 MiB"));
}

}  // namespace
}  // namespace codeset::store
