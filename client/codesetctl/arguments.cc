#include "client/codesetctl/arguments.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/codesetctl/arguments_flags.h"
#include "client/cpp/pin.h"
#include "client/cpp/selector.h"
#include "storage/model/text.h"

namespace codeset::ctl {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:7460";

constexpr char kFooter[] = R"(
Which release answers: --pin, --release or --date, else the newest one in force today. It is
always told: on standard error with tables and csv, in the data with json. What it does not
know, and an edition that is not loaded, is told with it. With --pin FILE every command first
proves that the server serves that very release, and does nothing where it does not.

json: one protobuf-JSON object a line, field names in camelCase. A field that has its
default value (0, false, empty) is left out, except `billable`, `placeholder` and
`orderNumber`, which are left out only where they do not apply. Notes that are not there
mean "none" only where tabularState is TABULAR_STATE_KNOWN. A list that holds nothing is
one object without `concept`. A diff opens with an object that says what was compared.

Exit codes: 0 done; 1 the answer is no (a code not found, not subsumed, no common
ancestor, addenda not reproduced, a limit of release compare exceeded, a list that breaks,
a code that is not billable, no replacement known, a code without a page, a backup that is
damaged);
2 usage; 3 the server refused, could not be reached or does not know. doctor has its own.

Variables: CODESET_SERVER, CODESET_ADMIN, CODESET_DATA_DIR, CODESET_TLS_CA, CODESET_TLS_CERT,
CODESET_TLS_KEY, CODESET_TLS_SERVER_NAME and CODESET_TOKEN_FILE give the defaults of --server,
--admin-server, --data-dir, --tls-ca, --tls-cert, --tls-key, --tls-server-name and --token-file.)";

// Below a command's own help.
constexpr char kPointer[] =
    "\nGlobal flags go with every command; codesetctl --help tells of them, of output formats "
    "and of\nexit codes.";

const std::map<std::string, Format> kOutputs = {
    {"table", Format::kTable}, {"json", Format::kJson}, {"csv", Format::kCsv}};
void AddGlobalFlags(CLI::App& app, Arguments* arguments) {
  app.add_option("--server", arguments->server, "Address of the server")
      ->default_str(kDefaultServer);
  app.add_option("--admin-server", arguments->admin_server,
                 "Address of the admin listener (default: the socket in --data-dir)");
  app.add_option("--data-dir", arguments->data_dir,
                 "The server's data directory, to find its admin socket");
  AddConnectionFlags(app, arguments);
  CLI::Option* release = app.add_option("--release", arguments->release,
                                        "Ask this release: an id, a label, current or next");
  app.add_option("--date", arguments->date,
                 "Ask the release that governs this date of service or discharge, YYYY-MM-DD")
      ->excludes(release);
  app.add_option("--fingerprint", arguments->fingerprint,
                 "Refuse to go on unless that release has this fingerprint, 64 hexadecimal digits");
  app.add_option("--pin", arguments->pin_file,
                 "Ask the release of this pin file (see codesetctl pin), and that one alone; "
                 "commands that name releases take @pin for it")
      ->option_text("FILE");
  app.add_flag("--allow-stale", arguments->allow_stale,
               "Accept an older release where the one that governs the date is not loaded");
  app.add_option("--output", arguments->format, "table, json or csv (default: table)")
      ->type_name("FORMAT")
      ->transform(OneOf(kOutputs));
  app.add_flag("--verbose", arguments->verbose, "Show progress even without a terminal");
}

// Whether --release, --date and --fingerprint say which release a command asks.
bool AsksOneRelease(Command command) {
  switch (command) {
    case Command::kLookup:
    case Command::kRelatives:
    case Command::kList:
    case Command::kReferencing:
    case Command::kSubsumes:
    case Command::kCommonAncestor:
    case Command::kValidate:
    case Command::kResolve:
    case Command::kPin:
    case Command::kExportConcepts:
    case Command::kReferenceImport:
    case Command::kReferenceShow:
    case Command::kReferenceVerify:
    case Command::kReferenceQueue:
      return true;
    default:
      return false;
  }
}

// Whether a command takes `@pin` among its words for that very thing.
bool NamesPin(const Arguments& arguments) {
  if (AsksOneRelease(arguments.command)) return arguments.release == kPinWord;
  if (arguments.command == Command::kHistory) return false;
  return arguments.from == kPinWord || arguments.to == kPinWord || arguments.base == kPinWord ||
         std::find(arguments.ids.begin(), arguments.ids.end(), kPinWord) != arguments.ids.end();
}

// The same of the flags of a verification.
std::string VerifyContradiction(const Arguments& arguments) {
  const v1::NewVerification& event = arguments.reference.event;
  const bool from_file = !arguments.reference.codes_file.empty();
  if (arguments.ids.empty() != from_file) return "reference verify wants codes, or --codes-file";
  if ((from_file || arguments.ids.size() > 1) &&
      (!event.id().empty() || !event.corrects_id().empty() || event.corrected_revision() > 0)) {
    return "--id, --corrects and --corrected-revision are about one code";
  }
  if ((event.outcome() == v1::VERIFICATION_OUTCOME_CORRECTED) != (event.corrected_revision() > 0)) {
    return "--outcome corrected and --corrected-revision go together";
  }
  return "";
}

