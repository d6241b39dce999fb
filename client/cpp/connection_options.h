// How a client proves who it is, and who the server must prove to be; how it bears an overloaded
// one.
//
// Plain values.
#pragma once

#include <string>

namespace codeset::client {

// Paths are of files; all empty for a server without TLS that asks for nothing. What is said of TLS
// holds for HOST:PORT alone: a Unix socket (`unix:path`) needs none.
struct ConnectionOptions {
  // Certificates in PEM of the authorities one of which must have signed the server's. Without it
  // connections have no TLS.
  std::string tls_ca;
  // The client's certificate with those that lead to its authority, and its key, in PEM, for a
  // server that asks for them (mutual TLS).
  std::string tls_certificate;
  std::string tls_key;
  // The name in the server's certificate, where it is not the host in the address.
  std::string tls_server_name;
  // A bearer token, for an admin listener that asks for one.
  std::string token_file;
  // A connection of its own, where otherwise connections of a process to the same server share one.
  bool own_connection = false;
  // Calls that only read and end with UNAVAILABLE are tried again (grpc_connection.h).
  bool retries = true;
  // How often a question that the server refuses with OVERLOADED is asked again, after as long as
  // the server says and within the call's deadline; 0: never. Calls that both sides stream, and
  // admin calls, never are.
  int overload_retries = 3;
};

}  // namespace codeset::client
