#include "client/cpp/watch.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "client/cpp/error.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

using Stream = MessageStream<v1::WatchReleasesResponse>;

// A watch: one call after another.
class Watcher {
 public:
  Watcher(std::shared_ptr<Connection> connection, WatchOptions options)
      : connection_(std::move(connection)),
        options_(std::move(options)),
        backoff_(options_.initial_backoff) {
    if (options_.cancellation == nullptr) options_.cancellation = std::make_shared<Cancellation>();
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() { options_.cancellation->Bind(nullptr); }

  absl::StatusOr<std::optional<WatchRange::Batch>> Next() {
    while (true) {
      if (options_.cancellation->cancelled())
        return absl::CancelledError("the watch was cancelled");
      if (stream_ == nullptr) Open();
      absl::StatusOr<std::optional<v1::WatchReleasesResponse>> message = stream_->Next();
      if (message.ok() && message->has_value()) {
        std::optional<WatchRange::Batch> batch = Take(**std::move(message));
        if (batch.has_value()) return batch;
        continue;
      }
      options_.cancellation->Bind(nullptr);
      stream_ = nullptr;
      if (options_.cancellation->cancelled()) continue;
      // A server that ends the stream without an error has stopped all the same.
      const absl::Status why =
          message.ok() ? absl::UnavailableError("the server ended the watch") : message.status();
      RETURN_IF_ERROR(AwaitNextAttempt(why));
    }
  }

 private:
  void Open() {
    v1::WatchReleasesRequest request;
    request.set_resume_token(options_.resume_token);
    request.set_from_beginning(options_.from_beginning && options_.resume_token.empty());
    heard_ = false;
    stream_ = connection_->WatchReleases({absl::Now() + options_.call_timeout}, request);
    options_.cancellation->Bind([stream = stream_.get()] { stream->Cancel(); });
  }

  // The batch that a message makes; nothing where it tells nothing new.
  std::optional<WatchRange::Batch> Take(v1::WatchReleasesResponse message) {
    if (!heard_ && options_.on_connect) options_.on_connect();
    heard_ = true;
    backoff_ = options_.initial_backoff;
    // The position from which a server resumes is no news: events after our own token may
    // still be on their way, and are lost if this call breaks and its position is kept.
    if (!message.has_event() && !options_.resume_token.empty() && told_position_) {
      return std::nullopt;
    }
    if (message.has_event() || options_.resume_token.empty()) {
      options_.resume_token = message.resume_token();
    }
    WatchRange::Batch batch;
    if (!told_position_) batch.header = WatchHeader{options_.resume_token};
    told_position_ = true;
    if (message.has_event()) batch.items.push_back(std::move(message));
    return batch;
  }

  // Waits before the next call, or says why there is none.
  absl::Status AwaitNextAttempt(const absl::Status& why) {
    // A server that is stopping may break a call off with CANCELLED; the caller has not done so
    // here, since that is looked at before. One that has too much to do has less at some time.
    const bool passing = absl::IsUnavailable(why) || absl::IsDeadlineExceeded(why) ||
                         absl::IsCancelled(why) ||
                         ErrorReasonOf(why) == v1::ERROR_REASON_OVERLOADED;
    if (!options_.reconnect || !passing) return why;
    // A call that lasted its time did not fail; it is renewed.
    if (heard_ && absl::IsDeadlineExceeded(why)) return absl::OkStatus();
    const absl::Duration wait = backoff_;
    backoff_ = std::min(backoff_ * 2, options_.max_backoff);
    if (options_.on_reconnect) options_.on_reconnect(why, wait);
    options_.cancellation->WaitFor(wait);
    return absl::OkStatus();
  }

  std::shared_ptr<Connection> connection_;
  WatchOptions options_;
  absl::Duration backoff_;
  std::unique_ptr<Stream> stream_;
  // Whether the call under way has brought a message.
  bool heard_ = false;
  // Whether the range's header was given.
  bool told_position_ = false;
};

}  // namespace

void Cancellation::Cancel() {
  const std::lock_guard<std::mutex> lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
  if (end_) end_();
}

bool Cancellation::cancelled() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return cancelled_;
}

void Cancellation::WaitFor(absl::Duration duration) const {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(duration), [this] { return cancelled_; });
}

void Cancellation::Bind(std::function<void()> end) {
  const std::lock_guard<std::mutex> lock(mutex_);
  end_ = std::move(end);
  if (cancelled_ && end_) end_();
}

WatchRange Watch(std::shared_ptr<Connection> connection, WatchOptions options) {
  // Shared, since std::function wants its content to be copyable.
  auto watcher = std::make_shared<Watcher>(std::move(connection), std::move(options));
  return WatchRange([watcher] { return watcher->Next(); });
}

}  // namespace codeset::client
