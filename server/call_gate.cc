#include "server/call_gate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/generic/async_generic_service.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

// Refuses a call, and tells it when to come again.
absl::Status Overloaded(grpc::CallbackServerContext& context, absl::string_view what) {
  const std::string delay = absl::StrCat(absl::ToInt64Milliseconds(kRetryDelay));
  context.AddTrailingMetadata("grpc-retry-pushback-ms", delay);
  return model::MakeError(
      model::Reason::kOverloaded,
      absl::StrCat("more than ", what, "; try again in ", absl::FormatDuration(kRetryDelay)),
      {{"retry_after_milliseconds", delay}});
}

std::string BytesThatWait(int64_t limit) {
  return absl::StrCat(limit >> 20,
                      " MiB of answers of this server have not been taken by those who "
                      "asked for them");
}

}  // namespace

// gRPC asks for a context when a call comes in, before it waits for a thread.
class CallGate::CountingAllocator final : public grpc::ContextAllocator {
 public:
  CountingAllocator(std::shared_ptr<CallGate> gate, NewContext make)
      : gate_(std::move(gate)), make_(make) {}

  grpc::CallbackServerContext* NewCallbackServerContext() override {
    ++gate_->calls_;
    return make_();
  }

  grpc::GenericCallbackServerContext* NewGenericCallbackServerContext() override {
    ++gate_->calls_;
    return new grpc::GenericCallbackServerContext;
  }

  void Release(grpc::CallbackServerContext* context) override {
    gate_->Leave(context);
    delete context;
    --gate_->calls_;
  }

  void Release(grpc::GenericCallbackServerContext* context) override {
    delete context;
    --gate_->calls_;
  }

 private:
  const std::shared_ptr<CallGate> gate_;
  const NewContext make_;
};

std::unique_ptr<grpc::ContextAllocator> CallGate::Counter(std::shared_ptr<CallGate> gate,
                                                          NewContext make) {
  return std::make_unique<CountingAllocator>(std::move(gate), make);
}

CallGate::Context* CallGate::NewPlainContext() { return new Context; }

void CallGate::Leave(grpc::CallbackServerContext* context) {
  // gRPC gives the context of a method that is not there back here too.
  auto* const call = dynamic_cast<Context*>(context);
  if (call == nullptr) return;
  const absl::MutexLock lock(&mutex_);
  if (!call->entered_) return;
  if (call->next_ != nullptr) call->next_->previous_ = call->previous_;
  (call->previous_ != nullptr ? call->previous_->next_ : entered_) = call->next_;
}

void CallGate::Close() {
  const absl::MutexLock lock(&mutex_);
  closed_ = true;
}

bool CallGate::AwaitDrained(absl::Time deadline) {
  const absl::MutexLock lock(&mutex_);
  const auto drained = [this]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return entered_ == nullptr; };
  return mutex_.AwaitWithDeadline(absl::Condition(&drained), deadline);
}

std::vector<std::string> CallGate::Peers() {
  const absl::MutexLock lock(&mutex_);
  std::vector<std::string> peers;
  for (const Context* call = entered_; call != nullptr; call = call->next_) {
    peers.push_back(call->peer());
  }
  return peers;
}

int CallGate::UnderWay() const {
  return calls_.load(std::memory_order_relaxed) - answered_.load(std::memory_order_relaxed) -
         watchers_.load(std::memory_order_relaxed);
}

absl::Status CallGate::Enter(grpc::CallbackServerContext& context) {
  if (context.IsCancelled()) {
    return model::MakeError(model::Reason::kCancelled, "the call ended before it was answered");
  }
  if (UnderWay() > limits_.calls) {
    return Overloaded(context, absl::StrCat(limits_.calls, " calls are under way at this server"));
  }
  // Before any work is done for an answer that could not be kept.
  if (answer_bytes_.load(std::memory_order_relaxed) >= limits_.answer_bytes) {
    return Overloaded(context, BytesThatWait(limits_.answer_bytes));
  }
  const absl::MutexLock lock(&mutex_);
  if (closed_) {
    return model::MakeError(model::Reason::kShuttingDown,
                            "the server is stopping, and has not begun with this call; ask again, "
                            "or another server");
  }
  // Else a test has made it.
  if (auto* const call = dynamic_cast<Context*>(&context)) {
    call->entered_ = true;
    call->next_ = entered_;
    if (entered_ != nullptr) entered_->previous_ = call;
    entered_ = call;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<CallGate::WatcherPlace>> CallGate::EnterWatcher(
    grpc::CallbackServerContext& context) {
  if (absl::Status status = Enter(context); !status.ok()) return status;
  auto place = std::make_unique<WatcherPlace>(this);
  if (++watchers_ > limits_.watchers) {
    return Overloaded(context, absl::StrCat(limits_.watchers, " watchers are at this server"));
  }
  return place;
}

CallGate::WatcherPlace::~WatcherPlace() { --gate_->watchers_; }

AnswerCharge::AnswerCharge(AnswerCharge&& other) noexcept
    : gate_(std::move(other.gate_)),
      bytes_(std::exchange(other.bytes_, 0)),
      left_place_(std::exchange(other.left_place_, false)) {}

absl::Status AnswerCharge::Take(const std::shared_ptr<CallGate>& gate,
                                grpc::CallbackServerContext& context, size_t bytes) {
  const int64_t count = std::max(static_cast<int64_t>(bytes), kLeastAnswerBytes);
  const int64_t before = gate->answer_bytes_.fetch_add(count, std::memory_order_relaxed);
  if (before > 0 && before + count > gate->limits_.answer_bytes) {
    gate->answer_bytes_.fetch_sub(count, std::memory_order_relaxed);
    return Overloaded(context, BytesThatWait(gate->limits_.answer_bytes));
  }
  gate_ = gate;
  bytes_ = count;
  return absl::OkStatus();
}

void AnswerCharge::TakeError(const std::shared_ptr<CallGate>& gate) {
  gate->answer_bytes_.fetch_add(kLeastAnswerBytes, std::memory_order_relaxed);
  gate_ = gate;
  bytes_ = kLeastAnswerBytes;
}

void AnswerCharge::LeavePlace() {
  left_place_ = true;
  gate_->answered_.fetch_add(1, std::memory_order_relaxed);
}

void AnswerCharge::Release() {
  if (gate_ == nullptr) return;
  gate_->answer_bytes_.fetch_sub(bytes_, std::memory_order_relaxed);
  if (std::exchange(left_place_, false)) {
    gate_->answered_.fetch_sub(1, std::memory_order_relaxed);
  }
  gate_ = nullptr;
}

}  // namespace codeset::server
