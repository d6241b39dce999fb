// A look at the certificate that a listener shows, whether or not it is trusted: gRPC only says
// that a handshake failed.
//
// Thread-safe: values and a free function.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "client/cpp/connection_options.h"

namespace codeset::ctl {

// What a look came to.
struct TlsLook {
  // Whether a certificate was shown; else `error` says why not.
  bool shown = false;
  // Whom it is for, by RFC 2253, and after when it, or another of those that lead from it to an
  // authority of the options, is no longer valid; of one that is not trusted when itself is not.
  std::string subject;
  absl::Time expires_at;
  // What is wrong with it by the authorities and the server's name of the options: `unable to get
  // local issuer certificate`, `hostname mismatch`. Empty where nothing is.
  std::string error;
};

// Connects to HOST:PORT and begins a handshake, within `timeout` for each step.
TlsLook LookAtTls(const std::string& address, const client::ConnectionOptions& options,
                  absl::Duration timeout);

}  // namespace codeset::ctl
