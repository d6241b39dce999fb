// Whether RocksDB's own threads stand behind those who answer.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "rocksdb/env.h"
#include "storage/model/stand_back.h"
#include "tests/store/store_model.h"
#ifdef __linux__
#include <sched.h>
#endif

namespace codeset::store {
namespace {

#ifdef __linux__
// The policies of RocksDB's threads, by its names for them.
std::map<std::string, int> Policies() {
  std::map<std::string, int> policies;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    if (!name.starts_with("rocksdb:")) continue;
    policies[name] = ::sched_getscheduler(std::stoi(entry.path().filename()));
  }
  return policies;
}

void BeginThread(rocksdb::Env::Priority priority) {
  std::atomic<bool> begun = false;
  // The pool of flushes has none before a database asks for them.
  rocksdb::Env::Default()->SetBackgroundThreads(1, priority);
  rocksdb::Env::Default()->Schedule(
      [](void* flag) { *static_cast<std::atomic<bool>*>(flag) = true; }, &begun, priority);
  while (!begun) std::this_thread::yield();
}

TEST(PriorityTest, FlushesAndMergesStandBehindWhoAsks) {
  int refused = 0;
  std::thread([&] { refused = model::StandBack(); }).join();
  if (refused != 0) GTEST_SKIP() << "the system refuses, errno " << refused;
  // Begun here, so that they inherit nothing of one another.
  BeginThread(rocksdb::Env::HIGH);
  BeginThread(rocksdb::Env::LOW);
  const int own = ::sched_getscheduler(0);
  if (own == SCHED_BATCH) GTEST_SKIP() << "this process stands back";
  ASSERT_EQ(Policies(), (std::map<std::string, int>{{"rocksdb:high", own}, {"rocksdb:low", own}}));

  char name[] = "/tmp/codeset-priority-XXXXXX";
  const std::string directory = mkdtemp(name);
  {
    const auto store = Store::Open(directory + "/data", StoreOptions());
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Publish(PublicationOf("2025")).ok());
    Publication publication = PublicationOf("2026");
    publication.sources.front().bytes = std::string(10'000, 'x');
    ASSERT_TRUE((*store)->Publish(publication).ok());
    // What is left of kept sources is merged before a delete returns.
    ASSERT_TRUE((*store)->Delete("2026").ok());
    EXPECT_EQ(Policies(), (std::map<std::string, int>{{"rocksdb:high", SCHED_BATCH},
                                                      {"rocksdb:low", SCHED_BATCH}}));
  }
  std::filesystem::remove_all(directory);
}
#endif

}  // namespace
}  // namespace codeset::store
