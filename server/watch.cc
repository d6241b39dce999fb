#include "server/watch.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "server/error.h"
#include "server/resume_token.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

using model::Reason;

// Events that a watcher holds at most.
constexpr size_t kBatch = 64;

absl::Status ShuttingDown() {
  return model::MakeError(Reason::kShuttingDown,
                          "the server is stopping; connect again with the last resume_token");
}

}  // namespace

// One call. Either a message is being written, and the reaction to that goes on; or there was
// nothing to write, and Wake goes on; or it has ended. The lock keeps these apart, since the
// hub's calls come at any time.
class WatchHub::Watcher final : public grpc::ServerWriteReactor<v1::WatchReleasesResponse> {
 public:
  Watcher(WatchHub& hub, grpc::CallbackServerContext* context, std::shared_ptr<StreamWatch> streams,
          std::unique_ptr<CallGate::WatcherPlace> place)
      : hub_(hub),
        context_(context),
        place_(std::move(place)),
        timer_(std::move(streams), [context] { context->TryCancel(); }) {}

  // Begins; to be called once, when the hub knows the watcher.
  void Begin(const v1::WatchReleasesRequest& request) {
    const absl::MutexLock lock(&mutex_);
    const uint64_t end = hub_.end_;
    last_ = request.from_beginning() ? 0 : end;
    if (!request.resume_token().empty()) {
      const absl::StatusOr<uint64_t> number =
          DecodeResumeToken(request.resume_token(), hub_.store_.journal_id(), end);
      if (!number.ok()) {
        End(number.status());
        return;
      }
      last_ = *number;
    }
    Write({});
  }

  // Ends a call that came when the hub was stopping; for one that the hub does not know.
  void Refuse() {
    const absl::MutexLock lock(&mutex_);
    End(ShuttingDown());
  }

  // Goes on if it waits for events.
  void Wake() {
    const absl::MutexLock lock(&mutex_);
    if (!writing_ && !ended_) Next();
  }

  // Ends the call, when the message that is being written has gone out.
  void Stop() {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (!writing_ && !ended_) Next();
  }

  // Breaks the call off.
  void TryCancel() { context_->TryCancel(); }

  void OnWriteDone(bool ok) override {
    const absl::MutexLock lock(&mutex_);
    timer_.Stop();
    writing_ = false;
    if (!ok) cancelled_ = true;
    Next();
  }

  void OnCancel() override {
    const absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    if (!writing_ && !ended_) Next();
  }

  void OnDone() override {
    hub_.Remove(this);
    delete this;
  }

 private:
  // Writes the next event, waits if there is none, or ends.
  void Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (cancelled_) {
      End(model::MakeError(Reason::kCancelled, "the call was cancelled"));
      return;
    }
    if (stopping_) {
      End(ShuttingDown());
      return;
    }
    if (batch_.empty()) {
      const uint64_t end = hub_.end_;
      if (end <= last_) return;
      absl::StatusOr<std::vector<store::JournalRecord>> records =
          hub_.store_.Journal(last_, std::min<size_t>(kBatch, end - last_));
      if (!records.ok()) {
        End(records.status());
        return;
      }
      batch_.assign(std::make_move_iterator(records->begin()),
                    std::make_move_iterator(records->end()));
      if (batch_.empty()) {
        End(model::MakeError(Reason::kDataDamaged, "the journal ends before its last event"));
        return;
      }
    }
    store::JournalRecord record = std::move(batch_.front());
    batch_.pop_front();
    last_ = record.number;
    v1::WatchReleasesResponse message;
    *message.mutable_event() = std::move(record.event);
    Write(std::move(message));
  }

  void Write(v1::WatchReleasesResponse message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    message_ = std::move(message);
    message_.set_resume_token(EncodeResumeToken(hub_.store_.journal_id(), last_));
    writing_ = true;
    timer_.Start();
    StartWrite(&message_);
  }

  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ended_ = true;
    timer_.Start();
    Finish(ToGrpcStatus(status));
  }

  WatchHub& hub_;
  grpc::CallbackServerContext* const context_;
  const std::unique_ptr<CallGate::WatcherPlace> place_;
  // Runs while something is on its way.
  StreamTimer timer_;
  // Taken after the hub's lock, never before it. gRPC calls nothing back while it is held.
  absl::Mutex mutex_;
  // The event that was told last.
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<store::JournalRecord> batch_ ABSL_GUARDED_BY(mutex_);
  // Kept until it is written.
  v1::WatchReleasesResponse message_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

WatchHub::WatchHub(store::Store& store) : store_(store), end_(store.journal_end()) {}

WatchHub::~WatchHub() = default;

grpc::ServerWriteReactor<v1::WatchReleasesResponse>* WatchHub::Watch(
    grpc::CallbackServerContext* context, const v1::WatchReleasesRequest& request,
    std::shared_ptr<StreamWatch> streams, std::unique_ptr<CallGate::WatcherPlace> place) {
  // Deletes itself when the call is done.
  auto* const watcher = new Watcher(*this, context, std::move(streams), std::move(place));
  const absl::MutexLock lock(&mutex_);
  if (stopping_) {
    watcher->Refuse();
  } else {
    watchers_.insert(watcher);
    watcher->Begin(request);
  }
  return watcher;
}

void WatchHub::Notify() {
  // Of two that come at once the one that looked first may write last.
  const uint64_t now = store_.journal_end();
  for (uint64_t end = end_; end < now && !end_.compare_exchange_weak(end, now);) {
  }
  if (waking_.exchange(true)) return;
  worker_.Run([this] {
    // First, so that whoever comes from here on has it run again.
    waking_ = false;
    const absl::MutexLock lock(&mutex_);
    for (Watcher* const watcher : watchers_) watcher->Wake();
  });
}

void WatchHub::Stop(absl::Duration grace) {
  const absl::MutexLock lock(&mutex_);
  stopping_ = true;
  for (Watcher* const watcher : watchers_) watcher->Stop();
  const auto all_gone = [this]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return watchers_.empty(); };
  if (mutex_.AwaitWithTimeout(absl::Condition(&all_gone), grace)) return;
  for (Watcher* const watcher : watchers_) watcher->TryCancel();
}

void WatchHub::Remove(Watcher* watcher) {
  const absl::MutexLock lock(&mutex_);
  watchers_.erase(watcher);
}

}  // namespace codeset::server
