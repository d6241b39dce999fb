#include "tests/benchmark/grpc_transport.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/status_macros.h"

namespace codeset::bench {

std::vector<std::shared_ptr<grpc::Channel>> OpenChannels(const std::string& address, int count) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < count; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    channels.push_back(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }
  return channels;
}

GrpcTransport::GrpcTransport(std::vector<std::shared_ptr<grpc::Channel>> channels,
                             GrpcRequests requests, bool decode, bool precise, int slots)
    : requests_(std::move(requests)), reader_(requests_.kind, decode), calls_(slots) {
  if (precise) waker_ = std::make_unique<QueueWaker>(queue_);
  for (auto& channel : channels) stubs_.emplace_back(std::move(channel));
  for (int slot = 0; slot < slots; ++slot) calls_[slot].completion.slot = slot;
}

GrpcTransport::~GrpcTransport() {
  for (Call& call : calls_) {
    if (call.unary != nullptr || call.stream != nullptr) call.context->TryCancel();
  }
  waker_.reset();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

absl::Status GrpcTransport::Start(int slot, size_t request) {
  Call& call = calls_[slot];
  grpc::GenericStub& stub = stubs_[slot % stubs_.size()];
  call.completion = {.slot = slot};
  call.context = std::make_unique<grpc::ClientContext>();
  call.request = request;
  if (requests_.streams) {
    call.stream = stub.PrepareCall(call.context.get(), requests_.method, &queue_);
    call.step = Call::Step::kStart;
    call.stream->StartCall(&call);
  } else {
    call.unary = stub.PrepareUnaryCall(call.context.get(), requests_.method,
                                       requests_.requests[request], &queue_);
    call.unary->StartCall();
    call.unary->Finish(&call.answer, &call.status, &call);
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Span<const Completion>> GrpcTransport::Wait(Clock::time_point deadline) {
  if (waker_ != nullptr) waker_->WakeAt(deadline);
  // gRPC's deadlines are of the system's clock.
  const auto until =
      std::chrono::system_clock::now() +
      std::chrono::duration_cast<std::chrono::system_clock::duration>(deadline - Clock::now());
  while (true) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) {
      return absl::Span<const Completion>();
    }
    if (waker_ != nullptr && tag == waker_->tag()) {
      waker_->Woken();
      return absl::Span<const Completion>();
    }
    Call& call = *static_cast<Call*>(tag);
    ASSIGN_OR_RETURN(const bool ended, Advance(call, ok));
    if (!ended) continue;
    RETURN_IF_ERROR(Finish(call));
    done_ = call.completion;
    return absl::MakeConstSpan(&done_, 1);
  }
}

absl::StatusOr<bool> GrpcTransport::Advance(Call& call, bool ok) {
  if (!requests_.streams) {
    if (call.status.ok()) RETURN_IF_ERROR(ReadAnswer(call));
    return true;
  }
  switch (call.step) {
    case Call::Step::kStart:
      call.step = Call::Step::kWrite;
      call.stream->WriteLast(requests_.requests[call.request], grpc::WriteOptions(), &call);
      return false;
    case Call::Step::kWrite:
      call.step = Call::Step::kRead;
      call.stream->Read(&call.answer, &call);
      return false;
    case Call::Step::kRead:
      if (ok) {
        RETURN_IF_ERROR(ReadAnswer(call));
        call.stream->Read(&call.answer, &call);
      } else {
        call.step = Call::Step::kFinish;
        call.stream->Finish(&call.status, &call);
      }
      return false;
    case Call::Step::kFinish:
      return true;
  }
  return true;
}

absl::Status GrpcTransport::ReadAnswer(Call& call) {
  ASSIGN_OR_RETURN(const AnswerItems items, reader_.Read(call.answer));
  call.completion.found += items.found;
  call.completion.missing += items.missing;
  call.completion.bytes += items.bytes;
  call.answer.Clear();
  return absl::OkStatus();
}

absl::Status GrpcTransport::Finish(Call& call) {
  call.unary.reset();
  call.stream.reset();
  const bool asks_one =
      requests_.kind == CallKind::kGetConcept || requests_.kind == CallKind::kListRelatives;
  if (call.status.error_code() == grpc::StatusCode::NOT_FOUND && asks_one) {
    call.completion.missing = 1;
  } else if (!call.status.ok()) {
    return absl::UnavailableError(absl::StrCat(requests_.method, " failed, status ",
                                               call.status.error_code(), ": ",
                                               call.status.error_message()));
  }
  return absl::OkStatus();
}

}  // namespace codeset::bench
