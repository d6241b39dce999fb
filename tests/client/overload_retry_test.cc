// What the client does when the server has too much to do.
#include "client/cpp/overload_retry.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "client/cpp/grpc_connection.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace codeset::client {
namespace {

// RESOURCE_EXHAUSTED with a reason of Codeset and, unless it is negative, a time to come again.
grpc::Status Refused(const std::string& reason, absl::Duration delay) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("codeset");
  google::rpc::Status status;
  status.add_details()->PackFrom(info);
  if (delay >= absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int>(absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
    status.add_details()->PackFrom(retry);
  }
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too much", status.SerializeAsString()};
}

// Refuses so many calls, and answers the next.
class Busy final : public v1::Terminology::Service {
 public:
  grpc::Status GetConcept(grpc::ServerContext*, const v1::GetConceptRequest*,
                          v1::GetConceptResponse* response) override {
    ++calls;
    if (refusals-- > 0) return Refused(reason, delay);
    response->mutable_found()->set_id("M99");
    return grpc::Status::OK;
  }

  grpc::Status StreamDescendants(
      grpc::ServerContext*, const v1::StreamDescendantsRequest* request,
      grpc::ServerWriter<v1::StreamDescendantsResponse>* writer) override {
    ++calls;
    if (request->id() != "M99") return {grpc::StatusCode::INTERNAL, "another question"};
    if (!after_message && refusals-- > 0) return Refused(reason, delay);
    v1::StreamDescendantsResponse message;
    message.add_concepts()->set_id("M99.0");
    writer->Write(message);
    return after_message ? Refused(reason, delay) : grpc::Status::OK;
  }

  grpc::Status StreamValidateCodes(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::StreamValidateCodesResponse, v1::StreamValidateCodesRequest>*)
      override {
    ++calls;
    return Refused(reason, delay);
  }

  std::atomic<int> calls = 0;
  std::atomic<int> refusals = 0;
  std::atomic<bool> after_message = false;
  // Not changed while a call is under way.
  std::string reason = "OVERLOADED";
  absl::Duration delay = absl::Milliseconds(20);
};

class OverloadRetryTest : public ::testing::Test {
 protected:
  OverloadRetryTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&busy_);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }

  Client MakeClient(int retries) const {
    ConnectionOptions options;
    options.overload_retries = retries;
    return Client(*MakeConnection(address_, options));
  }

  static absl::Status LookUp(const Client& client, const CallOverrides& overrides = {}) {
    return client.GetConcept(Current(), "M99", v1::CONCEPT_VIEW_BASIC, overrides).status();
  }

  // How many concepts there are before the end or the error, which goes to `status`.
  static int Stream(const Client& client, absl::Status* status) {
    v1::StreamDescendantsRequest request;
    request.set_id("M99");
    int concepts = 0;
    ConceptRange range = client.StreamDescendants(request);
    for (const auto& item : range) {
      if (!item.ok()) {
        *status = item.status();
      } else {
        ++concepts;
      }
    }
    return concepts;
  }

  Busy busy_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(OverloadRetryTest, AsksAgainWhenTheServerSays) {
  busy_.refusals = 2;
  busy_.delay = absl::Milliseconds(100);
  const absl::Time begin = absl::Now();
  EXPECT_TRUE(LookUp(Client(MakeConnection(address_))).ok());
  EXPECT_EQ(busy_.calls, 3);
  EXPECT_GE(absl::Now() - begin, 2 * busy_.delay);
}

TEST_F(OverloadRetryTest, GivesUpAtSomeTime) {
  busy_.refusals = 1000;
  const absl::Status status = LookUp(Client(MakeConnection(address_)));
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_OVERLOADED);
  EXPECT_EQ(busy_.calls, 1 + ConnectionOptions().overload_retries);
}

TEST_F(OverloadRetryTest, CanBeSwitchedOff) {
  busy_.refusals = 1;
  EXPECT_EQ(ErrorReasonOf(LookUp(MakeClient(0))), v1::ERROR_REASON_OVERLOADED);
  EXPECT_EQ(busy_.calls, 1);
}

TEST_F(OverloadRetryTest, WaitsForNothingThatIsBeyondTheDeadline) {
  busy_.refusals = 1;
  busy_.delay = absl::Hours(1);
  const CallOverrides overrides{absl::Seconds(60)};
  const absl::Time begin = absl::Now();
  EXPECT_EQ(ErrorReasonOf(LookUp(MakeClient(3), overrides)), v1::ERROR_REASON_OVERLOADED);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
  EXPECT_EQ(busy_.calls, 1);
}

