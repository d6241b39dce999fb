// More than the server takes: calls, watchers, and answers that nobody takes.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/references.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "tests/server/fixture.h"
#include "tests/server/generic_call.h"
#include "tests/server/raw_client.h"

namespace codeset::server {
namespace {

// What a test waits for at most; none should come near it.
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kGetConcept[] = "/codeset.v1.Terminology/GetConcept";
constexpr char kWatchHealth[] = "/grpc.health.v1.Health/Watch";
constexpr char kBatchGetConcepts[] = "/codeset.v1.Terminology/BatchGetConcepts";

// The RetryInfo of an error, in seconds; -1 without one.
int64_t RetryDelayIn(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  for (const auto& any : details.details()) {
    google::rpc::RetryInfo info;
    if (any.UnpackTo(&info)) return info.retry_delay().seconds();
  }
  return -1;
}

v1::GetConceptRequest OneCode() {
  v1::GetConceptRequest request;
  request.mutable_release()->set_release("2025");
  request.set_id("A00");
  return request;
}

// More than 64 KiB.
v1::BatchGetConceptsRequest ManyCodes() {
  v1::BatchGetConceptsRequest request;
  request.mutable_release()->set_release("2025");
  for (int i = 0; i < 1000; ++i) request.add_ids("A00.0");
  return request;
}

class OverloadTest : public ::testing::Test {
 protected:
  void Start(CallLimits limits, absl::Duration connection_idle = absl::Minutes(15),
             absl::Duration connection_age = absl::InfiniteDuration()) {
    fixture_.Load("2025");
    Backend backend = fixture_.backend();
    backend.calls = std::make_shared<CallGate>(limits);
    ServerOptions options{"127.0.0.1:0", "unix:" + fixture_.folder() + "/2"};
    options.connection_idle = connection_idle;
    options.connection_age = connection_age;
    auto server = Server::Start(std::move(backend), options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    releases_ = v1::Releases::NewStub(channel_);
    terminology_ = v1::Terminology::NewStub(channel_);
    ASSERT_TRUE(
        absl::SimpleAtoi(server_->address().substr(server_->address().rfind(':') + 1), &port_));
  }

  grpc::Status LookUp(grpc::ClientContext& context) {
    v1::GetConceptResponse response;
    return terminology_->GetConcept(&context, OneCode(), &response);
  }

  // Looks up until that ends as it is to, and says how it ended last: the server learns of what
  // clients do in its own time.
  grpc::Status LookUpUntil(const std::string& reason) {
    const absl::Time end = absl::Now() + kPatience;
    while (true) {
      grpc::ClientContext context;
      grpc::Status status = LookUp(context);
      if (ReasonIn(status) == reason || absl::Now() > end) return status;
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  ServerFixture fixture_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Releases::Stub> releases_;
  std::unique_ptr<v1::Terminology::Stub> terminology_;
  int port_ = 0;
};

TEST_F(OverloadTest, RefusesEveryMethodAndSaysWhenToComeAgain) {
  Start({.calls = 0});
  int methods = 0;
  for (const char* name : {"Terminology", "Releases", "References"}) {
    const google::protobuf::ServiceDescriptor* const service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            absl::StrCat("codeset.v1.", name));
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string method =
          absl::StrCat("/", service->full_name(), "/", service->method(i)->name());
      GenericCall call(channel_, method, "");
      EXPECT_FALSE(call.Read().has_value()) << method;
      const grpc::Status status = call.Finish();
      EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << method;
      EXPECT_EQ(ReasonIn(status), "OVERLOADED") << method << ": " << status.error_message();
      EXPECT_EQ(RetryDelayIn(status), 1) << method;
      const auto& trailers = call.context().GetServerTrailingMetadata();
      const auto pushback = trailers.find("grpc-retry-pushback-ms");
      ASSERT_NE(pushback, trailers.end()) << method;
      EXPECT_EQ(pushback->second, "1000") << method;
      ++methods;
    }
  }
  EXPECT_GE(methods, 28);
  // Whoever operates the server reaches it all the same.
  grpc::ClientContext admin_context;
  v1::VerifyReleaseRequest verify;
  verify.set_release_id("2025");
  v1::VerifyReleaseResponse verified;
  EXPECT_TRUE(v1::Admin::NewStub(
                  grpc::CreateChannel(server_->admin_address(), grpc::InsecureChannelCredentials()))
                  ->VerifyRelease(&admin_context, verify, &verified)
                  .ok());
}

TEST_F(OverloadTest, AStreamHasAPlaceUntilItEnds) {
  Start({.calls = 1});
  grpc::ClientContext context;
  const auto stream = terminology_->StreamValidateCodes(&context);
  v1::StreamValidateCodesRequest request;
  request.mutable_release()->set_release("2025");
  request.add_rows()->set_code("A00.0");
  ASSERT_TRUE(stream->Write(request));
  v1::StreamValidateCodesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  grpc::ClientContext refused;
  EXPECT_EQ(ReasonIn(LookUp(refused)), "OVERLOADED");
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(LookUpUntil("").ok());
}

TEST_F(OverloadTest, CallsThatAreOverDoNotCount) {
  Start({.calls = 8});
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext context;
    const grpc::Status status = LookUp(context);
    ASSERT_TRUE(status.ok()) << i << ": " << status.error_message();
  }
}

TEST_F(OverloadTest, WatchersHavePlacesOfTheirOwn) {
  Start({.calls = 1, .watchers = 2});
  grpc::ClientContext contexts[2];
  std::unique_ptr<grpc::ClientReader<v1::WatchReleasesResponse>> watches[2];
  v1::WatchReleasesResponse message;
  for (int i = 0; i < 2; ++i) {
    watches[i] = releases_->WatchReleases(&contexts[i], {});
    ASSERT_TRUE(watches[i]->Read(&message));
  }
  grpc::ClientContext refused_context;
  const auto refused = releases_->WatchReleases(&refused_context, {});
  EXPECT_FALSE(refused->Read(&message));
  EXPECT_EQ(ReasonIn(refused->Finish()), "OVERLOADED");
  EXPECT_TRUE(LookUpUntil("").ok());

  contexts[0].TryCancel();
  EXPECT_EQ(watches[0]->Finish().error_code(), grpc::StatusCode::CANCELLED);
  const absl::Time end = absl::Now() + kPatience;
  bool watching = false;
  while (!watching && absl::Now() < end) {
    grpc::ClientContext next;
    const auto watch = releases_->WatchReleases(&next, {});
    watching = watch->Read(&message);
    next.TryCancel();
    watch->Finish().ok();
  }
  EXPECT_TRUE(watching);
  contexts[1].TryCancel();
  EXPECT_EQ(watches[1]->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

// A watch on health does not end either, and is none of the calls that the limit is about.
TEST_F(OverloadTest, WatchesOnHealthHaveNoPlaceAndAreNotWithoutEnd) {
  Start({.calls = 1, .others = 2});
  {
    GenericCall first(channel_, kWatchHealth, ""), second(channel_, kWatchHealth, "");
    ASSERT_TRUE(first.Read().has_value());
    ASSERT_TRUE(second.Read().has_value());
    EXPECT_TRUE(LookUpUntil("").ok());
    GenericCall third(channel_, kWatchHealth, "");
    EXPECT_EQ(third.Finish().error_code(), grpc::StatusCode::CANCELLED);
    EXPECT_TRUE(LookUpUntil("").ok());
  }
  const absl::Time end = absl::Now() + kPatience;
  bool watching = false;
  while (!watching && absl::Now() < end) {
    watching = GenericCall(channel_, kWatchHealth, "").Read().has_value();
  }
  EXPECT_TRUE(watching);
}

TEST_F(OverloadTest, AnswersThatNobodyTakesHoldNoPlace) {
  Start({.calls = 2});
  RawClient deaf(port_);
  constexpr int kCalls = 8;
  for (int i = 0; i < kCalls; ++i) deaf.Ask(kGetConcept, OneCode().SerializeAsString());
  ASSERT_TRUE(deaf.AreAnswered(kCalls, kPatience));
  const grpc::Status status = LookUpUntil("");
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(OverloadTest, AnswersThatNobodyTakesAreBounded) {
  Start({.answer_bytes = 64 << 10});
  {
    RawClient deaf(port_);
    // One alone may be larger, so that every answer can be had at some time.
    deaf.Ask(kBatchGetConcepts, ManyCodes().SerializeAsString());
    ASSERT_TRUE(deaf.AreAnswered(1, kPatience));
    grpc::ClientContext context;
    const grpc::Status status = LookUp(context);
    EXPECT_EQ(ReasonIn(status), "OVERLOADED") << status.error_message();
    EXPECT_EQ(RetryDelayIn(status), 1);
  }
  const grpc::Status status = LookUpUntil("");
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(OverloadTest, SmallAnswersCountForWhatACallTakes) {
  Start({.answer_bytes = 2 * kLeastAnswerBytes});
  RawClient deaf(port_);
  for (int i = 0; i < 2; ++i) deaf.Ask(kGetConcept, OneCode().SerializeAsString());
  ASSERT_TRUE(deaf.AreAnswered(2, kPatience));
  EXPECT_EQ(ReasonIn(LookUpUntil("OVERLOADED")), "OVERLOADED");
}

// gRPC keeps a request until its call is over.
TEST_F(OverloadTest, LongRequestsCountUntilTheirAnswersAreTaken) {
  constexpr size_t kLength = 3 * kLeastAnswerBytes;
  Start({.answer_bytes = 2 * (kLength + kLeastAnswerBytes)});
  // A field that the contract does not have, as newer clients may have one.
  std::string request = OneCode().SerializeAsString() + "\xca\x3e";
  const size_t rest = kLength - request.size() - 2;
  request += static_cast<char>(0x80 | (rest & 0x7f));
  request += static_cast<char>(rest >> 7);
  request += std::string(rest, 'x');
  ASSERT_EQ(request.size(), kLength);
  {
    RawClient deaf(port_);
    for (int i = 0; i < 2; ++i) deaf.Ask(kGetConcept, request);
    ASSERT_TRUE(deaf.AreAnswered(2, kPatience));
    EXPECT_EQ(ReasonIn(LookUpUntil("OVERLOADED")), "OVERLOADED");
  }
  EXPECT_TRUE(LookUpUntil("").ok());
}

TEST_F(OverloadTest, WhatStreamsKeepCounts) {
  Start({.answer_bytes = 64 << 10});
  v1::StreamValidateCodesRequest request;
  request.mutable_release()->set_release("2025");
  request.add_rows()->set_code(std::string(50 << 10, 'A'));
  v1::StreamValidateCodesResponse response;
  grpc::ClientContext first_context, second_context;
  const auto first = terminology_->StreamValidateCodes(&first_context);
  ASSERT_TRUE(first->Write(request));
  ASSERT_TRUE(first->Read(&response));
  const auto second = terminology_->StreamValidateCodes(&second_context);
  ASSERT_TRUE(second->Write(request));
  EXPECT_FALSE(second->Read(&response));
  EXPECT_EQ(ReasonIn(second->Finish()), "OVERLOADED");
  // The next request takes the place of the one before.
  v1::StreamValidateCodesRequest small;
  small.add_rows()->set_code("A00.0");
  ASSERT_TRUE(first->Write(small));
  ASSERT_TRUE(first->Read(&response));
  grpc::ClientContext third_context;
  const auto third = terminology_->StreamValidateCodes(&third_context);
  ASSERT_TRUE(third->Write(request));
  EXPECT_TRUE(third->Read(&response));
  third->WritesDone();
  EXPECT_TRUE(third->Finish().ok());
  first->WritesDone();
  EXPECT_TRUE(first->Finish().ok());
}

TEST(KeptChargeTest, CountsUntilItIsGone) {
  constexpr size_t kOne = kLeastAnswerBytes;
  const auto gate = std::make_shared<CallGate>(CallLimits{.answer_bytes = 10 * kOne});
  const auto reason = [&](const absl::Status& status) { return model::ReasonOf(status); };
  {
    KeptCharge kept(gate);
    EXPECT_TRUE(kept.Resize(kOne - 1).ok());
    EXPECT_TRUE(kept.Resize(7 * kOne).ok());
    const auto held = Hold(gate, 3 * kOne);
    EXPECT_TRUE(held.ok());
    EXPECT_EQ(reason(Hold(gate, kOne).status()), model::Reason::kOverloaded);
    EXPECT_EQ(reason(kept.Resize(8 * kOne)), model::Reason::kOverloaded);
    // What was counted stays so.
    EXPECT_EQ(reason(Hold(gate, kOne).status()), model::Reason::kOverloaded);
    EXPECT_TRUE(kept.Resize(6 * kOne).ok());
    EXPECT_TRUE(Hold(gate, kOne).ok());
    // An answer may have any size where no other waits, whatever is kept; a second one may not.
    AnswerCharge first, second;
    EXPECT_TRUE(first.Take(gate, 20 * kOne).ok());
    EXPECT_EQ(reason(second.Take(gate, kOne)), model::Reason::kOverloaded);
    EXPECT_EQ(reason(Hold(gate, kOne).status()), model::Reason::kOverloaded);
  }
  EXPECT_TRUE(Hold(gate, 20 * kOne).ok());
}

// Whoever hears that a server is overloaded asks the same one again.
TEST(CallGateTest, SaysThatItIsClosedAlsoWhereItIsFull) {
  CallGate gate({.calls = -1});
  grpc::CallbackServerContext context;
  EXPECT_EQ(model::ReasonOf(gate.Enter(context)), model::Reason::kOverloaded);
  gate.Close();
  EXPECT_EQ(model::ReasonOf(gate.Enter(context)), model::Reason::kShuttingDown);
}

TEST_F(OverloadTest, AStreamIsEndedWhereItsMessagesWouldBeTooMuch) {
  Start({.answer_bytes = 8 << 10});
  RawClient deaf(port_);
  deaf.Ask(kGetConcept, OneCode().SerializeAsString());
  ASSERT_TRUE(deaf.AreAnswered(1, kPatience));
  grpc::ClientContext context;
  v1::ExportReleaseRequest request;
  request.mutable_release()->set_release("2025");
  const auto stream = releases_->ExportRelease(&context, request);
  v1::ExportReleaseResponse response;
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(ReasonIn(status), "OVERLOADED") << status.error_message();
  EXPECT_EQ(RetryDelayIn(status), 1);
}

TEST_F(OverloadTest, ClosesConnectionsWithoutCalls) {
  Start({}, /*connection_idle=*/absl::Milliseconds(100));
  RawClient idle(port_);
  EXPECT_TRUE(idle.IsClosed(kPatience));
  // Clients connect anew by themselves.
  EXPECT_TRUE(LookUpUntil("").ok());
  absl::SleepFor(absl::Milliseconds(200));
  grpc::Status status = LookUpUntil("");
  // Where it met the closing of the connection, which clients try again.
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) status = LookUpUntil("");
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(OverloadTest, ClosesOldConnectionsAndBringsTheirCallsToTheirEnd) {
  Start({}, absl::Minutes(15), /*connection_age=*/absl::Milliseconds(200));
  RawClient old(port_);
  grpc::ClientContext context;
  const auto stream = terminology_->StreamValidateCodes(&context);
  v1::StreamValidateCodesRequest request;
  request.mutable_release()->set_release("2025");
  request.add_rows()->set_code("A00.0");
  v1::StreamValidateCodesResponse response;
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(old.IsClosed(kPatience));
  request.clear_release();
  EXPECT_TRUE(stream->Write(request));
  EXPECT_TRUE(stream->Read(&response));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(LookUpUntil("").ok());
}

}  // namespace
}  // namespace codeset::server
