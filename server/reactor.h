// Makes gRPC reactors of transport-free handlers; the only place where the two meet.
//
//   grpc::ServerUnaryReactor* GetHistory(grpc::CallbackServerContext* context, …) override {
//     return Answer(context, backend_, server::GetHistory(backend_, *request), response);
//   }
//
// What goes to a client counts against CallLimits::answer_bytes until it has gone out, and a client
// that does not take it within the time of the StreamWatch is cancelled.
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
#include "google/protobuf/message_lite.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/server_callback.h"
#include "server/backend.h"
#include "server/call_gate.h"
#include "server/error.h"
#include "server/message_source.h"
#include "server/stream_watch.h"
#include "storage/model/error.h"

namespace codeset::server {

// Ends a call of one request and one response with what its handler came to, in its own time and
// without limits: for the service Admin. Returns the reactor.
template <typename Response>
grpc::ServerUnaryReactor* Answer(grpc::ServerUnaryReactor* reactor, absl::StatusOr<Response> answer,
                                 Response* response) {
  if (answer.ok()) *response = *std::move(answer);
  reactor->Finish(ToGrpcStatus(answer.status()));
  return reactor;
}

// Ends a call of one request and one response whose answer, if `status` is OK, is ready and counted
// in `charge`.
grpc::ServerUnaryReactor* FinishUnary(grpc::CallbackServerContext* context, const Backend& backend,
                                      const absl::Status& status, AnswerCharge charge);

// Ends a call of one request and one response with what its handler came to.
template <typename Response>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const Backend& backend,
                                 absl::StatusOr<Response> answer, Response* response) {
  AnswerCharge charge;
  const absl::Status status =
      answer.ok() ? charge.Take(backend.calls, answer->ByteSizeLong()) : answer.status();
  if (status.ok()) *response = *std::move(answer);
  return FinishUnary(context, backend, status, std::move(charge));
}

// Ends a call of any kind with an error, before it has begun; deletes itself when the call is done.
template <typename Reactor>
class RefusedCall final : public Reactor {
 public:
  RefusedCall(grpc::CallbackServerContext& context, const absl::Status& status) {
    TellRetryDelay(context, status);
    this->Finish(ToGrpcStatus(status));
  }
  void OnDone() override { delete this; }
};

// Reads a message that came as bytes. ARGUMENT_INVALID if they are no such message.
absl::Status ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message);

// The same of the request of a raw method of one request.
absl::Status ReadRequest(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& request);

// Bytes as gRPC sends them; it takes the text over, without a copy where it is long.
grpc::ByteBuffer ToByteBuffer(std::string bytes);

// The same as Answer for a raw method, whose handler comes to the bytes of its response.
grpc::ServerUnaryReactor* AnswerBytes(grpc::CallbackServerContext* context, const Backend& backend,
                                      absl::StatusOr<std::string> answer,
                                      grpc::ByteBuffer* response);

// How many bytes a message has on its way.
inline size_t SizeOf(const google::protobuf::MessageLite& message) {
  return message.ByteSizeLong();
}
inline size_t SizeOf(const grpc::ByteBuffer& bytes) { return bytes.Length(); }

// Writes the messages of a source, the next one when the one before has gone out.
template <typename Response>
class StreamReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  StreamReactor(grpc::CallbackServerContext* context, const Backend& backend,
                absl::StatusOr<FallibleSource<Response>> source)
      : context_(context),
        calls_(backend.calls),
        writing_(backend.streams, [context] { context->TryCancel(); }) {
    if (!source.ok()) {
      End(source.status());
      return;
    }
    source_ = *std::move(source);
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    writing_.Stop();
    charge_.Release();
    if (ok && !cancelled_) {
      WriteNext();
      return;
    }
    End(model::MakeError(model::Reason::kCancelled, "the call ended before all was read"));
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  void End(const absl::Status& status) {
    // The end, too, is something that the client must take.
    writing_.Start();
    TellRetryDelay(*context_, status);
    this->Finish(ToGrpcStatus(status));
  }

  void WriteNext() {
    absl::StatusOr<std::optional<Response>> message = source_();
    if (!message.ok() || !message->has_value()) {
      End(message.status());
      return;
    }
    message_ = **std::move(message);
    if (const absl::Status status = charge_.Take(calls_, SizeOf(message_)); !status.ok()) {
      End(status);
      return;
    }
    writing_.Start();
    this->StartWrite(&message_);
  }

  grpc::CallbackServerContext* const context_;
  const std::shared_ptr<CallGate> calls_;
  StreamTimer writing_;
  FallibleSource<Response> source_;
  // Kept until it is written.
  Response message_;
  AnswerCharge charge_;
  std::atomic<bool> cancelled_ = false;
};

template <typename Response>
using FallibleSourceOr = absl::StatusOr<FallibleSource<Response>>;

