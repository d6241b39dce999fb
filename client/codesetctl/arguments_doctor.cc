// The command that looks at a server.
#include "client/codesetctl/arguments_flags.h"

namespace codeset::ctl {
namespace {

constexpr char kFooter[] = R"(
A line each: ok, warn, FAIL, or skip for what could not be asked; then what was found and, below it,
what to do. Exit codes: 0 all is well, or could not be asked; 1 somebody should look at something;
2 something fails, or the command line is wrong. What only the admin listener tells (version, clock,
scrub, disk, audit log, backups) is asked where it is named with --data-dir or --admin-server.

Global flags go with every command; codesetctl --help tells of them.)";

}  // namespace

void AddDoctorCommand(CLI::App& app, Arguments* arguments) {
  CLI::App* doctor = AddCommand(
      app, "doctor", "Look at a server from outside: is it reached, up to date, sound, with room",
      Command::kDoctor, arguments);
  doctor
      ->add_option("--backups", arguments->doctor.backups,
                   "Look at the backups in this folder on the server's machine, too")
      ->option_text("FOLDER");
  doctor
      ->add_option("--backup-hours", arguments->doctor.backup_hours,
                   "Warn where the newest backup is older (default: 26)")
      ->option_text("N")
      ->check(CLI::Range(1, 87600).description(""));
  doctor->footer(kFooter);
}

}  // namespace codeset::ctl
