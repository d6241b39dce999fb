// The commands that operate releases and labels, and those that name or watch them.
#include <limits>
#include <tuple>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "client/codesetctl/arguments_flags.h"
#include "client/codesetctl/change_classes.h"

namespace codeset::ctl {
namespace {

void AddLabel(CLI::App* command, Arguments* arguments) {
  command->add_option("LABEL", arguments->label, "The label")->required();
}

void AddRollbackFrom(CLI::App* command, Arguments* arguments) {
  command->add_option("--from", arguments->rollback_from,
                      "Only from this release, so that the command can be repeated");
}

// Reads CLASS=N.
Threshold ReadThreshold(const std::string& word) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
  const ChangeClass* found = FindChangeClass(parts.first);
  if (found == nullptr) {
    throw CLI::ValidationError("--max",
                               absl::StrCat("'", parts.first, "' is none of ", ChangeClassNames()));
  }
  int max = 0;
  if (!absl::SimpleAtoi(parts.second, &max) || max < 0) {
    throw CLI::ValidationError("--max",
                               absl::StrCat("'", word, "' is not CLASS=N with N from 0 up"));
  }
  return {found->name, max};
}

void AddLoad(CLI::App& release, Arguments* arguments) {
  CLI::App* load = AddCommand(release, "load", "Load a release from its published files",
                              Command::kReleaseLoad, arguments);
  AddId(load, "The release's id, YYYY[-MM][.N]", arguments);
  load->add_option("PATH", arguments->paths, "Files, zip archives and folders")->required();
  load->add_option("--effective", arguments->effective_date,
                   "First day in force where the id does not say it, YYYY-MM-DD");
  load->add_option("--activate-on", arguments->activate_on,
                   "Keep dates and labels from resolving to it before this day, YYYY-MM-DD, or "
                   "never: until release activate");
  load->add_option("--base", arguments->base,
                   "Build it from this loaded release and the order addenda among the files");
  load->add_flag("--dry-run", arguments->dry_run, "Do all but write");
  load->add_option("--allow", arguments->allow, "Accept this class of disagreement; repeatable")
      ->allow_extra_args(false);
  load->add_flag_callback(
      "--no-keep-sources", [arguments] { arguments->keep_sources = false; },
      "Do not keep the published files in the data directory");
}

constexpr char kPortableFooter[] = R"(
The file is the portable form of releases (storage/FORMAT.md): the same releases give the same
bytes. It holds their content and what was found when they were loaded; the publisher's files and
addenda, labels and pages of codes do not travel. A release that has chapters and sections, or
the list of POA-exempt codes, on loan takes those along, as they were.

Global flags go with every command; codesetctl --help tells of them.)";

void AddPortable(CLI::App& release, Arguments* arguments) {
  CLI::App* exports = AddCommand(release, "export", "Write releases into one portable file",
                                 Command::kReleaseExport, arguments);
  exports
      ->add_option("WORD", arguments->ids,
                   "Releases (id, label, current, next, @pin or YYYY-MM-DD), then the file")
      ->option_text("ID... FILE")
      ->required();
  exports->footer(kPortableFooter);
  CLI::App* import = AddCommand(release, "import", "Load all releases of a portable file",
                                Command::kReleaseImport, arguments);
  import->add_option("FILE", arguments->paths, "A file that release export wrote")
      ->expected(1)
      ->required();
  import->add_option("--activate-on", arguments->activate_on,
                     "Keep dates and labels from resolving to them before this day, YYYY-MM-DD, "
                     "or never: until release activate");
  import->add_flag("--dry-run", arguments->dry_run, "Do all but write");
}

