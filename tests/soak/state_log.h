// Which states something was in, and when: what an answer may rest on that was given while the
// thing changed.
//
//   StateLog<std::string> label("2025");
//   label.Begin("2026");                 // before the call that changes it
//   admin.SetLabel(…);
//   label.End();                         // it was acknowledged: from now on nothing else
//   label.Between(call_began, call_ended);
//
// Thread-safe; one thread changes.
#pragma once

#include <chrono>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace codeset::soak {

// A time that only goes forward, whatever is done to the clock; of use beside other such times
// alone.
inline absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

// See above.
template <typename State>
class StateLog {
 public:
  // `now` stands in for the clock in tests.
  explicit StateLog(State initial, absl::Time (*now)() = &SteadyNow) : now_(now) {
    entries_.push_back({std::move(initial), absl::InfinitePast(), absl::InfiniteFuture()});
  }

  // From now on `next` may be seen, and what was before as well.
  void Begin(State next) {
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_.push_back({std::move(next), now_(), absl::InfiniteFuture()});
  }
  // From now on only what Begin was told is seen.
  void End() {
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_[entries_.size() - 2].until = now_();
  }
  // The change did not come about, and its state was never to be seen.
  void Undo() {
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_.pop_back();
  }

  // The newest state.
  State Newest() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return entries_.back().state;
  }

  // The states that could be seen at some time between two, oldest first.
  std::vector<State> Between(absl::Time from, absl::Time until) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    // States end in the order in which they began, so that all before one that is over are.
    auto first = entries_.end();
    while (first != entries_.begin() && std::prev(first)->until >= from) --first;
    std::vector<State> found;
    for (; first != entries_.end() && first->from <= until; ++first) found.push_back(first->state);
    return found;
  }

 private:
  struct Entry {
    State state;
    absl::Time from;
    absl::Time until;
  };

  absl::Time (*now_)();
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace codeset::soak
