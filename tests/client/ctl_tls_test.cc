// codesetctl and the client library against a server with TLS, client certificates and tokens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/codesetctl.h"
#include "client/codesetctl/tls_look.h"
#include "client/cpp/grpc_connection.h"
#include "server/admin_tokens.h"
#include "tests/server/certificates.h"
#include "tests/server/fixture.h"

namespace codeset::ctl {
namespace {

using server::Authority;
using server::Issued;
using server::WriteFile;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "correct-horse-battery-staple-0123456789";

class CtlTlsTest : public ::testing::Test {
 protected:
  CtlTlsTest() {
    store::StoreOptions options;
    options.owner = "a test";
    auto store = store::Store::Open(Path("data"), options);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    v1::LoadOptions load;
    load.set_release_id("2025");
    EXPECT_TRUE(
        server::LoadRelease(*store_, load, server::MiniatureFiles("2025"), {}).status().ok());
    Place("server", authority_.Issue("localhost"));
    Place("client", authority_.Issue("jane"));
    WriteFile(Path("ca"), authority_.pem());
    WriteFile(Path("other-ca"), Authority("another authority").pem());
    WriteFile(Path("tokens"), *server::TokenLine("deploy", kToken) + "\n");
    WriteFile(Path("token"), absl::StrCat(kToken, "\n"));
    WriteFile(Path("wrong-token"), absl::StrCat(kToken, "-wrong\n"));
  }

  std::string Path(const std::string& name) { return folder_.path() + "/" + name; }

  void Place(const std::string& name, const Issued& issued) {
    WriteFile(Path(name + ".cert"), issued.certificate);
    WriteFile(Path(name + ".key"), issued.key);
  }

