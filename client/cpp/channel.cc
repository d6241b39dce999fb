#include "client/cpp/channel.h"

#include <arpa/inet.h>
#include <grpcpp/support/client_interceptor.h>

#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

absl::StatusOr<std::string> ReadFile(absl::string_view what, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad() || text.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the ", what, " ", path, " cannot be read, or is empty"));
  }
  return text;
}

absl::StatusOr<std::string> ReadPem(absl::string_view what, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(what, path));
  if (absl::StrContains(text, "-----BEGIN ")) return text;
  return absl::InvalidArgumentError(absl::StrCat("the ", what, " ", path, " is no PEM"));
}

bool IsUnixSocket(const std::string& address) { return absl::StartsWith(address, "unix:"); }

// Whether what is sent to an address stays on this machine.
bool IsLocal(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  in_addr number{};
  return IsUnixSocket(address) || host == "[::1]" || host == "localhost" ||
         (absl::StartsWith(host, "127.") && ::inet_pton(AF_INET, host.c_str(), &number) == 1);
}

// Adds the token to every call. gRPC's call credentials would do so over TLS alone.
class TokenInterceptor final : public grpc::experimental::Interceptor {
 public:
  explicit TokenInterceptor(const std::string& token) : token_(token) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("authorization", absl::StrCat("Bearer ", token_));
    }
    methods->Proceed();
  }

 private:
  const std::string& token_;
};

class TokenInterceptorFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit TokenInterceptorFactory(std::string token) : token_(std::move(token)) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new TokenInterceptor(token_);
  }

 private:
  const std::string token_;
};

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  ASSIGN_OR_RETURN(std::string token, ReadFile("token file", path));
  absl::StripAsciiWhitespace(&token);
  for (const char c : token) {
    // Never the token itself.
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError(
          absl::StrCat("the token file ", path, " holds more than one token"));
    }
  }
  return token;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const ConnectionOptions& options) {
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return absl::InvalidArgumentError("a client's certificate and its key go together");
  }
  grpc::SslCredentialsOptions ssl;
  ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadPem("file of authorities", options.tls_ca));
  if (!options.tls_certificate.empty()) {
    ASSIGN_OR_RETURN(ssl.pem_cert_chain, ReadPem("certificate", options.tls_certificate));
    ASSIGN_OR_RETURN(ssl.pem_private_key, ReadPem("key", options.tls_key));
  }
  return grpc::SslCredentials(ssl);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& address,
                                                           const ConnectionOptions& options,
                                                           const grpc::ChannelArguments& arguments,
                                                           bool with_token) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  grpc::ChannelArguments all = arguments;
  if (options.own_connection) all.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const bool tls = !options.tls_ca.empty() && !IsUnixSocket(address);
  if (tls) {
    ASSIGN_OR_RETURN(credentials, Credentials(options));
    if (!options.tls_server_name.empty()) all.SetSslTargetNameOverride(options.tls_server_name);
  } else if (options.tls_ca.empty() &&
             !(options.tls_certificate.empty() && options.tls_key.empty() &&
               options.tls_server_name.empty())) {
    return absl::InvalidArgumentError(
        "a client's certificate, its key and the server's name go with the authorities of the "
        "server's certificate: name them, too, else the connection would have no TLS");
  }
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  if (with_token && !options.token_file.empty()) {
    if (!tls && !IsLocal(address)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the token would travel to ", address,
                       " in the clear: name the authorities of the "
                       "server's certificate, so that the connection has TLS"));
    }
    // What stays on this machine does not go by way of a proxy.
    if (!tls) all.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    ASSIGN_OR_RETURN(std::string token, ReadToken(options.token_file));
    interceptors.push_back(std::make_unique<TokenInterceptorFactory>(std::move(token)));
  }
  return grpc::experimental::CreateCustomChannelWithInterceptors(address, credentials, all,
                                                                 std::move(interceptors));
}

}  // namespace codeset::client
