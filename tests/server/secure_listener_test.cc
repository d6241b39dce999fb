// Listeners with TLS, mutual TLS and tokens, over real connections.
#include <gmock/gmock.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/monitoring.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "server/admin_tokens.h"
#include "tests/server/certificates.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using testing::FailsWith;
using ::testing::HasSubstr;

constexpr char kToken[] = "correct-horse-battery-staple-0123456789";

class SecureListenerTest : public ::testing::Test {
 protected:
  SecureListenerTest() {
    store::StoreOptions options;
    options.owner = "a test";
    auto store = store::Store::Open(Path("data"), options);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    WriteFile(Path("ca.pem"), authority_.pem());
    WriteFile(Path("tokens"), *TokenLine("deploy", kToken) + "\n");
    Place(authority_.Issue("localhost"));
  }

  std::string Path(const std::string& name) { return folder_.path() + "/" + name; }

  // Makes a certificate that of the listeners.
  void Place(const Issued& issued) {
    WriteFile(Path("cert.pem"), issued.certificate);
    WriteFile(Path("key.pem"), issued.key);
  }

  TlsFiles Tls(bool mutual) {
    return {Path("cert.pem"), Path("key.pem"), mutual ? Path("ca.pem") : ""};
  }

  absl::Status Start(ServerOptions options) {
    auto server = Server::Start({*store_}, options);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }

  // Credentials that trust an authority, with a certificate of the client's own or without.
  static std::shared_ptr<grpc::ChannelCredentials> Trust(const Authority& authority,
                                                         const Issued& client = {}) {
    return grpc::SslCredentials({authority.pem(), client.key, client.certificate});
  }

  // A new connection: gRPC shares those that look alike.
  static std::shared_ptr<grpc::Channel> Connect(
      const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    static int number = 0;
    grpc::ChannelArguments arguments;
    arguments.SetInt("codeset.test_connection", ++number);
    arguments.SetSslTargetNameOverride("localhost");
    return grpc::CreateCustomChannel(address, credentials, arguments);
  }

  static grpc::Status ListReleases(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    v1::ListReleasesResponse response;
    return v1::Releases::NewStub(channel)->ListReleases(&context, {}, &response);
  }

  // An admin call, which for want of the release is refused where it is let in.
  static grpc::Status Delete(const std::shared_ptr<grpc::Channel>& channel,
                             const std::string& authorization = "") {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    v1::DeleteReleaseRequest request;
    request.set_release_id("2026");
    v1::DeleteReleaseResponse response;
    return v1::Admin::NewStub(channel)->DeleteRelease(&context, request, &response);
  }

  const std::string bearer_ = absl::StrCat("Bearer ", kToken);
  TemporaryFolder folder_;
  const Authority authority_{"test authority"};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Server> server_;
};

TEST_F(SecureListenerTest, ServesThePublicOverTls) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "unix:" + Path("admin"), Tls(false)}).ok());
  const grpc::Status served = ListReleases(Connect(server_->address(), Trust(authority_)));
  EXPECT_TRUE(served.ok()) << served.error_message();
  EXPECT_EQ(
      ListReleases(Connect(server_->address(), grpc::InsecureChannelCredentials())).error_code(),
      grpc::StatusCode::UNAVAILABLE);
  const Authority other("another authority");
  EXPECT_EQ(ListReleases(Connect(server_->address(), Trust(other))).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(SecureListenerTest, MutualTlsAsksForACertificateOfItsAuthority) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "unix:" + Path("admin"), Tls(true)}).ok());
  const Issued client = authority_.Issue("client");
  const grpc::Status served = ListReleases(Connect(server_->address(), Trust(authority_, client)));
  EXPECT_TRUE(served.ok()) << served.error_message();
  EXPECT_EQ(ListReleases(Connect(server_->address(), Trust(authority_))).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  const Authority other("another authority");
  EXPECT_EQ(ListReleases(Connect(server_->address(), Trust(authority_, other.Issue("client"))))
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(SecureListenerTest, TakesANewCertificateAndAnotherAuthorityWithoutARestart) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "unix:" + Path("admin"), Tls(true)}).ok());
  const Issued client = authority_.Issue("client");
  const auto before = Connect(server_->address(), Trust(authority_, client));
  ASSERT_TRUE(ListReleases(before).ok());

  const Authority next("next authority");
  const Issued next_server = next.Issue("localhost");
  const Issued next_client = next.Issue("client");
  // Half of it: the key does not fit, and connections go on with what was there.
  WriteFile(Path("cert.pem"), next_server.certificate);
  EXPECT_TRUE(ListReleases(Connect(server_->address(), Trust(authority_, client))).ok());
  EXPECT_FALSE(ListReleases(Connect(server_->address(), Trust(next, next_client))).ok());
  // What is no certificate at all changes nothing either.
  WriteFile(Path("cert.pem"), "nothing");
  EXPECT_TRUE(ListReleases(Connect(server_->address(), Trust(authority_, client))).ok());

  Place(next_server);
  WriteFile(Path("ca.pem"), next.pem());
  const grpc::Status served = ListReleases(Connect(server_->address(), Trust(next, next_client)));
  EXPECT_TRUE(served.ok()) << served.error_message();
  EXPECT_FALSE(ListReleases(Connect(server_->address(), Trust(authority_, client))).ok());
  // A connection that was there stays.
  EXPECT_TRUE(ListReleases(before).ok());
}

