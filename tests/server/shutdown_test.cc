// How a server stops: what health says and when, and what becomes of calls under way.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "tests/server/fixture.h"
#include "tests/server/generic_call.h"

namespace codeset::server {
namespace {

// Longer than any test should take; a server that waits for it fails the test.
constexpr absl::Duration kDrain = absl::Seconds(60);

// grpc.health.v1.HealthCheckResponse in bytes.
const std::string kServing = "\x08\x01";
const std::string kNotServing = "\x08\x02";

class ShutdownTest : public ::testing::Test {
 protected:
  ShutdownTest() {
    fixture_.Load("2025");
    channel_ = grpc::CreateChannel(fixture_.server().address(), grpc::InsecureChannelCredentials());
    terminology_ = v1::Terminology::NewStub(channel_);
  }
  ~ShutdownTest() override {
    if (stopping_.joinable()) stopping_.join();
  }

  void StopInBackground() {
    stopping_ = std::thread([this] {
      fixture_.server().Stop(kDrain);
      stopped_ = true;
    });
  }

  grpc::Status LookUp() {
    grpc::ClientContext context;
    v1::GetConceptRequest request;
    request.mutable_release()->set_release("2025");
    request.set_id("A00");
    v1::GetConceptResponse response;
    return terminology_->GetConcept(&context, request, &response);
  }

  // A call that lasts as long as the test wants.
  struct Held {
    explicit Held(v1::Terminology::Stub& stub) : call(stub.StreamValidateCodes(&context)) {}
    bool Ask() {
      v1::StreamValidateCodesRequest request;
      if (!begun) request.mutable_release()->set_release("2025");
      begun = true;
      request.add_rows()->set_code("A00.0");
      v1::StreamValidateCodesResponse response;
      return call->Write(request) && call->Read(&response) && response.results_size() == 1;
    }
    grpc::ClientContext context;
    std::unique_ptr<
        grpc::ClientReaderWriter<v1::StreamValidateCodesRequest, v1::StreamValidateCodesResponse>>
        call;
    bool begun = false;
  };

  ServerFixture fixture_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Terminology::Stub> terminology_;
  std::atomic<bool> stopped_ = false;
  std::thread stopping_;
};

TEST_F(ShutdownTest, HealthSaysSoBeforeCallsUnderWayHaveEnded) {
  const absl::Time begin = absl::Now();
  Held held(*terminology_);
  ASSERT_TRUE(held.Ask());
  GenericCall watch(channel_, "/grpc.health.v1.Health/Watch", "");
  ASSERT_EQ(watch.Read(), kServing);
  StopInBackground();
  EXPECT_EQ(watch.Read(), kNotServing);
  // The call is brought to its end as though nothing had happened.
  EXPECT_FALSE(stopped_);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(held.Ask()) << i;
  EXPECT_FALSE(stopped_);
  held.call->WritesDone();
  EXPECT_TRUE(held.call->Finish().ok());
  stopping_.join();
  EXPECT_LT(absl::Now() - begin, kDrain / 2) << "it waited for whoever watches health";
  EXPECT_FALSE(watch.Finish().ok());
  EXPECT_EQ(LookUp().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ShutdownTest, AnnouncedItServesOn) {
  GenericCall watch(channel_, "/grpc.health.v1.Health/Watch", "");
  ASSERT_EQ(watch.Read(), kServing);
  fixture_.server().AnnounceStop();
  EXPECT_EQ(watch.Read(), kNotServing);
  EXPECT_TRUE(LookUp().ok());
  for (const auto& channel : {channel_, fixture_.server().InProcessAdminChannel()}) {
    GenericCall check(channel, "/grpc.health.v1.Health/Check", "");
    EXPECT_EQ(check.Read(), kNotServing);
  }
}

TEST_F(ShutdownTest, AStreamThatHasBegunIsReadToItsEnd) {
  const auto count = [this](bool stop) {
    grpc::ClientContext context;
    v1::ExportReleaseRequest request;
    request.mutable_release()->set_release("2025");
    const auto stub = v1::Releases::NewStub(channel_);
    const auto stream = stub->ExportRelease(&context, request);
    v1::ExportReleaseResponse response;
    int pages = 0;
    EXPECT_TRUE(stream->Read(&response));
    if (stop) StopInBackground();
    while (stream->Read(&response)) pages += response.pages_size();
    const grpc::Status status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return pages;
  };
  const int whole = count(false);
  EXPECT_GT(whole, 0);
  EXPECT_EQ(count(true), whole);
}

// Whoever asks while nobody else does is told in words, and not by a connection that breaks off.
TEST_F(ShutdownTest, AnIdleServerSaysThatItStops) {
  ASSERT_TRUE(LookUp().ok());
  StopInBackground();
  // Several, since each may be kept from asking for as long as the server stays.
  std::atomic<int> told = 0;
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([&] {
      grpc::Status status = grpc::Status::OK;
      while (status.ok()) {
        status = LookUp();
        absl::SleepFor(absl::Milliseconds(1));
      }
      if (ReasonIn(status) == "SHUTTING_DOWN") ++told;
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_GT(told, 0);
}

TEST_F(ShutdownTest, WhatDoesNotEndInTimeIsCancelled) {
  Held held(*terminology_);
  ASSERT_TRUE(held.Ask());
  fixture_.server().Stop(absl::Milliseconds(50));
  v1::StreamValidateCodesResponse response;
  EXPECT_FALSE(held.call->Read(&response));
  EXPECT_FALSE(held.call->Finish().ok());
}

}  // namespace
}  // namespace codeset::server