// What is wrong with flags that are each right; empty if nothing is.
std::string Contradiction(const Arguments& arguments) {
  const bool selects = !arguments.release.empty() || !arguments.date.empty();
  if (!AsksOneRelease(arguments.command)) {
    if (selects) {
      return "--release and --date do not go with this command, which names its releases itself";
    }
    if (!arguments.fingerprint.empty()) {
      return "--fingerprint goes with --release and --date alone";
    }
  }
  if (!arguments.pin_file.empty()) {
    if (selects) return "--pin names the release: not with --release or --date";
    if (!arguments.fingerprint.empty()) return "--pin has a fingerprint: not with --fingerprint";
  } else if (NamesPin(arguments)) {
    return "@pin stands for the release of a pin file: name it with --pin FILE";
  }
  if (!arguments.fingerprint.empty() && !client::IsFingerprint(arguments.fingerprint)) {
    return "--fingerprint is not 64 hexadecimal digits";
  }
  if (arguments.format == Format::kAddenda &&
      (arguments.summary || arguments.by_chapter || arguments.billable.has_value() ||
       !arguments.under.empty() || !arguments.facets.empty() || !arguments.note_kinds.empty())) {
    return "--format addenda is about whole order files: not with --facet, --notes, --under, "
           "--billable, --summary or --by-chapter";
  }
  if (arguments.command == Command::kValidate) {
    if (arguments.ids.empty() == arguments.file.empty()) {
      return "validate wants codes, or --file with --code-column";
    }
    if (arguments.file.empty() != arguments.code_column.empty()) {
      return "--file and --code-column go together";
    }
    if (!arguments.date_column.empty() && (arguments.file.empty() || selects)) {
      return "--date-column goes with --file, and not with --release or --date";
    }
  }
  if (arguments.command == Command::kReleaseExport && arguments.ids.empty()) {
    return "release export wants a release and the file to write";
  }
  if (arguments.command == Command::kReferenceVerify) return VerifyContradiction(arguments);
  if (arguments.command == Command::kReferenceExport && arguments.format == Format::kCsv) {
    return "reference export writes JSON documents";
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
  AddHistoryCommands(app, &arguments);
  AddDiffCommands(app, &arguments);
  AddValidateCommand(app, &arguments);
  AddReleaseCommands(app, &arguments);
  AddLabelCommands(app, &arguments);
  AddReferenceCommands(app, &arguments);
  AddScrubCommand(app, &arguments);
  AddBackupCommands(app, &arguments);
  AddDoctorCommand(app, &arguments);
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
  if (arguments.command == Command::kReleaseExport) {
    // The last word is the file.
    arguments.output_file = arguments.ids.back();
    arguments.ids.pop_back();
  }
  for (const std::string& id : arguments.ids) {
    // No request can hold it.
    if (const std::string shown = model::EscapeInvalidUtf8(id); shown != id) {
      return UsageError(absl::StrCat("'", shown, "' is not UTF-8"));
    }
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
  fill(arguments.connection.tls_ca, "CODESET_TLS_CA");
  fill(arguments.connection.tls_certificate, "CODESET_TLS_CERT");
  fill(arguments.connection.tls_key, "CODESET_TLS_KEY");
  fill(arguments.connection.tls_server_name, "CODESET_TLS_SERVER_NAME");
  fill(arguments.connection.token_file, "CODESET_TOKEN_FILE");
  return arguments;
}

v1::ReleaseSelector SelectorOf(const Arguments& arguments) {
  if (arguments.pin.has_value()) return client::PinnedTo(*arguments.pin);
  v1::ReleaseSelector selector = client::Current();
  if (!arguments.release.empty()) selector.set_release(arguments.release);
  if (!arguments.date.empty()) selector.set_date(arguments.date);
  selector.set_allow_stale(arguments.allow_stale);
  selector.set_fingerprint(arguments.fingerprint);
  return selector;
}

v1::ReleaseSelector SelectorOf(const Arguments& arguments, const std::string& word) {
  if (word == kPinWord && arguments.pin.has_value()) return client::PinnedTo(*arguments.pin);
  v1::ReleaseSelector selector = IsDate(word) ? client::OnDate(word) : client::ById(word);
  selector.set_allow_stale(arguments.allow_stale);
  return selector;
}

std::string IdOf(const Arguments& arguments, const std::string& word) {
  return word == kPinWord && arguments.pin.has_value() ? arguments.pin->release_id() : word;
}

std::string AdminAddressOf(const Arguments& arguments) {
  if (!arguments.admin_server.empty()) return arguments.admin_server;
  if (arguments.data_dir.empty()) return "";
  return absl::StrCat("unix:", arguments.data_dir, "/admin.sock");
}

}  // namespace codeset::ctl
