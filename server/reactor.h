// Makes gRPC reactors of transport-free handlers; the only place where the two meet.
//
//   grpc::ServerUnaryReactor* GetHistory(grpc::CallbackServerContext* context, …) override {
//     return Answer(context->DefaultReactor(), server::GetHistory(backend_, *request), response);
//   }
//
// Thread-safety: gRPC calls the reactions of one call one after another, save OnCancel.
// `context` outlives its reactor.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/server_callback.h"
#include "server/error.h"
#include "server/message_source.h"
#include "server/stream_watch.h"
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

// Ends a call of any kind with an error, before it has begun; deletes itself when the call is done.
template <typename Reactor>
class RefusedCall final : public Reactor {
 public:
  explicit RefusedCall(const absl::Status& status) { this->Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

// Reads the request of a raw method. ARGUMENT_INVALID if its bytes are no such message.
absl::Status ReadRequest(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& request);

// Bytes as gRPC sends them; it takes the text over, without a copy where it is long.
grpc::ByteBuffer ToByteBuffer(std::string bytes);

// The same as Answer for a raw method, whose handler comes to the bytes of its response. A long
// one is watched: who does not take it is cancelled.
grpc::ServerUnaryReactor* AnswerBytes(grpc::CallbackServerContext* context,
                                      const std::shared_ptr<StreamWatch>& watch,
                                      absl::StatusOr<std::string> answer,
                                      grpc::ByteBuffer* response);

// Writes the messages of a source, the next one when the one before has gone out. A client that
// does not take one is cancelled.
template <typename Response>
class StreamReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  StreamReactor(grpc::CallbackServerContext* context, std::shared_ptr<StreamWatch> watch,
                absl::StatusOr<FallibleSource<Response>> source)
      : writing_(std::move(watch), [context] { context->TryCancel(); }) {
    if (!source.ok()) {
      this->Finish(ToGrpcStatus(source.status()));
      return;
    }
    source_ = *std::move(source);
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    writing_.Stop();
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
    absl::StatusOr<std::optional<Response>> message = source_();
    if (!message.ok() || !message->has_value()) {
      this->Finish(ToGrpcStatus(message.status()));
      return;
    }
    message_ = **std::move(message);
    writing_.Start();
    this->StartWrite(&message_);
  }

  StreamTimer writing_;
  FallibleSource<Response> source_;
  // Kept until it is written.
  Response message_;
  std::atomic<bool> cancelled_ = false;
};

template <typename Response>
using FallibleSourceOr = absl::StatusOr<FallibleSource<Response>>;

// Begins to stream what a handler came to.
template <typename Response>
grpc::ServerWriteReactor<Response>* AnswerStream(grpc::CallbackServerContext* context,
                                                 const std::shared_ptr<StreamWatch>& watch,
                                                 FallibleSourceOr<Response> source) {
  // Deletes itself when the call is done.
  return new StreamReactor<Response>(context, watch, std::move(source));
}

template <typename Response>
grpc::ServerWriteReactor<Response>* AnswerStream(grpc::CallbackServerContext* context,
                                                 const std::shared_ptr<StreamWatch>& watch,
                                                 absl::StatusOr<MessageSource<Response>> source) {
  if (!source.ok()) {
    return AnswerStream<Response>(context, watch, FallibleSourceOr<Response>(source.status()));
  }
  return AnswerStream<Response>(
      context, watch,
      FallibleSourceOr<Response>(
          [next = *std::move(source)]() -> absl::StatusOr<std::optional<Response>> {
            return next();
          }));
}

// The same for a raw method, whose handler gives the bytes of its messages.
inline grpc::ServerWriteReactor<grpc::ByteBuffer>* AnswerByteStream(
    grpc::CallbackServerContext* context, const std::shared_ptr<StreamWatch>& watch,
    absl::StatusOr<MessageSource<std::string>> source) {
  using Source = FallibleSourceOr<grpc::ByteBuffer>;
  if (!source.ok()) {
    return AnswerStream<grpc::ByteBuffer>(context, watch, Source(source.status()));
  }
  return AnswerStream<grpc::ByteBuffer>(
      context, watch,
      Source([next = *std::move(source)]() -> absl::StatusOr<std::optional<grpc::ByteBuffer>> {
        std::optional<std::string> bytes = next();
        if (!bytes.has_value()) return std::nullopt;
        return ToByteBuffer(*std::move(bytes));
      }));
}

// Serves a call that both sides stream by a session: Take(Request) takes what was read, Next()
// gives what is to be written until all of it is answered, and End() says how the call ends when
// there are no more requests. Requests are read when their answers have gone out, so that a call
// of any length takes the memory of one message.
//
// Nothing but one read or one write is under way at a time, so that reactions follow each other;
// OnCancel alone may come at any time, and the watch where either takes too long.
template <typename Session, typename Request, typename Response>
class SessionReactor final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  // Makes the session of the arguments.
  template <typename... Arguments>
  explicit SessionReactor(grpc::CallbackServerContext* context, std::shared_ptr<StreamWatch> watch,
                          Arguments&&... arguments)
      : reading_(watch, [this] { End(reading_.Idle("the call was ended")); }),
        writing_(std::move(watch), [context] { context->TryCancel(); }),
        session_(std::forward<Arguments>(arguments)...) {
    Read();
  }

  void OnReadDone(bool ok) override {
    // Else the call has ended while it was waited for.
    if (!reading_.Stop()) return;
    // A read fails alike when the client has half-closed and when the call broke off.
    if (cancelled_ || !ok) {
      End(cancelled_ ? Cancelled() : session_.End());
      return;
    }
    if (const absl::Status status = session_.Take(std::move(request_)); !status.ok()) {
      End(status);
      return;
    }
    WriteOrRead();
  }

  void OnWriteDone(bool ok) override {
    writing_.Stop();
    if (!ok || cancelled_) {
      End(Cancelled());
      return;
    }
    WriteOrRead();
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  static absl::Status Cancelled() {
    return model::MakeError(model::Reason::kCancelled, "the call ended before all was answered");
  }

  void End(const absl::Status& status) { this->Finish(ToGrpcStatus(status)); }

  void Read() {
    reading_.Start();
    this->StartRead(&request_);
  }

  void WriteOrRead() {
    absl::StatusOr<std::optional<Response>> response = session_.Next();
    if (!response.ok()) {
      End(response.status());
    } else if (response->has_value()) {
      response_ = **std::move(response);
      writing_.Start();
      this->StartWrite(&response_);
    } else {
      request_.Clear();
      Read();
    }
  }

  StreamTimer reading_;
  StreamTimer writing_;
  Session session_;
  Request request_;
  // Kept until it is written.
  Response response_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace codeset::server
