// Makes gRPC reactors of transport-free handlers; the only place where the two meet.
//
//   grpc::ServerUnaryReactor* GetConcept(grpc::CallbackServerContext* context, …) override {
//     return Answer(context->DefaultReactor(), server::GetConcept(backend_, *request), response);
//   }
//
// Thread-safety: gRPC calls the reactions of one call one after another, save OnCancel.
#pragma once

#include <atomic>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/server_callback.h"
#include "server/error.h"
#include "server/message_source.h"
#include "storage/model/error.h"

namespace codeset::server {

// Ends a call of one request and one response with what its handler came to; returns the
// reactor.
template <typename Response>
grpc::ServerUnaryReactor* Answer(grpc::ServerUnaryReactor* reactor, absl::StatusOr<Response> answer,
                                 Response* response) {
  if (answer.ok()) *response = *std::move(answer);
  reactor->Finish(ToGrpcStatus(answer.status()));
  return reactor;
}

// Writes the messages of a source, the next one when the one before has gone out.
template <typename Response>
class StreamReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  explicit StreamReactor(absl::StatusOr<MessageSource<Response>> source) {
    if (!source.ok()) {
      this->Finish(ToGrpcStatus(source.status()));
      return;
    }
    source_ = *std::move(source);
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    if (ok && !cancelled_) {
      WriteNext();
      return;
    }
    this->Finish(ToGrpcStatus(
        model::MakeError(model::Reason::kCancelled, "the call ended before all was read")));
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  void WriteNext() {
    std::optional<Response> message = source_();
    if (!message.has_value()) {
      this->Finish(grpc::Status::OK);
      return;
    }
    message_ = *std::move(message);
    this->StartWrite(&message_);
  }

  MessageSource<Response> source_;
  // Kept until it is written.
  Response message_;
  std::atomic<bool> cancelled_ = false;
};

// Begins to stream what a handler came to.
template <typename Response>
grpc::ServerWriteReactor<Response>* AnswerStream(absl::StatusOr<MessageSource<Response>> source) {
  // Deletes itself when the call is done.
  return new StreamReactor<Response>(std::move(source));
}

}  // namespace codeset::server
