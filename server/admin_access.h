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
#include "server/call_gate.h"
#include "server/tls_files.h"

namespace codeset::server {

// Whether a listener may serve Admin: over TCP with mutual TLS, or with tokens over TLS; with
// tokens and without TLS on a loopback address alone. ARGUMENT_INVALID says what is missing; also
// for TLS on a Unix socket.
absl::Status CheckAdminAddress(absl::string_view address, const TlsFiles& tls, bool tokens);

// Who calls. Texts are empty where it is not known.
struct Caller {
  // As gRPC names it: `ipv4:127.0.0.1:49152`, `unix:`.
  std::string peer;
  // The subject of the certificate that the caller showed, by RFC 2253.
  std::string certificate;
  // The name of the token.
  std::string token;
  // Whether the call may go on. UNAUTHENTICATED says what the caller did not show.
  absl::Status access;
};

// See above.
class AdminAccess {
 public:
  // Of a listener that asks for nothing.
  AdminAccess() = default;
  // `tokens` may be null, for a listener without.
  AdminAccess(std::unique_ptr<AdminTokens> tokens, bool certificates)
      : tokens_(std::move(tokens)), certificates_(certificates) {}

  // Makes a call that remembers who makes it, so that it is found out once: what the audit log says
  // is then what the call was let in by.
  static CallGate::Context* NewContext();

  // Who makes a call, and whether it may. Not to be called from two threads at a time for one call.
  Caller CallerOf(grpc::ServerContextBase& context) const;

 private:
  Caller FindCaller(const grpc::ServerContextBase& context) const;
  // Whether the call may go on; the name of the token, if one is asked for.
  absl::StatusOr<std::string> Check(const grpc::ServerContextBase& context) const;
  absl::StatusOr<std::string> TokenName(const grpc::ServerContextBase& context) const;

  std::unique_ptr<AdminTokens> tokens_;
  bool certificates_ = false;
};

}  // namespace codeset::server