// Begins to stream what a handler came to.
template <typename Response>
grpc::ServerWriteReactor<Response>* AnswerStream(grpc::CallbackServerContext* context,
                                                 const Backend& backend,
                                                 FallibleSourceOr<Response> source) {
  // Deletes itself when the call is done.
  return new StreamReactor<Response>(context, backend, std::move(source));
}

template <typename Response>
grpc::ServerWriteReactor<Response>* AnswerStream(grpc::CallbackServerContext* context,
                                                 const Backend& backend,
                                                 absl::StatusOr<MessageSource<Response>> source) {
  if (!source.ok()) {
    return AnswerStream<Response>(context, backend, FallibleSourceOr<Response>(source.status()));
  }
  return AnswerStream<Response>(
      context, backend,
      FallibleSourceOr<Response>(
          [next = *std::move(source)]() -> absl::StatusOr<std::optional<Response>> {
            return next();
          }));
}

// The same for a raw method, whose handler gives the bytes of its messages.
inline grpc::ServerWriteReactor<grpc::ByteBuffer>* AnswerByteStream(
    grpc::CallbackServerContext* context, const Backend& backend,
    absl::StatusOr<MessageSource<std::string>> source) {
  using Source = FallibleSourceOr<grpc::ByteBuffer>;
  if (!source.ok()) {
    return AnswerStream<grpc::ByteBuffer>(context, backend, Source(source.status()));
  }
  return AnswerStream<grpc::ByteBuffer>(
      context, backend,
      Source([next = *std::move(source)]() -> absl::StatusOr<std::optional<grpc::ByteBuffer>> {
        std::optional<std::string> bytes = next();
        if (!bytes.has_value()) return std::nullopt;
        return ToByteBuffer(*std::move(bytes));
      }));
}

// Serves a raw call that both sides stream.
using ByteStreamReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// Makes one of a session: Take(Request) takes what was read, Next()
// gives what is to be written until all of it is answered, and End() says how the call ends when
// there are no more requests; held_bytes() is about what it keeps. Requests are read when their
// answers have gone out, so that a call of any length takes the memory of one message.
//
// Messages are taken as bytes: of one that cannot be parsed gRPC tells as of a client that has
// half-closed, and what had been answered until then would pass for the whole.
//
// Nothing but one read or one write is under way at a time, so that reactions follow each other;
// OnCancel alone may come at any time, and the watch where either takes too long.
template <typename Session, typename Request, typename Response>
class SessionReactor final : public ByteStreamReactor {
 public:
  // Makes the session of the backend.
  SessionReactor(grpc::CallbackServerContext* context, const Backend& backend)
      : context_(context),
        calls_(backend.calls),
        reading_(backend.streams, [this] { End(reading_.Idle("the call was ended")); }),
        writing_(backend.streams, [context] { context->TryCancel(); }),
        session_(backend, [context] { return context->IsCancelled(); }) {
    Read();
  }

  void OnReadDone(bool ok) override {
    // Else the call has ended while it was waited for.
    if (!reading_.Stop()) return;
    // A read fails alike when the client has half-closed and when the call broke off; what gRPC has
    // broken off itself does not end well for the client, whatever is said here.
    if (cancelled_ || !ok) {
      End(cancelled_ ? Cancelled() : session_.End());
      return;
    }
    Request request;
    absl::Status status = ReadMessage(request_, request);
    // What the session keeps it counts (held_bytes).
    request_.Clear();
    if (status.ok()) status = session_.Take(std::move(request));
    if (!status.ok()) {
      End(status);
      return;
    }
    WriteOrRead();
  }

  void OnWriteDone(bool ok) override {
    writing_.Stop();
    charge_.Release();
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

  void End(const absl::Status& status) {
    // The end, too, is something that the client must take.
    writing_.Start();
    TellRetryDelay(*context_, status);
    this->Finish(ToGrpcStatus(status));
  }

  void Read() {
    reading_.Start();
    this->StartRead(&request_);
  }

  void WriteOrRead() {
    absl::StatusOr<std::optional<Response>> response = session_.Next();
    if (!response.ok()) {
      End(response.status());
      return;
    }
    if (const absl::Status status = keeps_.Resize(session_.held_bytes()); !status.ok()) {
      End(status);
      return;
    }
    if (response->has_value()) {
      if (const absl::Status status = charge_.Take(calls_, SizeOf(**response)); !status.ok()) {
        End(status);
        return;
      }
      response_ = ToByteBuffer((*response)->SerializeAsString());
      writing_.Start();
      this->StartWrite(&response_);
    } else {
      Read();
    }
  }

  grpc::CallbackServerContext* const context_;
  const std::shared_ptr<CallGate> calls_;
  StreamTimer reading_;
  StreamTimer writing_;
  Session session_;
  grpc::ByteBuffer request_;
  // Kept until it is written.
  grpc::ByteBuffer response_;
  AnswerCharge charge_;
  // What the session keeps.
  KeptCharge keeps_{calls_};
  std::atomic<bool> cancelled_ = false;
};

}  // namespace codeset::server
