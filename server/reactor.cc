#include "server/reactor.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"
#include "server/raw_calls.h"

namespace codeset::server {
namespace {

// From this length on, taking a text over is cheaper than copying it.
constexpr size_t kLongText = 4096;

void DeleteText(void* text) { delete static_cast<std::string*>(text); }

// Sends an answer or an error; that counts as long as it lasts.
class UnaryAnswer final : public grpc::ServerUnaryReactor {
 public:
  UnaryAnswer(grpc::CallbackServerContext* context, const Backend& backend,
              const absl::Status& status, AnswerCharge charge)
      : sending_(backend.streams, [context] { context->TryCancel(); }), charge_(std::move(charge)) {
    if (!status.ok()) charge_.TakeError(backend.calls);
    charge_.LeavePlace();
    sending_.Start();
    TellRetryDelay(*context, status);
    Finish(ToGrpcStatus(status));
  }

  void OnDone() override { delete this; }

 private:
  StreamTimer sending_;
  AnswerCharge charge_;
};

}  // namespace

absl::Status ReadRequest(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& request) {
  NoteRawRequest(bytes);
  return ReadMessage(bytes, request);
}

absl::Status ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message) {
  // Most requests lie in one piece, which is read where it lies.
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) {
    if (message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
      return absl::OkStatus();
    }
  } else {
    grpc::ByteBuffer copy(bytes);
    grpc::ProtoBufferReader reader(&copy);
    if (reader.status().ok() && message.ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  }
  return model::MakeError(
      model::Reason::kArgumentInvalid,
      absl::StrCat("the request's bytes are no ", message.GetTypeName(),
                   "; is the client built from another contract, or a text in it not UTF-8?"));
}

grpc::ServerUnaryReactor* FinishUnary(grpc::CallbackServerContext* context, const Backend& backend,
                                      const absl::Status& status, AnswerCharge charge) {
  // Deletes itself when the call is done.
  return new UnaryAnswer(context, backend, status, std::move(charge));
}

grpc::ServerUnaryReactor* AnswerBytes(grpc::CallbackServerContext* context, const Backend& backend,
                                      absl::StatusOr<std::string> answer,
                                      grpc::ByteBuffer* response) {
  AnswerCharge charge;
  const absl::Status status =
      answer.ok() ? charge.Take(backend.calls, answer->size()) : answer.status();
  EndRawCall(*context, ToGrpcStatus(status));
  if (status.ok()) *response = ToByteBuffer(*std::move(answer));
  return FinishUnary(context, backend, status, std::move(charge));
}

grpc::ByteBuffer ToByteBuffer(std::string bytes) {
  if (bytes.size() < kLongText) {
    const grpc::Slice slice(bytes);
    return grpc::ByteBuffer(&slice, 1);
  }
  auto text = std::make_unique<std::string>(std::move(bytes));
  char* const begin = text->data();
  const size_t size = text->size();
  const grpc::Slice slice(begin, size, DeleteText, text.release());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace codeset::server
