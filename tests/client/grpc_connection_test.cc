// The real connection against a small server in this process.
#include "client/cpp/grpc_connection.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>

#include "client/cpp/admin_client.h"
#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace codeset::client {
namespace {

class FakeTerminology : public v1::Terminology::Service {
 public:
  grpc::Status GetConcept(grpc::ServerContext* context, const v1::GetConceptRequest* request,
                          v1::GetConceptResponse* response) override {
    ++calls;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      peers.insert(context->peer());
    }
    has_deadline = context->deadline() != std::chrono::system_clock::time_point::max();
    if (failures-- > 0) return {grpc::StatusCode::UNAVAILABLE, "not yet"};
    if (request->id() == "Z99.999") {
      google::rpc::ErrorInfo info;
      info.set_reason("CONCEPT_NOT_FOUND");
      info.set_domain("codeset");
      google::rpc::Status status;
      status.add_details()->PackFrom(info);
      return {grpc::StatusCode::NOT_FOUND, "no Z99.999", status.SerializeAsString()};
    }
    // Larger than the 4 MiB that gRPC accepts unless told otherwise.
    response->mutable_found()->set_title(std::string(5 << 20, 't'));
    return grpc::Status::OK;
  }

  grpc::Status StreamDescendants(
      grpc::ServerContext* context, const v1::StreamDescendantsRequest*,
      grpc::ServerWriter<v1::StreamDescendantsResponse>* writer) override {
    v1::StreamDescendantsResponse message;
    message.add_concepts()->set_id("M99");
    while (!context->IsCancelled() && writer->Write(message)) {
    }
    return grpc::Status::CANCELLED;
  }

  std::atomic<int> calls = 0;
  std::atomic<int> failures = 0;
  std::atomic<bool> has_deadline = false;
  std::mutex mutex;
  // The other ends of the connections that calls came by.
  std::set<std::string> peers;
};

class FakeAdmin : public v1::Admin::Service {
 public:
  grpc::Status DeleteRelease(grpc::ServerContext*, const v1::DeleteReleaseRequest*,
                             v1::DeleteReleaseResponse*) override {
    ++calls;
    return {grpc::StatusCode::UNAVAILABLE, "busy"};
  }
  std::atomic<int> calls = 0;
};

class GrpcConnectionTest : public ::testing::Test {
 protected:
  GrpcConnectionTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&terminology_);
    builder.RegisterService(&admin_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }

  FakeTerminology terminology_;
  FakeAdmin admin_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(GrpcConnectionTest, TakesLargeAnswersAndSendsADeadline) {
  const Client client(MakeConnection(address_));
  const absl::StatusOr<v1::GetConceptResponse> answer = client.GetConcept(Current(), "M99");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->found().title().size(), std::size_t{5 << 20});
  EXPECT_TRUE(terminology_.has_deadline);
}

TEST_F(GrpcConnectionTest, CarriesTheReasonOfAnError) {
  const Client client(MakeConnection(address_));
  const absl::Status status = client.GetConcept(Current(), "Z99.999").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_CONCEPT_NOT_FOUND);
  EXPECT_EQ(terminology_.calls, 1);
}

TEST_F(GrpcConnectionTest, TriesQuestionsFourTimes) {
  const Client client(MakeConnection(address_));
  terminology_.failures = 3;
  EXPECT_TRUE(client.GetConcept(Current(), "M99").ok());
  EXPECT_EQ(terminology_.calls, 4);
  terminology_.calls = 0;
  terminology_.failures = 1000;
  EXPECT_EQ(client.GetConcept(Current(), "M99").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(terminology_.calls, 4);
}

TEST_F(GrpcConnectionTest, TriesQuestionsOnceWhereToldSo) {
  ConnectionOptions options;
  options.retries = false;
  const auto connection = MakeConnection(address_, options);
  ASSERT_TRUE(connection.ok()) << connection.status();
  terminology_.failures = 1;
  EXPECT_EQ(Client(*connection).GetConcept(Current(), "M99").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(terminology_.calls, 1);
}

TEST_F(GrpcConnectionTest, SharesAConnectionUnlessItIsToBeItsOwn) {
  const Client one(MakeConnection(address_));
  const Client two(MakeConnection(address_));
  ASSERT_TRUE(one.GetConcept(Current(), "M99").ok());
  ASSERT_TRUE(two.GetConcept(Current(), "M99").ok());
  EXPECT_EQ(terminology_.peers.size(), 1u);
  ConnectionOptions options;
  options.own_connection = true;
  for (int connections = 2; connections <= 3; ++connections) {
    const auto own = MakeConnection(address_, options);
    ASSERT_TRUE(own.ok()) << own.status();
    ASSERT_TRUE(Client(*own).GetConcept(Current(), "M99").ok());
    EXPECT_EQ(terminology_.peers.size(), static_cast<std::size_t>(connections));
  }
}

TEST_F(GrpcConnectionTest, NeverRetriesAdministration) {
  const AdminClient admin(MakeAdminConnection(address_));
  EXPECT_EQ(admin.DeleteRelease("2026").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(admin_.calls, 1);
}

TEST_F(GrpcConnectionTest, LeavingARangeEndsItsStream) {
  const Client client(MakeConnection(address_));
  {
    ConceptRange range = client.StreamDescendants({});
    ASSERT_TRUE((*range.begin()).ok());
  }
  server_->Shutdown();  // waits for handlers: would hang if the stream went on
}

TEST(GrpcConnectionNobodyTest, IsUnavailableWhereNobodyListens) {
  const Client client(MakeConnection("unix:no-such-folder/no.sock"));
  EXPECT_EQ(client.ListReleases().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace codeset::client
