#include "server/reactor.h"

#include <memory>

#include "google/protobuf/io/zero_copy_stream.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"
#include "server/raw_calls.h"

namespace codeset::server {
namespace {

// From this length on, taking a text over is cheaper than copying it.
constexpr size_t kLongText = 4096;

void DeleteText(void* text) { delete static_cast<std::string*>(text); }

// Sends a long answer.
class LongAnswer final : public grpc::ServerUnaryReactor {
 public:
  LongAnswer(grpc::CallbackServerContext* context, std::shared_ptr<StreamWatch> watch)
      : sending_(std::move(watch), [context] { context->TryCancel(); }) {
    sending_.Start();
    Finish(grpc::Status::OK);
  }

  void OnDone() override { delete this; }

 private:
  StreamTimer sending_;
};

}  // namespace

absl::Status ReadRequest(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& request) {
  NoteRawRequest(bytes);
  // Most requests lie in one piece, which is read where it lies.
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) {
    if (request.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
      return absl::OkStatus();
    }
  } else {
    grpc::ByteBuffer copy(bytes);
    grpc::ProtoBufferReader reader(&copy);
    if (reader.status().ok() && request.ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  }
  return model::MakeError(model::Reason::kArgumentInvalid,
                          absl::StrCat("the request's bytes are no ", request.GetTypeName(),
                                       "; is the client built from another contract?"));
}

grpc::ServerUnaryReactor* AnswerBytes(grpc::CallbackServerContext* context,
                                      const std::shared_ptr<StreamWatch>& watch,
                                      absl::StatusOr<std::string> answer,
                                      grpc::ByteBuffer* response) {
  const absl::Status status = answer.status();
  const grpc::Status sent = ToGrpcStatus(status);
  EndRawCall(*context, sent);
  const size_t size = status.ok() ? answer->size() : 0;
  if (status.ok()) *response = ToByteBuffer(*std::move(answer));
  // Of shorter ones, all that one connection may ask for at a time have 4 MiB.
  if (size >= kLongText) return new LongAnswer(context, watch);
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(sent);
  return reactor;
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
