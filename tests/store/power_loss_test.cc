// Cuts the power at random moments of random changes: what was acknowledged is there afterwards,
// and what was not is wholly there or not at all.
//
//   power_loss_test --rounds 1000 --seed 7
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include "rocksdb/env.h"
#include "tests/store/store_model.h"
#include "tests/support/faulty_file_system.h"

namespace codeset::store {
namespace {

int rounds = 12;
uint64_t seed = 1;

constexpr int kChanges = 12;
// More than the operations that any change takes.
constexpr int kMostOperations = 150;

class PowerLossTest : public ::testing::Test {
 protected:
  ~PowerLossTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Begin() {
    store_.reset();
    std::filesystem::remove_all(directory_);
    char name[] = "/tmp/codeset-power-XXXXXX";
    directory_ = mkdtemp(name);
    ASSERT_TRUE(Open().ok());
  }

  absl::Status Open() {
    StoreOptions options;
    options.env = &env_;
    absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(directory_, options);
    if (store.ok()) store_ = *std::move(store);
    return store.status();
  }

  // The power is cut, and comes back. Opening may be cut off likewise.
  absl::Status Crash(std::mt19937_64& random) {
    files_->PowerOffAfter(0);
    store_.reset();
    files_->Crash(random);
    ++crashes_;
    if (random() % 4 == 0) {
      files_->PowerOffAfter(static_cast<int64_t>(random() % kMostOperations));
      Open().IgnoreError();
      files_->PowerOffAfter(0);
      store_.reset();
      files_->Crash(random);
      ++crashes_;
    }
    return Open();
  }

  std::shared_ptr<testing::FaultyFileSystem> files_ = std::make_shared<testing::FaultyFileSystem>();
  testing::FaultyEnv env_{files_};
  std::string directory_;
  std::unique_ptr<Store> store_;
  int crashes_ = 0;
};

TEST_F(PowerLossTest, KeepsWhatWasAcknowledgedAndNothingByHalves) {
  std::mt19937_64 random(seed);
  int acknowledged = 0, undone = 0, done = 0;
  for (int round = 0; round < rounds; ++round) {
    Begin();
    StoreFacts facts;
    for (int number = 0; number < kChanges; ++number) {
      const Change change = RandomChange(random, facts, number);
      SCOPED_TRACE(absl::StrCat("round ", round, ", ", change.name, ", from ", Describe(facts)));
      const bool amid = random() % 2 == 0;
      if (amid) files_->PowerOffAfter(static_cast<int64_t>(random() % kMostOperations));
      const absl::Status status = change.make(*store_);
      const bool off = files_->is_off();
      if (!off) {
        files_->KeepPower();
        ASSERT_FALSE(IsStorageError(status)) << status;
        acknowledged += status.ok() ? 1 : 0;
        if (status.ok()) facts = change.after;
        const absl::StatusOr<StoreFacts> live = FactsOf(*store_);
        ASSERT_TRUE(live.ok()) << live.status();
        ASSERT_EQ(*live, facts) << status;
        if (random() % 3 != 0) continue;
      }
      const absl::Status opened = Crash(random);
      ASSERT_TRUE(opened.ok()) << opened;
      const absl::StatusOr<StoreFacts> found = FactsOf(*store_);
      ASSERT_TRUE(found.ok()) << found.status();
      if (!off || (!status.ok() && !IsStorageError(status))) {
        // Acknowledged, or refused for what was asked.
        ASSERT_EQ(*found, facts);
      } else if (status.ok()) {
        ++acknowledged;
        ASSERT_EQ(*found, change.after);
      } else if (*found != facts) {
        ++done;
        ASSERT_EQ(*found, change.after);
      } else {
        ++undone;
      }
      facts = *found;
    }
  }
  std::cout << rounds << " rounds: " << crashes_ << " power cuts; " << acknowledged
            << " acknowledged changes, none lost; of those cut off " << done << " were there and "
            << undone << " were not, none by halves" << std::endl;
}

}  // namespace
}  // namespace codeset::store

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--rounds") codeset::store::rounds = std::atoi(argv[i + 1]);
    if (std::string(argv[i]) == "--seed") {
      codeset::store::seed = std::strtoull(argv[i + 1], nullptr, 10);
    }
  }
  return RUN_ALL_TESTS();
}
