// Follows what happens to releases and labels, across restarts of the server.
//
//   client::WatchOptions options;
//   options.resume_token = last_token_that_was_dealt_with;
//   client::WatchRange events = client.WatchReleases(options);
//   for (absl::StatusOr<v1::WatchReleasesResponse>& item : events) {
//     if (!item.ok()) return item.status();
//     Use(item->event());
//     Remember(item->resume_token());
//   }
//
// The walk waits for events. A Cancellation ends it from another thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/cpp/connection.h"
#include "client/cpp/range.h"

namespace codeset::client {

// Ends a watch from another thread. Thread-safe; once cancelled, for ever.
class Cancellation {
 public:
  // Ends every call that is bound to this, and every wait.
  void Cancel();
  bool cancelled() const;
  // Waits for `duration`, which is finite, or until cancelled.
  void WaitFor(absl::Duration duration) const;
  // Has Cancel() call `end`, at once if it was called already; nullptr unbinds. One at a time.
  void Bind(std::function<void()> end);

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool cancelled_ = false;
  std::function<void()> end_;
};

// How to watch.
struct WatchOptions {
  // The last token that was dealt with; what came after it is told first. Empty begins with
  // what happens from now on.
  std::string resume_token;
  // Without a token: begin with everything that ever happened.
  bool from_beginning = false;
  // Where the server goes away or has too much to do (OVERLOADED), or a call has lasted
  // `call_timeout`: call again with the last token, for ever. False ends the range with the error.
  bool reconnect = true;
  // How long one call lasts before it is renewed, so that a connection that broke without a
  // word is found out. Infinite where it must not be renewed.
  absl::Duration call_timeout = absl::Minutes(15);
  // Time before the first new attempt after a failure; doubles with every further one in a
  // row, up to `max_backoff`.
  absl::Duration initial_backoff = absl::Milliseconds(500);
  absl::Duration max_backoff = absl::Seconds(30);
  // Is told, on the caller's thread, when the server has answered a call: from then on the watch
  // misses nothing.
  std::function<void()> on_connect;
  // Is told, on the caller's thread, why and after what time another attempt is made.
  std::function<void(const absl::Status& why, absl::Duration wait)> on_reconnect;
  // Ends the watch: the range then ends with CANCELLED.
  std::shared_ptr<Cancellation> cancellation;
};

// What a watch says before any event: a token to resume from.
struct WatchHeader {
  std::string resume_token;
};

// Events, each with the token that resumes after it.
using WatchRange = BatchRange<v1::WatchReleasesResponse, WatchHeader>;

// A watch over `connection`; calls when the range is first used.
WatchRange Watch(std::shared_ptr<Connection> connection, WatchOptions options);

}  // namespace codeset::client