TEST_F(SecureListenerTest, RefusesToStartWithFilesThatDoNotFit) {
  WriteFile(Path("key.pem"), authority_.Issue("localhost").key);
  for (const ServerOptions& options :
       {ServerOptions{"127.0.0.1:0", "unix:" + Path("admin"), Tls(false)},
        ServerOptions{"127.0.0.1:0", "127.0.0.1:0", {}, Tls(true)}}) {
    EXPECT_TRUE(FailsWith(Start(options), Reason::kArgumentInvalid, "the key " + Path("key.pem"),
                          "does not fit the certificate " + Path("cert.pem")));
  }
  EXPECT_TRUE(FailsWith(Start({"127.0.0.1:0", "127.0.0.1:0", {}, {}, Path("none")}),
                        Reason::kArgumentInvalid, "the token file " + Path("none"), "No such"));
  EXPECT_TRUE(
      FailsWith(Start({"127.0.0.1:0", "unix:" + Path("admin"), {}, {}, "", Path("no/audit.log")}),
                Reason::kArgumentInvalid, "the audit log " + Path("no/audit.log"), "No such"));
  EXPECT_TRUE(FailsWith(Start({"unix:" + Path("public"), "unix:" + Path("admin"), Tls(false)}),
                        Reason::kArgumentInvalid, "a Unix socket needs no TLS", "--tls-cert"));
}

TEST(AdminAddressTest, AdminOverTcpNeedsMutualTlsOrAToken) {
  const TlsFiles none, tls{"c", "k", ""}, mutual{"c", "k", "ca"};
  const struct {
    const char* address;
    TlsFiles files;
    bool tokens;
    bool taken;
  } kCases[] = {
      {"unix:/run/admin", none, false, true},
      {"unix:/run/admin", none, true, true},
      {"127.0.0.1:1", none, false, false},
      {"127.0.0.1:1", none, true, true},
      {"[::1]:1", none, true, true},
      {"localhost:1", none, true, true},
      {"127.0.0.1:1", tls, false, false},
      {"127.0.0.1:1", tls, true, true},
      {"127.0.0.1:1", mutual, false, true},
      {"0.0.0.0:1", none, true, false},
      {"[::]:1", none, true, false},
      {"10.0.0.1:1", none, true, false},
      {"127.0.0.1.evil.org:1", none, true, false},
      {"localhost.evil.org:1", none, true, false},
      {"0.0.0.0:1", tls, false, false},
      {"0.0.0.0:1", tls, true, true},
      {"0.0.0.0:1", mutual, false, true},
      {"0.0.0.0:1", mutual, true, true},
      {"unix:/run/admin", mutual, false, false},
  };
  for (const auto& test : kCases) {
    const absl::Status status = CheckAdminAddress(test.address, test.files, test.tokens);
    EXPECT_EQ(status.ok(), test.taken)
        << test.address << " " << test.files.certificate << test.files.client_ca << test.tokens;
    if (!test.taken) {
      EXPECT_EQ(model::ReasonOf(status), Reason::kArgumentInvalid);
    }
  }
  EXPECT_THAT(std::string(CheckAdminAddress("0.0.0.0:1", none, false).message()),
              HasSubstr("--admin-token-file"));
}

