// Asks again what a server refused since it had too much to do (OVERLOADED), when the server says.
//
//   OverloadRetry retry(options.overload_retries, deadline);
//   auto answer = Ask();
//   for (auto delay = retry.Next(answer.status()); delay.has_value();
//        delay = retry.Next(answer.status())) {
//     absl::SleepFor(*delay);
//     answer = Ask();
//   }
//
// For calls that only read. Such a call was refused before any work, so that it may go again.
//
// Not thread-safe: each call has its own; RetriedStream as MessageStream.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/cpp/connection.h"

namespace codeset::client {

// See above.
class OverloadRetry {
 public:
  // A call is made again at most `most` times, and not after its deadline.
  OverloadRetry(int most, absl::Time deadline) : left_(most), deadline_(deadline) {}

  // How long to wait before the call is made again: as long as the server asked for, and up to a
  // quarter longer, so that not all whom it refused come at once. Nothing where the call ends with
  // `status`: it is no OVERLOADED with google.rpc.RetryInfo, it was made often enough, or its
  // deadline would come first.
  std::optional<absl::Duration> Next(const absl::Status& status);

 private:
  int left_;
  const absl::Time deadline_;
};

// A stream that is opened again where it is refused before its first message.
template <typename Message>
class RetriedStream final : public MessageStream<Message> {
 public:
  using Open = std::function<std::unique_ptr<MessageStream<Message>>()>;

  // Opens it; `open` may be called again until the first message has come.
  RetriedStream(Open open, OverloadRetry retry)
      : open_(std::move(open)), retry_(retry), stream_(open_()) {}

  absl::StatusOr<std::optional<Message>> Next() override {
    while (true) {
      absl::StatusOr<std::optional<Message>> message = stream_->Next();
      begun_ = begun_ || message.ok();
      if (begun_) return message;
      const std::optional<absl::Duration> delay = retry_.Next(message.status());
      if (!delay.has_value()) return message;
      {
        const absl::MutexLock lock(&mutex_);
        if (mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), *delay)) {
          return absl::CancelledError("the call was given up");
        }
      }
      std::unique_ptr<MessageStream<Message>> next = open_();
      const absl::MutexLock lock(&mutex_);
      stream_.swap(next);
      // While it was opened there was nobody else whom Cancel could have told.
      if (cancelled_) stream_->Cancel();
    }
  }

  void Cancel() override {
    const absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    stream_->Cancel();
  }

 private:
  const Open open_;
  OverloadRetry retry_;
  bool begun_ = false;
  // Held while the stream is replaced, and where another thread than the reader's looks at it; not
  // while one is opened, for which Cancel would wait as long as a connection takes.
  absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<MessageStream<Message>> stream_;
};

}  // namespace codeset::client