void AddCompare(CLI::App& release, Arguments* arguments) {
  CLI::App* compare =
      AddCommand(release, "compare", "Count what a new release changes, and hold it against limits",
                 Command::kReleaseCompare, arguments);
  AddIdPair(compare, "NEW", "OLD", "A release: id, label, current, next, @pin or YYYY-MM-DD",
            arguments);
  compare
      ->add_option_function<std::vector<std::string>>(
          "--max",
          [=](const std::vector<std::string>& words) {
            for (const std::string& word : words) {
              arguments->thresholds.push_back(ReadThreshold(word));
            }
          },
          absl::StrCat("Exit with 1 where a class has more than N changes; repeatable. Classes: ",
                       ChangeClassNames()))
      ->option_text("CLASS=N")
      ->allow_extra_args(false);
  compare->add_flag("--by-chapter", arguments->by_chapter, "Counts by chapter too");
}

}  // namespace

void AddReleaseCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* release = app.add_subcommand(
      "release", "Load, list, compare, activate, prove, export and delete releases");
  release->require_subcommand(1);
  AddLoad(*release, arguments);
  AddCommand(*release, "list", "All releases and editions", Command::kReleaseList, arguments);
  for (const auto& [name, help, command] :
       {std::tuple{"show", "One release in full", Command::kReleaseShow},
        std::tuple{"verify", "Read a release back and check it", Command::kReleaseVerify},
        std::tuple{"delete", "Delete a release", Command::kReleaseDelete}}) {
    AddId(AddCommand(*release, name, help, command, arguments), "The release", arguments);
  }
  CLI::App* activate =
      AddCommand(*release, "activate", "Let dates and labels resolve to a release, or hold it back",
                 Command::kReleaseActivate, arguments);
  AddId(activate, "The release", arguments);
  activate->add_option("--on", arguments->activate_on,
                       "From this day on, YYYY-MM-DD, or never (default: at once)");
  AddBy(activate, arguments);
  AddCompare(*release, arguments);
  AddPortable(*release, arguments);
  CLI::App* rollback = AddCommand(*release, "rollback", "Move a label back to what it named before",
                                  Command::kLabelRollback, arguments);
  AddLabel(rollback, arguments);
  AddRollbackFrom(rollback, arguments);
  AddBy(rollback, arguments);

  AddCommand(app, "resolve", "Which release --release or --date names", Command::kResolve,
             arguments);
  AddCommand(app, "pin",
             "Print a pin file of the release that --release or --date names, for --pin",
             Command::kPin, arguments);
  CLI::App* watch = AddCommand(app, "watch", "What happens to releases and labels, as it happens",
                               Command::kWatch, arguments);
  CLI::Option* from = watch->add_option("--from", arguments->resume_token,
                                        "Begin after the event with this resume token");
  watch->add_flag("--from-start", arguments->from_start, "Begin with everything that ever happened")
      ->excludes(from);
  watch->add_option("--count", arguments->count, "End after this many events")
      ->option_text("N")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""));
}

void AddLabelCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* label = app.add_subcommand("label", "Name releases: prod, staging");
  label->require_subcommand(1);
  CLI::App* set =
      AddCommand(*label, "set", "Set a label, or move it", Command::kLabelSet, arguments);
  AddLabel(set, arguments);
  AddId(set, "The id of a loaded release", arguments);
  set->add_flag("--exact", arguments->exact,
                "Stay on that very release even where a correction of it is loaded");
  AddBy(set, arguments);
  AddCommand(*label, "list", "All labels and what they name", Command::kLabelList, arguments);
  for (const auto& [name, help, command] :
       {std::tuple{"history", "Every move of a label", Command::kLabelHistory},
        std::tuple{"rollback", "Move a label back to what it named before",
                   Command::kLabelRollback},
        std::tuple{"remove", "Remove a label; its moves stay on record", Command::kLabelRemove}}) {
    CLI::App* sub = AddCommand(*label, name, help, command, arguments);
    AddLabel(sub, arguments);
    if (command == Command::kLabelRollback) AddRollbackFrom(sub, arguments);
    if (command != Command::kLabelHistory) AddBy(sub, arguments);
  }
}

}  // namespace codeset::ctl
