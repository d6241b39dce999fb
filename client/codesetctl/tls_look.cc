#include "client/codesetctl/tls_look.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace codeset::ctl {
namespace {

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct AddressesFree {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

// Closes its file at the end.
class Socket {
 public:
  explicit Socket(int file) : file_(file) {}
  ~Socket() {
    if (file_ >= 0) ::close(file_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int file() const { return file_; }

 private:
  const int file_;
};

TlsLook Failed(absl::string_view why) {
  TlsLook look;
  look.error = std::string(why);
  return look;
}

std::string LastSslError() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "the connection was closed" : reason;
}

// A connection; -1 with `error` set.
int Connect(const std::string& host, const std::string& port, absl::Duration timeout,
            std::string& error) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); code != 0) {
    error = ::gai_strerror(code);
    return -1;
  }
  const std::unique_ptr<addrinfo, AddressesFree> addresses(found);
  const timeval wait = absl::ToTimeval(timeout);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const int file = ::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol);
    if (file < 0) continue;
    // Linux goes by the former for connecting, too.
    ::setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    ::setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    if (::connect(file, each->ai_addr, each->ai_addrlen) == 0) return file;
    error = std::strerror(errno);
    ::close(file);
  }
  if (error.empty()) error = "the host has no address";
  return -1;
}

std::string Subject(const X509* certificate) {
  const std::unique_ptr<BIO, BioFree> bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio.get(), &text));
  return std::string(text, size);
}

absl::Time Expiry(const X509* certificate) {
  std::tm time = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return absl::InfinitePast();
  return absl::FromTM(time, absl::UTCTimeZone());
}

// The earliest end of those that lead from the certificate to its authority; its own where they do
// not. What else was sent does not count: a certificate by which an older authority had signed the
// present one may have ended, and stand in the file of the chain still.
absl::Time EarliestExpiry(SSL* ssl, const X509* certificate) {
  absl::Time earliest = Expiry(certificate);
  if (SSL_get_verify_result(ssl) != X509_V_OK) return earliest;
  const STACK_OF(X509)* const chain = SSL_get0_verified_chain(ssl);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    earliest = std::min(earliest, Expiry(sk_X509_value(chain, i)));
  }
  return earliest;
}

}  // namespace

TlsLook LookAtTls(const std::string& address, const client::ConnectionOptions& options,
                  absl::Duration timeout) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return Failed("the address is no HOST:PORT");
  std::string host = address.substr(0, colon);
  host = std::string(absl::StripSuffix(absl::StripPrefix(host, "["), "]"));
  std::string error;
  const Socket socket(Connect(host, address.substr(colon + 1), timeout, error));
  if (socket.file() < 0) return Failed(error);

  const std::unique_ptr<SSL_CTX, ContextFree> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return Failed(LastSslError());
  if (!options.tls_ca.empty() &&
      SSL_CTX_load_verify_locations(context.get(), options.tls_ca.c_str(), nullptr) != 1) {
    return Failed(absl::StrCat(options.tls_ca, ": ", LastSslError()));
  }
  const std::unique_ptr<SSL, SslFree> ssl(SSL_new(context.get()));
  const std::string& name = options.tls_server_name.empty() ? host : options.tls_server_name;
  in6_addr number = {};
  const bool is_number = ::inet_pton(AF_INET, name.c_str(), &number) == 1 ||
                         ::inet_pton(AF_INET6, name.c_str(), &number) == 1;
  if (is_number) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), name.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
    SSL_set1_host(ssl.get(), name.c_str());
  }
  // The handshake goes on whatever the certificate is; what is wrong with it is asked after it.
  SSL_set_verify(ssl.get(), SSL_VERIFY_NONE, nullptr);
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl.get(), kHttp2, sizeof(kHttp2));
  SSL_set_fd(ssl.get(), socket.file());
  // One that wants a certificate of ours refuses us only after it has shown its own.
  SSL_connect(ssl.get());
  const std::string refused = LastSslError();
  const std::unique_ptr<X509, CertificateFree> certificate(SSL_get1_peer_certificate(ssl.get()));
  if (certificate == nullptr) return Failed(refused);
  TlsLook look;
  look.shown = true;
  look.subject = Subject(certificate.get());
  look.expires_at = EarliestExpiry(ssl.get(), certificate.get());
  const long verified = SSL_get_verify_result(ssl.get());
  if (verified != X509_V_OK) look.error = X509_verify_cert_error_string(verified);
  return look;
}

}  // namespace codeset::ctl
