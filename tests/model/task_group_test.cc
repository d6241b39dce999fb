#include "storage/model/task_group.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace codeset::model {
namespace {

TEST(TaskGroupTest, DoesAllWorkOnceAndCanBeGivenMore) {
  TaskGroup tasks;
  tasks.Wait();
  std::vector<std::atomic<int>> done(200);
  for (int round = 1; round <= 2; ++round) {
    for (std::atomic<int>& count : done) tasks.Run([&count] { ++count; });
    tasks.Wait();
    for (const std::atomic<int>& count : done) ASSERT_EQ(count, round);
  }
}

TEST(TaskGroupTest, WorksBesideWhoeverGaveTheWork) {
  std::mutex mutex;
  std::condition_variable changed;
  bool begun = false;
  TaskGroup tasks;
  tasks.Run([&] {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      begun = true;
    }
    changed.notify_all();
  });
  // Without Wait it begins only if another thread than this one takes it.
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [&] { return begun; });
}

TEST(TaskGroupTest, EndsWhatItWasGivenBeforeItGoes) {
  std::atomic<int> done = 0;
  {
    TaskGroup tasks;
    for (int i = 0; i < 50; ++i) {
      tasks.Run([&done] {
        std::this_thread::yield();
        ++done;
      });
    }
  }
  EXPECT_EQ(done, 50);
}

}  // namespace
}  // namespace codeset::model
