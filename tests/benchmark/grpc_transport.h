// Calls of codesetd, or of the echo server (echo_server.cc), as cheap as gRPC lets them be: one
// completion queue, driven by the loop's own thread; requests encoded beforehand; answers taken
// as bytes.
//
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "tests/benchmark/answer_reader.h"
#include "tests/benchmark/queue_waker.h"
#include "tests/benchmark/transport.h"

namespace codeset::bench {

// What is to be called.
struct GrpcRequests {
  CallKind kind = CallKind::kGetConcept;
  // `/codeset.v1.Terminology/GetConcept`.
  std::string method;
  // Whether the answer is a stream.
  bool streams = false;
  std::vector<grpc::ByteBuffer> requests;
};

// See above.
class GrpcTransport final : public Transport {
 public:
  // Calls over `channels`, of which each slot takes one in turn. An unknown code (NOT_FOUND of
  // GetConcept and ListRelatives) is an item that is missing; any other error ends the run. If
  // `precise`, waits end when they are to end, and not up to two milliseconds later.
  GrpcTransport(std::vector<std::shared_ptr<grpc::Channel>> channels, GrpcRequests requests,
                bool decode, bool precise, int slots);
  // Cancels what is under way, and waits for that.
  ~GrpcTransport() override;
  GrpcTransport(const GrpcTransport&) = delete;
  GrpcTransport& operator=(const GrpcTransport&) = delete;

  size_t requests() const override { return requests_.requests.size(); }
  int slots() const override { return static_cast<int>(calls_.size()); }
  absl::Status Start(int slot, size_t request) override;
  absl::StatusOr<absl::Span<const Completion>> Wait(Clock::time_point deadline) override;

 private:
  // A call of a slot.
  struct Call {
    enum class Step { kStart, kWrite, kRead, kFinish };
    Completion completion;
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> unary;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
    // What is under way of a stream.
    Step step = Step::kStart;
    grpc::ByteBuffer answer;
    grpc::Status status;
    size_t request = 0;
  };

  // Takes what the queue told of a call; true if the call has ended.
  absl::StatusOr<bool> Advance(Call& call, bool ok);
  absl::Status Finish(Call& call);
  absl::Status ReadAnswer(Call& call);

  GrpcRequests requests_;
  std::vector<grpc::GenericStub> stubs_;
  grpc::CompletionQueue queue_;
  // Null unless waits are to be precise.
  std::unique_ptr<QueueWaker> waker_;
  AnswerReader reader_;
  std::vector<Call> calls_;
  Completion done_;
};

// Channels to an address, each with a connection of its own.
std::vector<std::shared_ptr<grpc::Channel>> OpenChannels(const std::string& address, int count);

}  // namespace codeset::bench