TEST_F(SecureListenerTest, AdminWithATokenLetsInWhoHasIt) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "127.0.0.1:0", {}, {}, Path("tokens")}).ok());
  const auto channel = Connect(server_->admin_address(), grpc::InsecureChannelCredentials());
  EXPECT_EQ(ReasonIn(Delete(channel, bearer_)), "RELEASE_NOT_FOUND");
  EXPECT_EQ(ReasonIn(Delete(channel, absl::StrCat("bEARER  ", kToken, " "))), "RELEASE_NOT_FOUND");
  for (const std::string& wrong : {std::string(), std::string(kToken), std::string("Basic eDp5"),
                                   bearer_ + "0", std::string("Bearer")}) {
    const grpc::Status status = Delete(channel, wrong);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << wrong;
    EXPECT_EQ(ReasonIn(status), "UNAUTHENTICATED") << wrong;
  }
  // Taken out of the file, it is of no use from then on; nor is it again until it is put back.
  WriteFile(Path("tokens"), *TokenLine("other", absl::StrCat(kToken, "0")) + "\n");
  EXPECT_EQ(ReasonIn(Delete(channel, bearer_)), "UNAUTHENTICATED");
  EXPECT_EQ(ReasonIn(Delete(channel, bearer_ + "0")), "RELEASE_NOT_FOUND");
}

TEST_F(SecureListenerTest, AdminWithMutualTlsLetsInWhoHasACertificate) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "127.0.0.1:0", {}, Tls(true)}).ok());
  const Issued client = authority_.Issue("client");
  EXPECT_EQ(ReasonIn(Delete(Connect(server_->admin_address(), Trust(authority_, client)))),
            "RELEASE_NOT_FOUND");
  EXPECT_EQ(Delete(Connect(server_->admin_address(), Trust(authority_))).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(Delete(server_->InProcessAdminChannel())), "UNAUTHENTICATED");
}

TEST_F(SecureListenerTest, WhereBothAreConfiguredBothAreAsked) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "127.0.0.1:0", {}, Tls(true), Path("tokens")}).ok());
  const auto channel =
      Connect(server_->admin_address(), Trust(authority_, authority_.Issue("client")));
  EXPECT_EQ(ReasonIn(Delete(channel)), "UNAUTHENTICATED");
  EXPECT_EQ(ReasonIn(Delete(channel, bearer_)), "RELEASE_NOT_FOUND");
}

// Calls a method by its name alone, with an empty request; a method of any kind takes that.
grpc::Status CallByName(const std::shared_ptr<grpc::Channel>& channel, const std::string& method) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, method, &queue);
  grpc::Status status;
  void* tag = nullptr;
  bool ok = false;
  const auto wait = [&] { queue.Next(&tag, &ok); };
  call->StartCall(nullptr);
  wait();
  call->WriteLast(grpc::ByteBuffer(nullptr, 0), {}, nullptr);
  wait();
  call->Finish(&status, nullptr);
  wait();
  return status;
}

// By the contract, so that a method that is new is asked about, too.
TEST_F(SecureListenerTest, EveryAdminMethodAsksWhoCallsAndNoneIsPublic) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "127.0.0.1:0", {}, {}, Path("tokens"), Path("audit")}).ok());
  const auto admin = Connect(server_->admin_address(), grpc::InsecureChannelCredentials());
  const auto open = Connect(server_->address(), grpc::InsecureChannelCredentials());
  int methods = 0;
  for (const auto* const file : {v1::DeleteReleaseRequest::descriptor()->file(),
                                 v1::GetServerStatusRequest::descriptor()->file()}) {
    ASSERT_EQ(file->service_count(), 1);
    const auto& service = *file->service(0);
    for (int i = 0; i < service.method_count(); ++i, ++methods) {
      const std::string method =
          absl::StrCat("/", service.full_name(), "/", service.method(i)->name());
      EXPECT_EQ(ReasonIn(CallByName(admin, method)), "UNAUTHENTICATED") << method;
      EXPECT_EQ(CallByName(open, method).error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
    }
  }
  EXPECT_GT(methods, 10);
}

}  // namespace
}  // namespace codeset::server
