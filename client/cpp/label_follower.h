// Keeps a local code set at what a server's labels name: when a label moves, the release that it
// names by then is pulled, and only then does the label answer from it.
//
//   client::FollowOptions options;
//   options.labels = {"prod"};
//   auto follower = client::LabelFollower::Start(codes, connection, options);
//   codes.GetConcept(client::ById("prod"), "M99.86");        // once prod has been pulled
//   follower->Stop();
//
// It watches by WatchReleases (watch.h), across restarts of the server, and misses no event. What
// comes of the calendar alone is told by no event at the moment: a correction that was held back
// until today is then what a label names, another release lends its chapters. Labels are therefore
// also looked at within `max_backoff` of midnight in New York, and every `refresh_interval`. While
// no server can be reached labels go on naming what they named when it was last heard: state()
// tells since when, and every answer names its release. A release that gains a facet group, or
// for which the server has another structure on loan, is pulled again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cpp/connection.h"
#include "client/cpp/local_code_set.h"
#include "client/cpp/watch.h"
#include "storage/model/date.h"

namespace codeset::client {

// A label that is followed.
struct FollowedLabel {
  // The release that it names here; empty if there is none yet.
  std::string release_id;
  // The release that it names on the server, as far as is known. Another than `release_id` while
  // that is being pulled, and where it cannot be.
  std::string server_release_id;
  // OK; why the two differ, what the last pull failed with; or LABEL_NOT_FOUND, the server having
  // no such label, so that there is none here either.
  absl::Status status;
};

// How following stands.
struct FollowState {
  // False once it was stopped.
  bool running = false;
  // Whether the server can be reached, as far as is known: the watch is up.
  bool connected = false;
  // When all labels were last found to be here what they are there, also those that the server
  // does not have; infinite past if never.
  absl::Time in_step_at = absl::InfinitePast();
  // What last went wrong with the connection; OK if nothing did.
  absl::Status last_failure;
  // The last event that was dealt with; see WatchOptions.
  std::string resume_token;
  std::map<std::string, FollowedLabel> labels;
};

// How to follow.
struct FollowOptions {
  // The labels; none means all that the server has.
  std::vector<std::string> labels;
  // Is told, on one of the follower's threads and by one at a time, whenever the state has
  // changed, but not of what Stop changes. It must not stop the follower.
  std::function<void()> on_change;
  // Time before another attempt after a failure; doubles with every further one in a row, up to
  // `max_backoff`. A label whose release cannot be pulled is tried again every `max_backoff` until
  // it can, or the label is removed.
  absl::Duration initial_backoff = absl::Milliseconds(500);
  absl::Duration max_backoff = absl::Seconds(30);
  // How long one call of the watch lasts before it is renewed.
  absl::Duration call_timeout = absl::Minutes(15);
  // How long labels are left alone at most where the server tells of nothing.
  absl::Duration refresh_interval = absl::Minutes(15);
  // Tells the time, and which day it is in New York.
  model::Clock clock = absl::Now;
};

// See above. Thread-safe, but for Stop, which is called from one thread.
class LabelFollower {
 public:
  // Begins to follow, on threads of its own. Labels are there once they have been pulled.
  static std::unique_ptr<LabelFollower> Start(LocalCodeSet codes,
                                              std::shared_ptr<Connection> connection,
                                              FollowOptions options = {});
  // Stops.
  ~LabelFollower();
  LabelFollower(const LabelFollower&) = delete;
  LabelFollower& operator=(const LabelFollower&) = delete;

  // Ends the threads, after the pull that is under way, and takes the labels away: nothing would
  // keep them. What was pulled stays held. `on_change` is not called by it, and no more after it.
  void Stop();

  FollowState state() const;

 private:
  LabelFollower(LocalCodeSet codes, std::shared_ptr<Connection> connection, FollowOptions options);

  // What the threads do: the one follows events, the other looks at what no event tells of.
  void Run();
  void RunTimer();
  // Whether labels are to be looked at again although no event came.
  bool IsRefreshDue() const;
  // Watches until the watch ends; returns why.
  absl::Status Watch();
  // Brings all labels to what they are on the server. Errors are passing ones: another attempt at
  // once is worth while. One thread at a time; the other waits.
  absl::Status Refresh();
  absl::Status RefreshLabel(const std::string& label, const std::string& server_release_id);
  // Refreshes until that succeeds, or the follower is stopped.
  void RefreshUntilDone();
  // Changes the state and tells so.
  void Update(const std::function<void(FollowState& state)>& change);

  LocalCodeSet codes_;
  const std::shared_ptr<Connection> connection_;
  const FollowOptions options_;
  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  // Held for the length of a refresh, and while `on_change` runs; taken in this order, and before
  // mutex_.
  std::mutex refresh_mutex_;
  std::mutex tell_mutex_;
  mutable std::mutex mutex_;
  // Guarded by mutex_: the state, when labels were last looked at, and whether one of them could
  // not be brought to what it is on the server.
  FollowState state_;
  absl::Time looked_at_ = absl::InfinitePast();
  bool lagging_ = false;
  std::thread thread_;
  std::thread timer_;
};

}  // namespace codeset::client
