// More calls than the server takes.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "tests/server/fixture.h"

namespace codeset::server {
namespace {

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

class OverloadTest : public ::testing::Test {
 protected:
  void Start(int most) {
    fixture_.Load("2025");
    Backend backend = fixture_.backend();
    backend.calls = std::make_shared<CallGate>(most);
    auto server =
        Server::Start(std::move(backend), {"127.0.0.1:0", "unix:" + fixture_.folder() + "/2"});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    releases_ = v1::Releases::NewStub(channel_);
    terminology_ = v1::Terminology::NewStub(channel_);
  }

  grpc::Status LookUp(grpc::ClientContext& context) {
    v1::GetConceptRequest request;
    request.mutable_release()->set_release("2025");
    request.set_id("A00");
    v1::GetConceptResponse response;
    return terminology_->GetConcept(&context, request, &response);
  }

  // How a call of every kind ends at once.
  std::vector<grpc::Status> CallEveryWay() {
    std::vector<grpc::Status> ends;
    grpc::ClientContext raw, unary, stream, duplex, list, watch, bytes, codes;
    ends.push_back(LookUp(raw));
    v1::ListReleasesResponse releases;
    ends.push_back(releases_->ListReleases(&unary, {}, &releases));
    v1::StreamDiffRequest diff_request;
    diff_request.mutable_from()->set_release("2025");
    diff_request.mutable_to()->set_release("2025");
    ends.push_back(Drain<v1::StreamDiffResponse>(*releases_->StreamDiff(&stream, diff_request)));
    const auto validation = terminology_->StreamValidateCodes(&duplex);
    validation->WritesDone();
    ends.push_back(Drain<v1::StreamValidateCodesResponse>(*validation));
    const auto checks = releases_->CheckCodeList(&list);
    ends.push_back(Drain<v1::CheckCodeListResponse>(*checks));
    ends.push_back(Drain<v1::WatchReleasesResponse>(*releases_->WatchReleases(&watch, {})));
    v1::StreamDescendantsRequest descendants;
    ends.push_back(Drain<v1::StreamDescendantsResponse>(
        *terminology_->StreamDescendants(&bytes, descendants)));
    v1::ValidateCodesResponse response;
    ends.push_back(terminology_->ValidateCodes(&codes, {}, &response));
    return ends;
  }

  template <typename Message, typename Stream>
  static grpc::Status Drain(Stream& stream) {
    Message message;
    while (stream.Read(&message)) {
    }
    return stream.Finish();
  }

  ServerFixture fixture_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Releases::Stub> releases_;
  std::unique_ptr<v1::Terminology::Stub> terminology_;
};

TEST_F(OverloadTest, RefusesCallsBeyondTheLimitAndSaysWhenToComeAgain) {
  Start(2);
  grpc::ClientContext contexts[2];
  std::unique_ptr<grpc::ClientReader<v1::WatchReleasesResponse>> watches[2];
  for (int i = 0; i < 2; ++i) {
    watches[i] = releases_->WatchReleases(&contexts[i], {});
    v1::WatchReleasesResponse first;
    ASSERT_TRUE(watches[i]->Read(&first));
  }
  for (const grpc::Status& status : CallEveryWay()) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonIn(status), "OVERLOADED");
    EXPECT_EQ(RetryDelayIn(status), 1);
  }
  grpc::ClientContext context;
  EXPECT_FALSE(LookUp(context).ok());
  const auto pushback = context.GetServerTrailingMetadata().find("grpc-retry-pushback-ms");
  ASSERT_NE(pushback, context.GetServerTrailingMetadata().end());
  EXPECT_EQ(pushback->second, "1000");
  // Whoever operates the server reaches it all the same.
  grpc::ClientContext admin_context;
  v1::VerifyReleaseRequest verify;
  verify.set_release_id("2025");
  v1::VerifyReleaseResponse verified;
  EXPECT_TRUE(v1::Admin::NewStub(
                  grpc::CreateChannel(server_->admin_address(), grpc::InsecureChannelCredentials()))
                  ->VerifyRelease(&admin_context, verify, &verified)
                  .ok());

  contexts[0].TryCancel();
  EXPECT_EQ(watches[0]->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // The server learns of it in its own time.
  grpc::Status status(grpc::StatusCode::UNKNOWN, "not asked");
  for (int i = 0; i < 1000 && !status.ok(); ++i) {
    grpc::ClientContext next;
    status = LookUp(next);
    if (!status.ok()) absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_TRUE(status.ok()) << status.error_message();
  contexts[1].TryCancel();
  EXPECT_EQ(watches[1]->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(OverloadTest, CallsThatAreOverDoNotCount) {
  Start(8);
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext context;
    const grpc::Status status = LookUp(context);
    ASSERT_TRUE(status.ok()) << i << ": " << status.error_message();
  }
}

}  // namespace
}  // namespace codeset::server
