// Tells in the journal what happens by itself as days pass: that a release has come into
// force, and that `current` has fallen behind.
//
//   Calendar calendar(backend);
//   calendar.Start();      // looks at once, and then by itself
//   calendar.Refresh();    // looks now
//
// What was told last is kept in the store, so that nothing is told twice, and what happened
// while no server ran is told by the next. Which day it is, is asked anew each time: a clock
// that was put right is followed, but one that wavers about midnight is not.
//
// Thread-safe.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "codeset/v1/label.pb.h"
#include "server/backend.h"
#include "storage/model/date.h"
#include "storage/store/catalog.pb.h"

namespace codeset::server {

// See above.
class Calendar {
 public:
  // `backend` must outlive the calendar.
  explicit Calendar(const Backend& backend) : backend_(backend) {}
  // Ends the thread; waits for a look that is under way, not for the next.
  ~Calendar() { Stop(); }
  Calendar(const Calendar&) = delete;
  Calendar& operator=(const Calendar&) = delete;

  // Begins to look: at once, when woken, when the day changes, and every minute. Called once.
  void Start();

  // Has the thread look again soon; returns at once.
  void Wake();

  // Looks now, and records what has come about since the last time. Errors are the store's.
  absl::Status Refresh();

  // Ends the thread; Refresh can still be called.
  void Stop();

 private:
  void Loop();
  // How long until the clock shows another day in New York, at most a minute.
  absl::Duration UntilNextLook() const;

  const Backend& backend_;
  // Held for the length of a look.
  absl::Mutex look_mutex_;
  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// What the calendar comes to on a day.
struct CalendarLook {
  // What to keep.
  store::CalendarState state;
  // What to tell, in this order.
  std::vector<v1::ReleaseEvent> events;
};

// Looks at a catalog on `today`, given what was told last. Pure.
CalendarLook LookAtCalendar(const store::Catalog& catalog, const model::EditionRegister& editions,
                            model::Date today, const store::CalendarState& last);

}  // namespace codeset::server
