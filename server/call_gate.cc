#include "server/call_gate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/generic/async_generic_service.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

// How the methods of this server's own services begin.
constexpr absl::string_view kContract = "/codeset.";

std::string RetryMilliseconds() { return absl::StrCat(absl::ToInt64Milliseconds(kRetryDelay)); }

absl::Status Overloaded(absl::string_view what) {
  return model::MakeError(
      model::Reason::kOverloaded,
      absl::StrCat("more than ", what, "; try again in ", absl::FormatDuration(kRetryDelay)),
      {{"retry_after_milliseconds", RetryMilliseconds()}});
}

absl::Status TooManyBytes(int64_t limit) {
  return Overloaded(absl::StrCat(limit >> 20,
                                 " MiB of answers, and of what is needed for them, have not been "
                                 "taken by those who asked this server for them"));
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

class CallGate::ExemptingFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit ExemptingFactory(std::shared_ptr<CallGate> gate) : gate_(std::move(gate)) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    if (!absl::StartsWith(info->method(), kContract)) gate_->Exempt(*info->server_context());
    return nullptr;
  }

 private:
  const std::shared_ptr<CallGate> gate_;
};

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> CallGate::Interceptor(
    std::shared_ptr<CallGate> gate) {
  return std::make_unique<ExemptingFactory>(std::move(gate));
}

std::unique_ptr<grpc::ContextAllocator> CallGate::Counter(std::shared_ptr<CallGate> gate,
                                                          NewContext make) {
  return std::make_unique<CountingAllocator>(std::move(gate), make);
}

CallGate::Context* CallGate::NewPlainContext() { return new Context; }

void CallGate::Leave(grpc::CallbackServerContext* context) {
  // gRPC gives the context of a method that is not there back here too.
  auto* const call = dynamic_cast<Context*>(context);
  if (call == nullptr) return;
  if (call->exempt_) --exempt_;
  if (call->request_bytes_ > 0) {
    kept_bytes_.fetch_sub(call->request_bytes_, std::memory_order_relaxed);
  }
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
         watchers_.load(std::memory_order_relaxed) - exempt_.load(std::memory_order_relaxed);
}

void CallGate::Exempt(grpc::ServerContextBase& context) {
  auto* const call = dynamic_cast<Context*>(&context);
  if (call == nullptr) return;
  call->exempt_ = true;
  if (++exempt_ > limits_.others) context.TryCancel();
}

absl::Status CallGate::Enter(grpc::CallbackServerContext& context, size_t request_bytes) {
  const auto shutting_down = [] {
    return model::MakeError(model::Reason::kShuttingDown,
                            "the server is stopping, and has not begun with this call; ask again, "
                            "or another server");
  };
  if (context.IsCancelled()) {
    return model::MakeError(model::Reason::kCancelled, "the call ended before it was answered");
  }
  // First: who hears that a server is overloaded asks the same one again.
  if (closed_) return shutting_down();
  if (UnderWay() > limits_.calls) {
    return Overloaded(absl::StrCat(limits_.calls, " calls are under way at this server"));
  }
  // Before any work is done for an answer that could not be kept.
  if (TooMany(answer_bytes_.load(std::memory_order_relaxed) + 1,
              kept_bytes_.load(std::memory_order_relaxed))) {
    return TooManyBytes(limits_.answer_bytes);
  }
  // Null where a test has made the context.
  auto* const call = dynamic_cast<Context*>(&context);
  // gRPC keeps a request until its call is over, whether its answer is taken or not.
  if (const auto bytes = static_cast<int64_t>(request_bytes);
      call != nullptr && bytes >= kLeastAnswerBytes) {
    RETURN_IF_ERROR(Keep(bytes));
    call->request_bytes_ = bytes;
  }
  const absl::MutexLock lock(&mutex_);
  if (closed_) return shutting_down();
  if (call != nullptr) {
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
    return Overloaded(absl::StrCat(limits_.watchers, " watchers are at this server"));
  }
  return place;
}

absl::Status CallGate::Keep(int64_t bytes) {
  const int64_t answers = answer_bytes_.load(std::memory_order_relaxed);
  const int64_t kept = kept_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (answers + kept > 0 && TooMany(answers, kept + bytes)) {
    kept_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return TooManyBytes(limits_.answer_bytes);
  }
  return absl::OkStatus();
}

CallGate::WatcherPlace::~WatcherPlace() { --gate_->watchers_; }

AnswerCharge::AnswerCharge(AnswerCharge&& other) noexcept
    : gate_(std::move(other.gate_)),
      bytes_(std::exchange(other.bytes_, 0)),
      left_place_(std::exchange(other.left_place_, false)) {}

absl::Status AnswerCharge::Take(const std::shared_ptr<CallGate>& gate, size_t bytes) {
  const int64_t count = std::max(static_cast<int64_t>(bytes), kLeastAnswerBytes);
  const int64_t before = gate->answer_bytes_.fetch_add(count, std::memory_order_relaxed);
  if (before > 0 &&
      gate->TooMany(before + count, gate->kept_bytes_.load(std::memory_order_relaxed))) {
    gate->answer_bytes_.fetch_sub(count, std::memory_order_relaxed);
    return TooManyBytes(gate->limits_.answer_bytes);
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

KeptCharge::~KeptCharge() { gate_->kept_bytes_.fetch_sub(bytes_, std::memory_order_relaxed); }

absl::Status KeptCharge::Resize(size_t bytes) {
  const int64_t count = static_cast<int64_t>(bytes) / kLeastAnswerBytes * kLeastAnswerBytes;
  if (count > bytes_) {
    RETURN_IF_ERROR(gate_->Keep(count - bytes_));
  } else if (count < bytes_) {
    gate_->kept_bytes_.fetch_sub(bytes_ - count, std::memory_order_relaxed);
  }
  bytes_ = count;
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const KeptCharge>> Hold(const std::shared_ptr<CallGate>& gate,
                                                       size_t bytes) {
  auto charge = std::make_shared<KeptCharge>(gate);
  RETURN_IF_ERROR(charge->Resize(bytes));
  return charge;
}

void TellRetryDelay(grpc::CallbackServerContext& context, const absl::Status& status) {
  if (model::ReasonOf(status) != model::Reason::kOverloaded) return;
  context.AddTrailingMetadata("grpc-retry-pushback-ms", RetryMilliseconds());
}

}  // namespace codeset::server