  // Both listeners with TLS, the public one for clients with a certificate where it is `mutual`,
  // the admin one for those with a token.
  void Start(bool mutual) {
    const server::TlsFiles tls{Path("server.cert"), Path("server.key"), mutual ? Path("ca") : ""};
    const server::TlsFiles admin{Path("server.cert"), Path("server.key"), ""};
    auto started = server::Server::Start(
        {*store_}, {"127.0.0.1:0", "127.0.0.1:0", tls, admin, Path("tokens"), Path("audit.log")});
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  ExitCode Call(std::vector<std::string> args) {
    args.insert(args.begin(), {"--server", server_->address(), "--admin-server",
                               server_->admin_address(), "--tls-server-name", "localhost"});
    return CallPlain(args);
  }

  ExitCode CallPlain(const std::vector<std::string>& args) {
    out_.str("");
    err_.str("");
    return ctl::Run(args,
                    {out_, err_, std::nullopt, false,
                     [this](const std::string& name) { return variables_[name]; },
                     [](const std::string& address, const client::ConnectionOptions& options) {
                       return client::MakeConnection(address, options);
                     },
                     [](const std::string& address, const client::ConnectionOptions& options) {
                       return client::MakeAdminConnection(address, options);
                     }});
  }

  server::TemporaryFolder folder_;
  const Authority authority_{"test authority"};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<server::Server> server_;
  std::map<std::string, std::string> variables_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CtlTlsTest, AsksAServerThatItTrusts) {
  Start(/*mutual=*/false);
  EXPECT_EQ(Call({"--tls-ca", Path("ca"), "--release", "2025", "lookup", "A00.0"}), ExitCode::kDone)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("Cholera"));
  variables_["CODESET_TLS_CA"] = Path("ca");
  EXPECT_EQ(Call({"--release", "2025", "lookup", "A00.0"}), ExitCode::kDone) << err_.str();
  // An authority that did not sign the certificate, and a name that is not in it.
  EXPECT_EQ(Call({"--tls-ca", Path("other-ca"), "lookup", "A00.0"}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("see --tls-ca"));
  EXPECT_EQ(CallPlain({"--server", server_->address(), "--tls-server-name", "example.org", "lookup",
                       "A00.0"}),
            ExitCode::kRefused);
}

TEST_F(CtlTlsTest, ShowsACertificateWhereOneIsAskedFor) {
  Start(/*mutual=*/true);
  EXPECT_EQ(Call({"--tls-ca", Path("ca"), "--release", "2025", "lookup", "A00.0"}),
            ExitCode::kRefused);
  EXPECT_EQ(Call({"--tls-ca", Path("ca"), "--tls-cert", Path("client.cert"), "--tls-key",
                  Path("client.key"), "--release", "2025", "lookup", "A00.0"}),
            ExitCode::kDone)
      << err_.str();
}

TEST_F(CtlTlsTest, SendsATokenFromItsFile) {
  Start(/*mutual=*/false);
  variables_["CODESET_TLS_CA"] = Path("ca");
  EXPECT_EQ(Call({"--token-file", Path("token"), "release", "verify", "2025"}), ExitCode::kDone)
      << err_.str();
  variables_["CODESET_TOKEN_FILE"] = Path("token");
  EXPECT_EQ(Call({"release", "verify", "2025"}), ExitCode::kDone) << err_.str();
  EXPECT_EQ(Call({"--token-file", Path("wrong-token"), "release", "verify", "2025"}),
            ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("[UNAUTHENTICATED]"));
  EXPECT_THAT(err_.str(), HasSubstr("--token-file FILE"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("horse")));
  variables_.erase("CODESET_TOKEN_FILE");
  EXPECT_EQ(Call({"release", "verify", "2025"}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("[UNAUTHENTICATED]"));
}

TEST_F(CtlTlsTest, LooksAtTheCertificatesThatCount) {
  // The authority ends before what it has signed does; what an older one had signed has ended.
  Issued issued = authority_.Issue("localhost", {-3600, 7200});
  issued.certificate += authority_.CrossSigned(Authority("older authority"), {-7200, -3600});
  Place("server", issued);
  Start(/*mutual=*/false);
  client::ConnectionOptions options;
  options.tls_ca = Path("ca");
  options.tls_server_name = "localhost";
  TlsLook look = LookAtTls(server_->address(), options, absl::Seconds(30));
  EXPECT_TRUE(look.shown);
  EXPECT_EQ(look.error, "");
  EXPECT_GT(look.expires_at, absl::Now());
  EXPECT_LT(look.expires_at, absl::Now() + absl::Seconds(3601));
  // Of one that is not trusted there is no other end than its own.
  options.tls_ca = Path("other-ca");
  look = LookAtTls(server_->address(), options, absl::Seconds(30));
  EXPECT_TRUE(look.shown);
  EXPECT_NE(look.error, "");
  EXPECT_GT(look.expires_at, absl::Now() + absl::Seconds(3601));
}

TEST_F(CtlTlsTest, SaysWhichFileIsWrong) {
  Start(/*mutual=*/false);
  const struct {
    std::vector<std::string> args;
    std::string says;
  } kCases[] = {
      {{"--tls-ca", Path("none")}, "the file of authorities " + Path("none") + " cannot be read"},
      {{"--tls-ca", Path("token")}, "the file of authorities " + Path("token") + " is no PEM"},
      {{"--tls-ca", Path("ca"), "--tls-cert", Path("client.cert")}, "go together"},
      {{"--tls-cert", Path("client.cert"), "--tls-key", Path("client.key")}, "name them, too"},
      {{"--tls-ca", Path("ca"), "--token-file", Path("none")}, "the token file " + Path("none")},
      {{"--tls-ca", Path("ca"), "--token-file", Path("tokens")}, "more than one token"},
  };
  for (const auto& test : kCases) {
    std::vector<std::string> args = test.args;
    args.insert(args.end(), {"release", "verify", "2025"});
    EXPECT_EQ(Call(args), ExitCode::kUsage) << test.says;
    EXPECT_THAT(err_.str(), HasSubstr(test.says));
  }
}

TEST_F(CtlTlsTest, KeepsATokenToThisMachineWhereThereIsNoTls) {
  EXPECT_EQ(CallPlain({"--admin-server", "example.org:1", "--token-file", Path("token"), "release",
                       "verify", "2025"}),
            ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("in the clear"));
  for (const char* address : {"127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/nowhere"}) {
    EXPECT_TRUE(client::MakeAdminConnection(address, {"", "", "", "", Path("token")}).ok());
  }
  for (const char* address : {"127.0.0.1.example.org:1", "dns:///127.0.0.1:1", "10.0.0.1:1"}) {
    EXPECT_FALSE(client::MakeAdminConnection(address, {"", "", "", "", Path("token")}).ok())
        << address;
  }
}

}  // namespace
}  // namespace codeset::ctl
