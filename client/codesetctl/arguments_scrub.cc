// The command that proves what is stored.
#include "client/codesetctl/arguments_flags.h"

namespace codeset::ctl {

void AddScrubCommand(CLI::App& app, Arguments* arguments) {
  CLI::App* scrub =
      AddCommand(app, "scrub", "Prove everything that the server has stored against its digests",
                 Command::kScrub, arguments);
  CLI::Option* rate =
      scrub
          ->add_option("--mib-per-second", arguments->mib_per_second,
                       "Prove so much in a second, 0 for as much as can be (default: the server's "
                       "own limit)")
          ->option_text("N")
          ->check(CLI::Range(0, 100000).description(""));
  scrub->add_flag("--last", arguments->last, "Only tell what the last one came to")->excludes(rate);
}

}  // namespace codeset::ctl
