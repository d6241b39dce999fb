// The PEM files by which a listener proves who it is, and by which it knows its clients.
//
//   RETURN_IF_ERROR(CheckTlsFiles(files, "--tls"));
//   ASSIGN_OR_RETURN(const TlsMaterial material, ReadTlsFiles(files));
//
// Thread-safe: values and free functions.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace codeset::server {

// Paths; all empty for a listener without TLS.
struct TlsFiles {
  // The certificate, then those that lead from it to its authority.
  std::string certificate;
  // Its key, without a passphrase.
  std::string key;
  // Certificates of the authorities one of which must have signed a client's certificate; empty
  // where clients need none.
  std::string client_ca;

  bool empty() const { return certificate.empty() && key.empty() && client_ca.empty(); }
  // Whether clients must show a certificate.
  bool mutual() const { return !client_ca.empty(); }
};

// What the files hold.
struct TlsMaterial {
  std::string certificate;
  std::string key;
  std::string client_ca;
};

// Whether certificate and key are both named or neither. ARGUMENT_INVALID names the options,
// which begin with `prefix` (`--tls`, `--admin-tls`).
absl::Status CheckTlsFiles(const TlsFiles& files, absl::string_view prefix);

// Reads the files and holds them against each other. ARGUMENT_INVALID names the file and the
// reason: not to be read, no PEM, encrypted, out of its time, a key of another certificate.
absl::StatusOr<TlsMaterial> ReadTlsFiles(const TlsFiles& files);

// After when the certificate in the files is no longer valid, be that past or not. ARGUMENT_INVALID
// where it cannot be read.
absl::StatusOr<absl::Time> CertificateExpiry(const TlsFiles& files);

}  // namespace codeset::server
