#include "client/codesetctl/arguments.h"

#include <CLI/CLI.hpp>
#include <map>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/selector.h"

namespace codeset::ctl {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:7460";

constexpr char kFooter[] = R"(
Which release answers: --release, else --date, else the newest one in force today. It is
always told: on standard error with tables and csv, in the data with json. What it does not
know, and an edition that is not loaded, is told with it.

json: one protobuf-JSON object a line, field names in camelCase. A field that has its
default value (0, false, empty) is left out, except `billable`, `placeholder` and
`orderNumber`, which are left out only where they do not apply. Notes that are not there
mean "none" only where tabularState is TABULAR_STATE_KNOWN. A list that holds nothing is
one object without `concept`. A diff opens with an object that says what was compared.

Exit codes: 0 done; 1 the answer is no (a code not found, not subsumed, no common
ancestor, addenda not reproduced); 2 usage; 3 the server refused, could not be reached or
does not know.

Variables: CODESET_SERVER, CODESET_ADMIN, CODESET_DATA_DIR give the defaults of --server,
--admin-server, --data-dir.)";

// Below a command's own help.
constexpr char kPointer[] =
    "\nGlobal flags go with every command; codesetctl --help tells of them, of output formats "
    "and of\nexit codes.";

const std::map<std::string, v1::ConceptKind> kKinds = {
    {"chapter", v1::CONCEPT_KIND_CHAPTER},   {"section", v1::CONCEPT_KIND_SECTION},
    {"category", v1::CONCEPT_KIND_CATEGORY}, {"subcategory", v1::CONCEPT_KIND_SUBCATEGORY},
    {"code", v1::CONCEPT_KIND_CODE},
};
const std::map<std::string, v1::ConceptView> kViews = {
    {"basic", v1::CONCEPT_VIEW_BASIC},
    {"full", v1::CONCEPT_VIEW_FULL},
};
const std::map<std::string, v1::Facet> kFacets = {
    {"existence", v1::FACET_EXISTENCE},
    {"billable", v1::FACET_BILLABLE},
    {"title", v1::FACET_TITLE},
    {"short-title", v1::FACET_SHORT_TITLE},
    {"parent", v1::FACET_PARENT},
    {"notes", v1::FACET_NOTES},
    {"seventh-characters", v1::FACET_SEVENTH_CHARACTERS},
    {"tabular-other", v1::FACET_TABULAR_OTHER},
};
const std::map<std::string, Format> kOutputs = {
    {"table", Format::kTable}, {"json", Format::kJson}, {"csv", Format::kCsv}};
const std::map<std::string, Format> kDiffFormats = {{"table", Format::kTable},
                                                    {"json", Format::kJson},
                                                    {"csv", Format::kCsv},
                                                    {"addenda", Format::kAddenda}};

// Turns a name into its value's number, which CLI11 reads as the enum. Its own transformer
// would do so too, but speaks of the numbers in help and errors.
template <typename Map>
CLI::Validator OneOf(const Map& map) {
  const auto translate = [&map](std::string& word) -> std::string {
    std::string names;
    for (const auto& [name, value] : map) {
      if (absl::EqualsIgnoreCase(name, word)) {
        word = std::to_string(static_cast<int>(value));
        return "";
      }
      absl::StrAppend(&names, names.empty() ? "" : ", ", name);
    }
    return absl::StrCat("'", word, "' is none of ", names);
  };
  return CLI::Validator(translate, "");
}

// Adds the one id that a command wants.
void AddId(CLI::App* command, const std::string& help, Arguments* arguments) {
  command
      ->add_option_function<std::string>(
          "ID", [=](const std::string& id) { arguments->ids = {id}; }, help)
      ->required();
}

// Adds two ids, in the order typed. One option of two values would be named `ID(2x)` in help.
void AddIdPair(CLI::App* command, const std::string& first, const std::string& second,
               const std::string& help, Arguments* arguments) {
  for (const std::string& name : {first, second}) {
    command
        ->add_option_function<std::string>(
            name, [=](const std::string& id) { arguments->ids.push_back(id); }, help)
        ->required();
  }
}

// Makes every flag and argument of a command and its subcommands refuse an empty value: the
// server would take it for one that was not given, and answer another question.
void RefuseEmptyValues(CLI::App* command) {
  const CLI::Validator not_empty(
      [](const std::string& word) -> std::string {
        return absl::StripAsciiWhitespace(word).empty() ? "the value is empty" : "";
      },
      "");
  for (CLI::Option* option : command->get_options()) option->check(not_empty);
  for (CLI::App* sub : command->get_subcommands({})) RefuseEmptyValues(sub);
}

// Adds a command that sets `arguments->command` when it is the one given.
CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& help,
                     Command command, Arguments* arguments) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->callback([=] { arguments->command = command; });
  return sub;
}

