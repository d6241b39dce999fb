// Those who change what the readers read: a loader, which loads and deletes releases of its own, a
// mover of a label, and a watcher, who must be told of all that.
//
// One thread each.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "client/cpp/admin_client.h"
#include "client/cpp/client.h"
#include "tests/soak/soak.h"

namespace codeset::soak {

// What was acknowledged, as the journal must tell it; of each kind in its order. Thread-safe.
class ExpectedEvents {
 public:
  void AddRelease(std::string text);
  void AddLabel(std::string text);
  std::vector<std::string> releases() const;
  std::vector<std::string> labels() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> releases_;
  std::vector<std::string> labels_;
};

// An event as ExpectedEvents has it.
std::string EventText(const v1::ReleaseEvent& event);
// Where two lists part, in words; empty if they are the same.
std::string DifferenceOf(const std::string& what, const std::vector<std::string>& expected,
                         const std::vector<std::string>& actual);

// Loads and deletes SoakOptions::own, and asks for what must be refused.
class Loader {
 public:
  Loader(Soak* soak, ExpectedEvents* events);
  // Until Soak::stop; deletes what it has loaded in the end.
  void Run();

 private:
  size_t Below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }
  void Load(const std::string& id);
  void Delete(const std::string& id);
  void AskForRefusal();
  // Has files loaded; waits for its turn where a load that was given up has not let go of it yet.
  absl::StatusOr<v1::LoadReport> LoadWhenFree(const std::string& kind,
                                              const v1::LoadOptions& options,
                                              const std::string& path);
  // Begins a load and gives it up.
  void GiveUp(const std::string& id);
  void Prove();
  void Expect(const std::string& kind, const std::set<v1::ErrorReason>& reasons,
              const absl::Status& status);

  Soak* soak_;
  ExpectedEvents* events_;
  std::mt19937_64 random_;
  std::shared_ptr<client::AdminConnection> connection_;
  client::AdminClient admin_;
  // Those that were ever loaded: their ids stand for their content.
  std::set<std::string> known_;
};

// Moves the label between the first two fixed releases until Soak::stop.
void MoveLabel(Soak* soak, ExpectedEvents* events);

// Watches from before anything is changed.
class Watcher {
 public:
  explicit Watcher(Soak* soak);
  ~Watcher();
  // Begins, and waits until nothing can be missed any more.
  void Start();
  // Waits for what has not come yet, and compares.
  void Finish(const ExpectedEvents& events);

 private:
  void Run();
  size_t seen() const;
  // What the journal tells from its beginning must end with what was seen.
  void Replay();

  Soak* soak_;
  client::Client client_;
  std::shared_ptr<client::Cancellation> cancellation_;
  std::thread thread_;
  std::atomic<bool> ready_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
  std::vector<std::string> releases_;
  std::vector<std::string> labels_;
  std::string last_token_;
};

}  // namespace codeset::soak
