// A call of any method, by its name and bytes: one message goes out, and what comes back is read.
//
//   GenericCall call(channel, "/codeset.v1.Terminology/GetConcept", request.SerializeAsString());
//   EXPECT_TRUE(call.Read().has_value());
//   EXPECT_TRUE(call.Finish().ok());
//
// For gRPC a call of one request and one answer is a stream like any other. Not thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace codeset::server {

// See above.
class GenericCall {
 public:
  // Begins, and says that nothing more is sent. Ends with DEADLINE_EXCEEDED after a minute.
  GenericCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
              const std::string& message)
      : method_(method), stub_(channel) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
    stub_.PrepareBidiStreamingCall(&context_, method_, {}, &reactor_);
    const grpc::Slice slice(message);
    reactor_.request = grpc::ByteBuffer(&slice, 1);
    reactor_.StartWriteLast(&reactor_.request, {});
    reactor_.StartRead(&reactor_.response);
    reactor_.StartCall();
  }
  ~GenericCall() {
    context_.TryCancel();
    Finish().ok();
  }
  GenericCall(const GenericCall&) = delete;
  GenericCall& operator=(const GenericCall&) = delete;

  // The next message; nothing at the end. Waits.
  std::optional<std::string> Read() {
    const absl::MutexLock lock(&reactor_.mutex);
    const auto has_news = [this] { return next_ < reactor_.messages.size() || reactor_.done; };
    reactor_.mutex.Await(absl::Condition(&has_news));
    if (next_ == reactor_.messages.size()) return std::nullopt;
    return reactor_.messages[next_++];
  }

  // How it ended. Waits.
  grpc::Status Finish() {
    const absl::MutexLock lock(&reactor_.mutex);
    reactor_.mutex.Await(absl::Condition(&reactor_.done));
    return reactor_.status;
  }

  grpc::ClientContext& context() { return context_; }

 private:
  struct Reactor final : grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
    void OnReadDone(bool ok) override {
      if (!ok) return;
      std::vector<grpc::Slice> slices;
      response.Dump(&slices);
      std::string text;
      for (const grpc::Slice& slice : slices) {
        text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
      {
        const absl::MutexLock lock(&mutex);
        messages.push_back(std::move(text));
      }
      StartRead(&response);
    }
    void OnDone(const grpc::Status& end) override {
      const absl::MutexLock lock(&mutex);
      status = end;
      done = true;
    }

    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
    absl::Mutex mutex;
    std::vector<std::string> messages;
    grpc::Status status;
    bool done = false;
  };

  const std::string method_;
  grpc::ClientContext context_;
  grpc::GenericStub stub_;
  Reactor reactor_;
  size_t next_ = 0;
};

}  // namespace codeset::server
