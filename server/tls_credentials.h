// The credentials of a listener with TLS. Its files are looked at again with every connection
// that comes in: what replaces them is taken once it is whole and fits together, and until then
// connections go on with what was there before.
//
// gRPC's own FileWatcherCertificateProvider (1.51) lets go of the old certificate before it has
// found that the new key does not fit, and serves nobody until it does.
//
// Thread-safe.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"
#include "server/tls_files.h"

namespace codeset::server {

// Credentials of TLS, or of mutual TLS where the files name client authorities; they must outlive
// the servers that listen with them. ARGUMENT_INVALID as ReadTlsFiles.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(const TlsFiles& files);

}  // namespace codeset::server
