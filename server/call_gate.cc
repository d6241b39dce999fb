#include "server/call_gate.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/generic/async_generic_service.h"
#include "storage/model/error.h"

namespace codeset::server {

// gRPC asks for a context when a call comes in, before it waits for a thread.
class CallGate::CountingAllocator final : public grpc::ContextAllocator {
 public:
  explicit CountingAllocator(std::shared_ptr<CallGate> gate) : gate_(std::move(gate)) {}

  grpc::CallbackServerContext* NewCallbackServerContext() override {
    ++gate_->under_way_;
    return new grpc::CallbackServerContext;
  }

  grpc::GenericCallbackServerContext* NewGenericCallbackServerContext() override {
    ++gate_->under_way_;
    return new grpc::GenericCallbackServerContext;
  }

  void Release(grpc::CallbackServerContext* context) override {
    delete context;
    --gate_->under_way_;
  }

  void Release(grpc::GenericCallbackServerContext* context) override {
    delete context;
    --gate_->under_way_;
  }

 private:
  const std::shared_ptr<CallGate> gate_;
};

std::unique_ptr<grpc::ContextAllocator> CallGate::Counter(std::shared_ptr<CallGate> gate) {
  return std::make_unique<CountingAllocator>(std::move(gate));
}

absl::Status CallGate::Enter(grpc::CallbackServerContext& context) const {
  if (context.IsCancelled()) {
    return model::MakeError(model::Reason::kCancelled, "the call ended before it was answered");
  }
  if (under_way_.load(std::memory_order_relaxed) <= most_) return absl::OkStatus();
  const std::string delay = absl::StrCat(absl::ToInt64Milliseconds(kRetryDelay));
  context.AddTrailingMetadata("grpc-retry-pushback-ms", delay);
  return model::MakeError(
      model::Reason::kOverloaded,
      absl::StrCat("more than ", most_, " calls are under way at this server; try again in ",
                   absl::FormatDuration(kRetryDelay)),
      {{"retry_after_milliseconds", delay}});
}

}  // namespace codeset::server
