// How calls of raw methods of one request and one answer are observed (call_observer.h): the
// look-ups, which are called most. An interceptor would cost each of them two more turns of gRPC's
// queue; but gRPC calls their handlers on the thread, and right after, it asked
// for an interceptor, and they all end by AnswerBytes (reactor.h) before they return.
//
// Thread-safe: what is kept belongs to its thread.
#pragma once

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace codeset::server {

// Says that the handler of this thread reads a request, which lasts as long as its call.
void NoteRawRequest(const grpc::ByteBuffer& request);

// Says that the handler of this thread ends its call so; before gRPC is told. Nothing where the
// call is not observed.
void EndRawCall(grpc::CallbackServerContext& context, const grpc::Status& status);

}  // namespace codeset::server
