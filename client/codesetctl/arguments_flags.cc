#include "client/codesetctl/arguments_flags.h"

#include "absl/strings/ascii.h"

namespace codeset::ctl {

const std::map<std::string, v1::NoteKind>& NoteKinds() {
  static const std::map<std::string, v1::NoteKind> kinds = {
      {"includes", v1::NOTE_KIND_INCLUDES},
      {"excludes1", v1::NOTE_KIND_EXCLUDES1},
      {"excludes2", v1::NOTE_KIND_EXCLUDES2},
      {"code-first", v1::NOTE_KIND_CODE_FIRST},
      {"code-also", v1::NOTE_KIND_CODE_ALSO},
      {"use-additional-code", v1::NOTE_KIND_USE_ADDITIONAL_CODE},
      {"note", v1::NOTE_KIND_NOTE},
      {"inclusion-term", v1::NOTE_KIND_INCLUSION_TERM},
  };
  return kinds;
}

const std::map<std::string, v1::Facet>& Facets() {
  static const std::map<std::string, v1::Facet> facets = {
      {"existence", v1::FACET_EXISTENCE},
      {"billable", v1::FACET_BILLABLE},
      {"title", v1::FACET_TITLE},
      {"short-title", v1::FACET_SHORT_TITLE},
      {"parent", v1::FACET_PARENT},
      {"notes", v1::FACET_NOTES},
      {"seventh-characters", v1::FACET_SEVENTH_CHARACTERS},
      {"tabular-other", v1::FACET_TABULAR_OTHER},
      {"poa-exemption", v1::FACET_POA_EXEMPTION},
  };
  return facets;
}

void AddConnectionFlags(CLI::App& app, Arguments* arguments) {
  client::ConnectionOptions& connection = arguments->connection;
  app.add_option("--tls-ca", connection.tls_ca,
                 "Connect with TLS, to a server whose certificate is signed by these authorities; "
                 "a Unix socket needs none")
      ->option_text("FILE");
  app.add_option("--tls-cert", connection.tls_certificate,
                 "This client's certificate, for a server that asks for one")
      ->option_text("FILE");
  app.add_option("--tls-key", connection.tls_key, "Its key")->option_text("FILE");
  app.add_option("--tls-server-name", connection.tls_server_name,
                 "The name in the server's certificate, where it is not that in the address")
      ->option_text("NAME");
  app.add_option("--token-file", connection.token_file,
                 "File with the token for an admin listener that asks for one")
      ->option_text("FILE");
}

void AddBy(CLI::App* command, Arguments* arguments) {
  command->add_option("--by", arguments->by, "Who does it, for the record (default: user@host)");
}

void AddId(CLI::App* command, const std::string& help, Arguments* arguments) {
  command
      ->add_option_function<std::string>(
          "ID", [=](const std::string& id) { arguments->ids = {id}; }, help)
      ->required();
}

void AddIdPair(CLI::App* command, const std::string& first, const std::string& second,
               const std::string& help, Arguments* arguments) {
  for (const std::string& name : {first, second}) {
    command
        ->add_option_function<std::string>(
            name, [=](const std::string& id) { arguments->ids.push_back(id); }, help)
        ->required();
  }
}

CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& help,
                     Command command, Arguments* arguments) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->callback([=] { arguments->command = command; });
  return sub;
}

void RefuseEmptyValues(CLI::App* command) {
  const CLI::Validator not_empty(
      [](const std::string& word) -> std::string {
        return absl::StripAsciiWhitespace(word).empty() ? "the value is empty" : "";
      },
      "");
  for (CLI::Option* option : command->get_options()) option->check(not_empty);
  for (CLI::App* sub : command->get_subcommands({})) RefuseEmptyValues(sub);
}

}  // namespace codeset::ctl