void AddGlobalFlags(CLI::App& app, Arguments* arguments) {
  app.add_option("--server", arguments->server, "Address of the server")
      ->default_str(kDefaultServer);
  app.add_option("--admin-server", arguments->admin_server,
                 "Address of the admin listener (default: the socket in --data-dir)");
  app.add_option("--data-dir", arguments->data_dir,
                 "The server's data directory, to find its admin socket");
  CLI::Option* release =
      app.add_option("--release", arguments->release, "Ask this release: an id, current or next");
  app.add_option("--date", arguments->date,
                 "Ask the release that governs this date of service or discharge, YYYY-MM-DD")
      ->excludes(release);
  app.add_flag("--allow-stale", arguments->allow_stale,
               "Accept an older release where the one that governs the date is not loaded");
  app.add_option("--output", arguments->format, "table, json or csv (default: table)")
      ->type_name("FORMAT")
      ->transform(OneOf(kOutputs));
  app.add_flag("--verbose", arguments->verbose, "Show progress even without a terminal");
}

void AddReleaseCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* release = app.add_subcommand("release", "Load, list, prove and delete releases");
  release->require_subcommand(1);
  CLI::App* load = AddCommand(*release, "load", "Load a release from its published files",
                              Command::kReleaseLoad, arguments);
  AddId(load, "The release's id, YYYY[-MM][.N]", arguments);
  load->add_option("PATH", arguments->paths, "Files, zip archives and folders")->required();
  load->add_option("--effective", arguments->effective_date,
                   "First day in force where the id does not say it, YYYY-MM-DD");
  load->add_flag("--dry-run", arguments->dry_run, "Do all but write");
  load->add_option("--allow", arguments->allow, "Accept this class of disagreement; repeatable")
      ->allow_extra_args(false);
  load->add_flag("!--no-keep-sources", arguments->keep_sources,
                 "Do not keep the published files in the data directory");
  AddCommand(*release, "list", "All releases and editions", Command::kReleaseList, arguments);
  for (const auto& [name, help, command] :
       {std::tuple{"show", "One release in full", Command::kReleaseShow},
        std::tuple{"verify", "Read a release back and check it", Command::kReleaseVerify},
        std::tuple{"delete", "Delete a release", Command::kReleaseDelete}}) {
    AddId(AddCommand(*release, name, help, command, arguments), "The release", arguments);
  }
}

void AddConceptCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* lookup = AddCommand(app, "lookup", "What concepts are", Command::kLookup, arguments);
  lookup->add_option("CODE", arguments->ids, "Concepts, with or without dot")->required();
  lookup->add_option("--view", arguments->view, "basic, or full with notes (default: basic)")
      ->transform(OneOf(kViews));
  for (const auto& [name, relation] :
       {std::pair{"parents", v1::RELATION_PARENTS}, std::pair{"ancestors", v1::RELATION_ANCESTORS},
        std::pair{"children", v1::RELATION_CHILDREN}, std::pair{"siblings", v1::RELATION_SIBLINGS},
        std::pair{"descendants", v1::RELATION_DESCENDANTS}}) {
    CLI::App* sub = app.add_subcommand(name, absl::StrCat("The ", name, " of a concept"));
    AddId(sub, "The concept", arguments);
    sub->callback([=, relation = relation] {
      arguments->command = Command::kRelatives;
      arguments->relation = relation;
    });
  }
  CLI::App* list =
      AddCommand(app, "list", "Concepts that meet all conditions", Command::kList, arguments);
  list->add_option("--under", arguments->under, "Only this concept and what lies below");
  list->add_option("--prefix", arguments->prefix, "Only codes that begin so: E11.-");
  list->add_option("--range", arguments->range, "Only codes from A up to what lies below B")
      ->option_text("A B")
      ->expected(2);
  list->add_option("--kind", arguments->kinds,
                   "chapter, section, category, subcategory or code; repeatable")
      ->allow_extra_args(false)
      ->transform(OneOf(kKinds));
  list->add_flag_function(
      "--billable", [=](std::int64_t) { arguments->billable = true; }, "Only billable codes");
  CLI::App* subsumes =
      AddCommand(app, "subsumes", "Whether B is A or lies below A", Command::kSubsumes, arguments);
  AddIdPair(subsumes, "A", "B", "A concept", arguments);
  CLI::App* ancestor = AddCommand(app, "common-ancestor", "The lowest concept above all",
                                  Command::kCommonAncestor, arguments);
  ancestor->add_option("ID", arguments->ids, "The concepts, two or more")->required();
  AddCommand(app, "resolve", "Which release --release or --date names", Command::kResolve,
             arguments);
}

CLI::App* AddDiffCommand(CLI::App& app, Arguments* arguments) {
  CLI::App* diff =
      AddCommand(app, "diff", "What changed between two releases", Command::kDiff, arguments);
  AddIdPair(diff, "FROM", "TO", "A release: id, current, next or YYYY-MM-DD", arguments);
  diff->add_option("--facet", arguments->facets,
                   "existence, billable, title, short-title, parent, notes, seventh-characters "
                   "or tabular-other; repeatable")
      ->allow_extra_args(false)
      ->transform(OneOf(kFacets));
  diff->add_option("--under", arguments->under, "Only this concept and what lies below");
  diff->add_flag("--summary", arguments->summary, "Counts alone");
  diff->add_option("--format", arguments->format,
                   "table, json, csv or addenda, the publisher's own layout")
      ->transform(OneOf(kDiffFormats));
  return diff;
}

