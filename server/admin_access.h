// Who may use the service Admin, and who a caller is.
//
// A Unix socket lets in whoever its file mode lets in: the user that runs the server, and root.
// Over TCP a caller must show a client certificate (mutual TLS), a bearer token, or both where both
// are configured. What is configured is asked of everybody, on a socket too.
//
// Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"
#include "server/admin_tokens.h"
#include "server/tls_files.h"

namespace codeset::server {

// Whether a listener may serve Admin: over TCP with mutual TLS, or with tokens over TLS; with
// tokens and without TLS on a loopback address alone. ARGUMENT_INVALID says what is missing; also
// for TLS on a Unix socket.
absl::Status CheckAdminAddress(absl::string_view address, const TlsFiles& tls, bool tokens);

// Who calls, for the audit log. Empty where it is not known.
struct Caller {
  // As gRPC names it: `ipv4:127.0.0.1:49152`, `unix:`.
  std::string peer;
  // The subject of the certificate that the caller showed, by RFC 2253.
  std::string certificate;
  // The name of the token.
  std::string token;
};

// See above.
class AdminAccess {
 public:
  // Of a listener that asks for nothing.
  AdminAccess() = default;
  // `tokens` may be null, for a listener without.
  AdminAccess(std::unique_ptr<AdminTokens> tokens, bool certificates)
      : tokens_(std::move(tokens)), certificates_(certificates) {}

  // Whether the call may go on. UNAUTHENTICATED says what the caller did not show.
  absl::Status Check(const grpc::ServerContextBase& context) const;

  // Who calls, whether or not it may.
  Caller CallerOf(const grpc::ServerContextBase& context) const;

 private:
  absl::StatusOr<std::string> TokenName(const grpc::ServerContextBase& context) const;

  std::unique_ptr<AdminTokens> tokens_;
  bool certificates_ = false;
};

}  // namespace codeset::server
