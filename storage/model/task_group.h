// Runs independent pieces of work beside each other, on a few threads of its own.
//
//   TaskGroup tasks;
//   tasks.Run([&] { order = ParseOrderFile(…); });
//   tasks.Run([&] { tabular = ParseTabularXml(…); });
//   tasks.Wait();
//
// Thread-safety: for the thread that made it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace codeset::model {

// See above. Destroying a group waits for its work.
class TaskGroup {
 public:
  TaskGroup() = default;
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Begins `work`, or keeps it until a thread is free: as many work as the machine has
  // processors, and at most four, whoever waits included. It must not throw, and not use the
  // group.
  void Run(std::function<void()> work);

  // Works along until all is done. Then more may be run.
  void Wait();

 private:
  // Does the first piece of work that waits; false if none does. `lock` holds mutex_, and
  // does again afterwards.
  bool DoOne(std::unique_lock<std::mutex>& lock);
  void Loop();

  std::vector<std::thread> threads_;
  // Guards what follows. (The standard's, see storage/image/page.h.)
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  int running_ = 0;
  bool stopping_ = false;
};

}  // namespace codeset::model
