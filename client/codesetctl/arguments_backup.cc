// The commands of backups.
#include <cstdint>
#include <limits>

#include "client/codesetctl/arguments_flags.h"

namespace codeset::ctl {
namespace {

constexpr char kCreateFooter[] = R"(
The folder is on the server's machine, named by its absolute path. It must be there and be empty,
or have backups of the same data directory: what these have already is not copied again. Service
goes on meanwhile. codesetd restore --from FOLDER --data-dir DIR makes a data directory of one.

Global flags go with every command; codesetctl --help tells of them.)";

constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();

void AddFolder(CLI::App* command, Arguments* arguments) {
  command
      ->add_option("FOLDER", arguments->backup.folder,
                   "The folder of backups on the server's machine, by its absolute path")
      ->required();
}

}  // namespace

void AddBackupCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* backup =
      app.add_subcommand("backup", "Back the server's data directory up, and check backups");
  backup->require_subcommand(1);
  CLI::App* create = AddCommand(*backup, "create", "Make a backup, beside those that are there",
                                Command::kBackupCreate, arguments);
  AddFolder(create, arguments);
  create
      ->add_option("--keep", arguments->backup.keep,
                   "When it is done, delete all but the N newest (default: none)")
      ->option_text("N")
      ->check(CLI::Range(std::uint32_t{1}, kMost).description(""));
  create->footer(kCreateFooter);
  AddFolder(AddCommand(*backup, "list", "The backups of a folder, and what they have",
                       Command::kBackupList, arguments),
            arguments);
  CLI::App* verify =
      AddCommand(*backup, "verify", "Read all files of a backup and compare their checksums",
                 Command::kBackupVerify, arguments);
  AddFolder(verify, arguments);
  verify->add_option("--backup", arguments->backup.number, "Its number (default: the newest)")
      ->option_text("N")
      ->check(CLI::Range(std::uint32_t{1}, kMost).description(""));
}

}  // namespace codeset::ctl
