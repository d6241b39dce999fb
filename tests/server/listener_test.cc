#include "server/listener.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "codeset/v1/admin.grpc.pb.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using model::ReasonOf;

TEST(ListenerTest, TakesHostWithPortAndUnixSockets) {
  for (const char* address : {"127.0.0.1:7460", "[::1]:0", "localhost:65535", "unix:/tmp/a.sock"}) {
    EXPECT_TRUE(CheckAddress(address).ok()) << address;
  }
  for (const std::string& address :
       {std::string("127.0.0.1"), std::string(":7460"), std::string("localhost:65536"),
        std::string("localhost:http"), std::string("unix:"), "unix:/" + std::string(107, 'a')}) {
    EXPECT_EQ(ReasonOf(CheckAddress(address)), Reason::kArgumentInvalid) << address;
  }
}

TEST(ListenerTest, OnlyTheOwnerReachesTheAdminSocket) {
  ServerFixture fixture;
  struct stat status {};
  ASSERT_EQ(::stat((fixture.folder() + "/admin.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(ListenerTest, RemovesStaleSocketsOnly) {
  ServerFixture fixture;
  const std::string path = fixture.folder() + "/admin.sock";
  EXPECT_TRUE(testing::FailsWith(ClearStaleSocket("unix:" + path), Reason::kStorageFailed, "",
                                 "another process"));
  const std::string file = fixture.folder() + "/file";
  std::ofstream(file) << "x";
  EXPECT_TRUE(testing::FailsWith(ClearStaleSocket("unix:" + file), Reason::kStorageFailed, "",
                                 "is no socket"));
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(ListenerTest, AdminIsNotServedPublicly) {
  ServerFixture fixture;
  grpc::ClientContext context;
  v1::DeleteReleaseRequest request;
  v1::DeleteReleaseResponse response;
  const auto stub = v1::Admin::NewStub(fixture.server().InProcessChannel());
  EXPECT_EQ(stub->DeleteRelease(&context, request, &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST(ListenerTest, TwoServersDoNotShareAPort) {
  ServerFixture fixture;
  const auto second = Server::Start(
      fixture.backend(), {fixture.server().address(), "unix:" + fixture.folder() + "/second.sock"});
  EXPECT_EQ(ReasonOf(second.status()), Reason::kStorageFailed);
}

}  // namespace
}  // namespace codeset::server
