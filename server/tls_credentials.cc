#include "server/tls_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <array>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/file_stamp.h"
#include "server/log.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

class ReloadingCredentials final : public grpc::ServerCredentials {
 public:
  // `material` is what the files held when they had `stamps`.
  ReloadingCredentials(TlsFiles files, std::array<FileStamp, 3> stamps, TlsMaterial material)
      : files_(std::move(files)), stamps_(stamps), next_(std::move(material)) {
    const grpc_ssl_client_certificate_request_type request =
        files_.mutual() ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                        : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(request, &Fetch, this));
  }
  ~ReloadingCredentials() override { grpc_server_credentials_release(credentials_); }
  ReloadingCredentials(const ReloadingCredentials&) = delete;
  ReloadingCredentials& operator=(const ReloadingCredentials&) = delete;

  // Tokens are checked by the service (admin_access.h), which can give a reason.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

  static std::array<FileStamp, 3> Stamps(const TlsFiles& files) {
    return {StampOf(files.certificate), StampOf(files.key), StampOf(files.client_ca)};
  }

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // Called by gRPC before every handshake; what fails here leaves the connection what was there.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<ReloadingCredentials*>(self)->Next(config);
  }

  grpc_ssl_certificate_config_reload_status Next(grpc_ssl_server_certificate_config** config) {
    const absl::MutexLock lock(&mutex_);
    const std::array<FileStamp, 3> stamps = Stamps(files_);
    if (stamps != stamps_) {
      // What cannot be used is tried again at the next connection: a certificate may only not be
      // in its time yet.
      absl::StatusOr<TlsMaterial> material = ReadTlsFiles(files_);
      if (material.ok()) {
        stamps_ = stamps;
        next_ = *std::move(material);
        has_next_ = true;
        Log(Severity::kInfo, "a certificate was replaced and is used from now on",
            {{"file", files_.certificate}});
      } else if (stamps != told_) {
        told_ = stamps;
        Log(Severity::kError, "connections go on with the certificate of before",
            {{"error", material.status().message()}});
      }
    }
    if (!has_next_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair = {next_.key.c_str(), next_.certificate.c_str()};
    // gRPC insists on some authority also where it asks clients for nothing, and then does not
    // use it.
    const std::string& authorities = files_.mutual() ? next_.client_ca : next_.certificate;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
    has_next_ = false;
    next_ = {};
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const TlsFiles files_;
  grpc_server_credentials* credentials_ = nullptr;
  absl::Mutex mutex_;
  // Of the files that are in use.
  std::array<FileStamp, 3> stamps_ ABSL_GUARDED_BY(mutex_);
  // Of those that could not be used, and were told of.
  std::array<FileStamp, 3> told_ ABSL_GUARDED_BY(mutex_);
  // What gRPC does not have yet.
  TlsMaterial next_ ABSL_GUARDED_BY(mutex_);
  bool has_next_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(const TlsFiles& files) {
  const std::array<FileStamp, 3> stamps = ReloadingCredentials::Stamps(files);
  ASSIGN_OR_RETURN(TlsMaterial material, ReadTlsFiles(files));
  return std::make_shared<ReloadingCredentials>(files, stamps, std::move(material));
}

}  // namespace codeset::server
