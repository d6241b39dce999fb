#include "server/admin_access.h"

#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "grpc/grpc_security_constants.h"
#include "server/listener.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using model::Reason;

absl::Status Unauthenticated(absl::string_view why) {
  return model::MakeError(Reason::kUnauthenticated, why);
}

// What the certificate of a connection says under a name; empty without one.
std::string Property(const grpc::AuthContext& auth, const char* name) {
  const std::vector<grpc::string_ref> values = auth.FindPropertyValues(name);
  return values.empty() ? "" : std::string(values[0].data(), values[0].size());
}

// A call that knows who makes it, once somebody has asked.
class KnownContext final : public CallGate::Context {
 public:
  std::optional<Caller> caller;
};

}  // namespace

CallGate::Context* AdminAccess::NewContext() { return new KnownContext; }

absl::Status CheckAdminAddress(absl::string_view address, const TlsFiles& tls, bool tokens) {
  RETURN_IF_ERROR(CheckAddress(address));
  RETURN_IF_ERROR(CheckTlsFiles(tls, "--admin-tls"));
  if (IsUnixSocket(address)) {
    if (tls.empty()) return absl::OkStatus();
    return model::MakeError(Reason::kArgumentInvalid,
                            "a Unix socket needs no TLS; name a HOST:PORT with --admin-listen, or "
                            "leave out --admin-tls-cert");
  }
  if (tls.mutual() || (tokens && (!tls.empty() || IsLoopback(address)))) return absl::OkStatus();
  return model::MakeError(
      Reason::kArgumentInvalid,
      absl::StrCat("whoever reaches ", address,
                   " could load and delete releases: over TCP, Admin needs --admin-tls-cert and "
                   "--admin-tls-key with --admin-tls-client-ca or --admin-token-file (without TLS, "
                   "a token file alone is enough on 127.0.0.1, [::1] and localhost); or leave out "
                   "--admin-listen for a Unix socket"));
}

absl::StatusOr<std::string> AdminAccess::Check(const grpc::ServerContextBase& context) const {
  // A handshake without a certificate fails before it comes to a call; this is for a channel
  // without transport.
  if (certificates_ && !context.auth_context()->IsPeerAuthenticated()) {
    return Unauthenticated("this admin listener takes calls with a client certificate alone");
  }
  if (tokens_ == nullptr) return "";
  return TokenName(context);
}

absl::StatusOr<std::string> AdminAccess::TokenName(const grpc::ServerContextBase& context) const {
  constexpr absl::string_view kScheme = "Bearer ";
  const auto [begin, end] = context.client_metadata().equal_range("authorization");
  if (begin == end) {
    return Unauthenticated(
        "this admin listener asks for a bearer token: send it as metadata authorization, or name "
        "its file with codesetctl --token-file FILE");
  }
  if (std::next(begin) != end) return Unauthenticated("authorization is given more than once");
  absl::string_view value(begin->second.data(), begin->second.size());
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return Unauthenticated("authorization is no bearer token: it begins with Bearer and a space");
  }
  value.remove_prefix(kScheme.size());
  return tokens_->NameOf(absl::StripAsciiWhitespace(value));
}

Caller AdminAccess::CallerOf(grpc::ServerContextBase& context) const {
  auto* const known = dynamic_cast<KnownContext*>(&context);
  if (known == nullptr) return FindCaller(context);
  if (!known->caller.has_value()) known->caller = FindCaller(context);
  return *known->caller;
}

Caller AdminAccess::FindCaller(const grpc::ServerContextBase& context) const {
  Caller caller{context.peer(), "", "", absl::OkStatus()};
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  if (auth != nullptr && auth->IsPeerAuthenticated()) {
    caller.certificate = Property(*auth, GRPC_X509_SUBJECT_PROPERTY_NAME);
    if (caller.certificate.empty()) {
      caller.certificate = absl::StrCat("CN=", Property(*auth, GRPC_X509_CN_PROPERTY_NAME));
    }
  }
  absl::StatusOr<std::string> token = Check(context);
  if (token.ok()) {
    caller.token = *std::move(token);
  } else {
    caller.access = token.status();
  }
  return caller;
}

}  // namespace codeset::server
