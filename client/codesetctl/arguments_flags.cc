#include "client/codesetctl/arguments_flags.h"

#include "absl/strings/ascii.h"

namespace codeset::ctl {

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