// What is wrong with flags that are each right; empty if nothing is.
std::string Contradiction(const Arguments& arguments) {
  const bool asks_no_release =
      arguments.command == Command::kDiff ||
      (arguments.command >= Command::kReleaseLoad && arguments.command <= Command::kReleaseDelete);
  if (asks_no_release && !(arguments.release.empty() && arguments.date.empty())) {
    return "--release and --date do not go with this command, which names its releases itself";
  }
  if (arguments.format == Format::kAddenda &&
      (arguments.summary || !arguments.under.empty() || !arguments.facets.empty())) {
    return "--format addenda is about whole order files: not with --facet, --under or --summary";
  }
  if (arguments.command == Command::kCommonAncestor && arguments.ids.size() < 2) {
    return "common-ancestor is about two concepts or more";
  }
  return "";
}

// The flag of a word `--flag=`, for which CLI11 would take the next word as its value; empty
// if there is none.
std::string FlagWithoutValue(const std::vector<std::string>& args) {
  for (const std::string& word : args) {
    if (word == "--") break;
    if (absl::StartsWith(word, "--") && absl::EndsWith(word, "=")) {
      return word.substr(0, word.size() - 1);
    }
  }
  return "";
}

Answered UsageError(const std::string& message) {
  return {ExitCode::kUsage, "",
          absl::StrCat("codesetctl: ", message, "\nRun codesetctl --help for usage.\n")};
}

bool IsDate(const std::string& word) {
  if (word.size() != 10) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? word[i] != '-' : !absl::ascii_isdigit(static_cast<unsigned char>(word[i]))) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::variant<Arguments, Answered> ParseArguments(const std::vector<std::string>& args,
                                                 const Environment& environment) {
  Arguments arguments;
  CLI::App app("Asks and operates a Codeset server of ICD-10-CM releases.", "codesetctl");
  app.set_version_flag("--version", std::string("codesetctl " CODESET_VERSION));
  app.set_help_all_flag("--help-all", "Help for all commands");
  app.footer(kPointer);  // inherited by commands
  app.fallthrough();     // inherited by commands: global flags may follow them
  app.require_subcommand(1);
  AddGlobalFlags(app, &arguments);
  AddConceptCommands(app, &arguments);
  AddDiffCommand(app, &arguments);
  AddReleaseCommands(app, &arguments);
  app.footer(kFooter);
  RefuseEmptyValues(&app);
  if (const std::string flag = FlagWithoutValue(args); !flag.empty()) {
    return UsageError(absl::StrCat(flag, ": the value is empty"));
  }
  try {
    // CLI11 takes the words last first.
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::Success& asked) {  // --help, --version
    std::ostringstream out;
    app.exit(asked, out, out);
    return Answered{ExitCode::kDone, out.str(), ""};
  } catch (const CLI::Error& error) {
    const std::vector<std::string> unknown = app.remaining();
    if (app.get_subcommands().empty() && !unknown.empty()) {
      return UsageError(absl::StrCat("there is no command or flag '", unknown.front(), "'"));
    }
    return UsageError(error.what());
  }
  if (const std::string wrong = Contradiction(arguments); !wrong.empty()) return UsageError(wrong);
  const auto fill = [&environment](std::string& value, const char* name) {
    if (value.empty()) value = environment.variable(name);
  };
  fill(arguments.server, "CODESET_SERVER");
  if (arguments.server.empty()) arguments.server = kDefaultServer;
  // A --data-dir that was typed is meant, whatever CODESET_ADMIN says.
  if (arguments.data_dir.empty()) fill(arguments.admin_server, "CODESET_ADMIN");
  fill(arguments.data_dir, "CODESET_DATA_DIR");
  return arguments;
}

v1::ReleaseSelector SelectorOf(const Arguments& arguments) {
  v1::ReleaseSelector selector = client::Current();
  if (!arguments.release.empty()) selector.set_release(arguments.release);
  if (!arguments.date.empty()) selector.set_date(arguments.date);
  selector.set_allow_stale(arguments.allow_stale);
  return selector;
}

v1::ReleaseSelector SelectorOf(const Arguments& arguments, const std::string& word) {
  v1::ReleaseSelector selector = IsDate(word) ? client::OnDate(word) : client::ById(word);
  selector.set_allow_stale(arguments.allow_stale);
  return selector;
}

std::string AdminAddressOf(const Arguments& arguments) {
  if (!arguments.admin_server.empty()) return arguments.admin_server;
  if (arguments.data_dir.empty()) return "";
  return absl::StrCat("unix:", arguments.data_dir, "/admin.sock");
}

}  // namespace codeset::ctl