TEST_F(OverloadRetryTest, AsksAgainForNothingElse) {
  busy_.refusals = 1;
  busy_.reason = "ANSWER_TOO_LARGE";
  EXPECT_EQ(ErrorReasonOf(LookUp(MakeClient(3))), v1::ERROR_REASON_ANSWER_TOO_LARGE);
  EXPECT_EQ(busy_.calls, 1);
  // Nor where the server does not say when.
  busy_.refusals = 1;
  busy_.reason = "OVERLOADED";
  busy_.delay = absl::Seconds(-1);
  EXPECT_EQ(ErrorReasonOf(LookUp(MakeClient(3))), v1::ERROR_REASON_OVERLOADED);
  EXPECT_EQ(busy_.calls, 2);
}

TEST_F(OverloadRetryTest, OpensAStreamAgainBeforeItsFirstMessage) {
  busy_.refusals = 2;
  absl::Status status;
  EXPECT_EQ(Stream(MakeClient(3), &status), 1);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(busy_.calls, 3);
  // What has come is not asked for twice.
  busy_.after_message = true;
  EXPECT_EQ(Stream(MakeClient(3), &status), 1);
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_OVERLOADED);
  EXPECT_EQ(busy_.calls, 4);
}

TEST_F(OverloadRetryTest, NeverRepeatsWhatTheClientStreams) {
  const auto connection = MakeConnection(address_);
  const auto stream = connection->StreamValidateCodes({absl::Now() + absl::Seconds(30)});
  EXPECT_EQ(ErrorReasonOf(stream->Next().status()), v1::ERROR_REASON_OVERLOADED);
  EXPECT_EQ(busy_.calls, 1);
}

TEST_F(OverloadRetryTest, AStreamThatWaitsCanBeGivenUp) {
  busy_.refusals = 1;
  busy_.delay = absl::Seconds(40);
  const auto connection = MakeConnection(address_);
  v1::StreamDescendantsRequest request;
  request.set_id("M99");
  const auto stream = connection->StreamDescendants({absl::Now() + absl::Minutes(10)}, request);
  std::thread other([&] {
    while (busy_.calls == 0) absl::SleepFor(absl::Milliseconds(1));
    absl::SleepFor(absl::Milliseconds(50));
    stream->Cancel();
  });
  const absl::Time begin = absl::Now();
  EXPECT_EQ(stream->Next().status().code(), absl::StatusCode::kCancelled);
  EXPECT_LT(absl::Now() - begin, busy_.delay);
  other.join();
  EXPECT_EQ(busy_.calls, 1);
}

// A stream that ends so; where it was cancelled, so.
class EndedStream final : public MessageStream<v1::StreamDescendantsResponse> {
 public:
  explicit EndedStream(absl::Status end) : end_(std::move(end)) {}
  absl::StatusOr<std::optional<v1::StreamDescendantsResponse>> Next() override { return end_; }
  void Cancel() override { end_ = absl::CancelledError("cancelled"); }

 private:
  absl::Status end_;
};

// To open one takes as long as it takes to connect.
TEST(RetriedStreamTest, CancelWaitsForNoConnection) {
  absl::Notification connecting, cancelled;
  bool waited_for = false;
  int opened = 0;
  RetriedStream<v1::StreamDescendantsResponse> stream(
      [&]() -> std::unique_ptr<MessageStream<v1::StreamDescendantsResponse>> {
        if (++opened == 1) {
          return std::make_unique<EndedStream>(
              FromGrpcStatus(Refused("OVERLOADED", absl::ZeroDuration())));
        }
        connecting.Notify();
        waited_for = !cancelled.WaitForNotificationWithTimeout(absl::Seconds(20));
        return std::make_unique<EndedStream>(absl::InternalError("nobody has cancelled it"));
      },
      OverloadRetry(3, absl::InfiniteFuture()));
  std::thread other([&] {
    connecting.WaitForNotification();
    stream.Cancel();
    cancelled.Notify();
  });
  EXPECT_EQ(stream.Next().status().code(), absl::StatusCode::kCancelled);
  other.join();
  EXPECT_FALSE(waited_for);
  EXPECT_EQ(opened, 2);
}

}  // namespace
}  // namespace codeset::client
