// The Admin service over a channel.
#include "server/admin.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "tests/server/fixture.h"

namespace codeset::server {
namespace {

// Whoever works ahead on the catalog stops when it is replaced, and must be told to go on.
TEST(AdminServiceTest, TellsOfEveryChangeOfTheCatalog) {
  ServerFixture fixture;
  fixture.Load("2025");
  std::atomic<int> changes = 0;
  const Backend backend = fixture.backend();
  AdminService service(backend, [&] { ++changes; });
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto stub = v1::Admin::NewStub(server->InProcessChannel({}));
  const auto verify = [&](const std::string& id) {
    grpc::ClientContext context;
    v1::VerifyReleaseRequest request;
    request.set_release_id(id);
    v1::VerifyReleaseResponse response;
    return stub->VerifyRelease(&context, request, &response);
  };
  EXPECT_EQ(ReasonIn(verify("2026")), "RELEASE_NOT_FOUND");
  EXPECT_EQ(changes, 0);
  const grpc::Status verified = verify("2025");
  EXPECT_TRUE(verified.ok()) << verified.error_message();
  // The publisher's addenda say what they said when it was loaded.
  EXPECT_EQ(changes, 0);
  grpc::ClientContext context;
  v1::DeleteReleaseRequest request;
  request.set_release_id("2025");
  v1::DeleteReleaseResponse response;
  EXPECT_TRUE(stub->DeleteRelease(&context, request, &response).ok());
  EXPECT_EQ(changes, 1);
  server->Shutdown();
}

}  // namespace
}  // namespace codeset::server
