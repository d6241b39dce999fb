#include "server/options_security.h"

namespace codeset::server {

void AddSecurityOptions(CLI::App& serve_app, ServeCommand& serve) {
  serve_app
      .add_option("--tls-cert", serve.tls.certificate,
                  "Certificate of the public address, with those that lead to its authority, in "
                  "PEM; it is taken again when it changes")
      ->option_text("FILE");
  serve_app.add_option("--tls-key", serve.tls.key, "Its key, without a passphrase")
      ->option_text("FILE");
  serve_app
      .add_option("--tls-client-ca", serve.tls.client_ca,
                  "Serve only clients with a certificate of these authorities (mutual TLS)")
      ->option_text("FILE");
  serve_app
      .add_option("--admin-tls-cert", serve.admin_tls.certificate,
                  "The same of an admin address over TCP")
      ->option_text("FILE");
  serve_app.add_option("--admin-tls-key", serve.admin_tls.key, "Its key")->option_text("FILE");
  serve_app
      .add_option("--admin-tls-client-ca", serve.admin_tls.client_ca,
                  "Whoever has a certificate of these authorities can load and delete releases")
      ->option_text("FILE");
  serve_app
      .add_option("--admin-token-file", serve.admin_token_file,
                  "Take admin calls with a bearer token of this file alone, one a line: name and "
                  "SHA-256, as codesetd hash-token prints them; read again when it changes")
      ->option_text("FILE");
  serve_app
      .add_option("--audit-log", serve.audit_log,
                  "Append a line of JSON for every admin call to this file; default: standard "
                  "error")
      ->option_text("FILE");
}

CLI::App* AddHashTokenCommand(CLI::App& app, HashTokenCommand& command) {
  CLI::App* const hash_app = app.add_subcommand(
      "hash-token", "Print the line of --admin-token-file for a token from standard input");
  hash_app->add_option("name", command.name, "Who the token is for; audit logs name it")
      ->option_text("NAME")
      ->required();
  hash_app
      ->add_option("--generate", command.generate,
                   "Make a new token and write it to this file, which must not be there yet")
      ->option_text("FILE");
  return hash_app;
}

}  // namespace codeset::server
