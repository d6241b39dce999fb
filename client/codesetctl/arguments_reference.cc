// The commands about pages, their verification, and what is to be verified next.
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/codesetctl/arguments_flags.h"
#include "client/codesetctl/consulted_source.h"
#include "client/codesetctl/status_words.h"

namespace codeset::ctl {
namespace {

const std::map<std::string, v1::ReferenceState> kStates = {
    {"draft", v1::REFERENCE_STATE_DRAFT},
    {"reviewed", v1::REFERENCE_STATE_REVIEWED},
    {"published", v1::REFERENCE_STATE_PUBLISHED},
    {"withdrawn", v1::REFERENCE_STATE_WITHDRAWN},
};
const std::map<std::string, v1::VerificationOutcome> kOutcomes = {
    {"confirmed", v1::VERIFICATION_OUTCOME_CONFIRMED},
    {"corrected", v1::VERIFICATION_OUTCOME_CORRECTED},
    {"rejected", v1::VERIFICATION_OUTCOME_REJECTED},
};
const std::map<std::string, v1::VerificationMethod> kMethods = {
    {"manual", v1::VERIFICATION_METHOD_MANUAL},
    {"automated", v1::VERIFICATION_METHOD_AUTOMATED},
    {"assisted", v1::VERIFICATION_METHOD_ASSISTED},
};
const std::map<std::string, v1::ChangeLevel> kLevels = {
    {"own", v1::CHANGE_LEVEL_OWN},
    {"inherited", v1::CHANGE_LEVEL_INHERITED},
};

constexpr char kImportFooter[] = R"(
PATH is a file, or a folder of which every *.json and *.jsonl is read, sorted. A file has one
document of protobuf JSON or more, one after another: indented, or one a line
(proto/codeset/v1/reference.proto has the fields). A document has at most 4 MiB.

Each file is one import, all or nothing. A file that fails does not keep the others from being
tried; every failure is told with file, line, document and field, what was imported of the other
files stays, and the exit code is then not 0. A page that is there already with the same content
is left as it is, so that an import may be repeated. --release names the release that codes and
links are checked against.

Global flags go with every command; codesetctl --help tells of them.)";

constexpr char kVerifyFooter[] = R"(
--source SERIES@EDITION[|TITLE] is an edition: tabular-list@2026, guidelines@2025, or a series
that the register of editions has. --source TITLE[|URL] is anything else. The release and the
sources of the page need not be named.

--scope takes a section (summary, body-region, documentation-tips, common-pitfalls,
clinical-context, questions, capture-prompts, related-procedures, sources) or the id of an item;
without it the whole page was checked.

The page is read first, and its revision and digest are recorded. Without --id the event has an
id of its code, revision, day, verifier, scope and outcome (and of what it corrects), so that
repeating the command records it once.

--codes-file has a code a line, as check-list reads them; - is standard input. All pages are read
before anything is recorded; 1,000 events are recorded at once, all or none.

Global flags go with every command; codesetctl --help tells of them.)";

constexpr char kQueueFooter[] = R"(
Groups of codes that one cause bears on, the gravest first, then by usage. Statuses: gone,
now-header, rejected, unverified, stale-text, stale-content, stale-source, expired, and, if asked
for, carried-forward-in-part. --codes lists every code of every group; csv always does, a record
a code. A code that several causes bear on is in several groups.

Global flags go with every command; codesetctl --help tells of them.)";

CLI::Option* AddRevision(CLI::App* command, int* revision, const std::string& name,
                         const std::string& help) {
  return command->add_option(name, *revision, help)
      ->option_text("N")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""));
}

void AddAsOf(CLI::App* command, Arguments* arguments) {
  command->add_option("--as-of", arguments->reference.as_of,
                      "Reckon age and supersession from this day, YYYY-MM-DD (default: today)");
}

// Adds a flag that sets a text of the event.
CLI::Option* AddText(CLI::App* command, const std::string& name, std::string* text,
                     const std::string& help) {
  return command->add_option_function<std::string>(
      name, [text](const std::string& word) { *text = word; }, help);
}

void AddImportAndExport(CLI::App& reference, Arguments* arguments) {
  CLI::App* import = AddCommand(reference, "import", "Import pages from files",
                                Command::kReferenceImport, arguments);
  import->add_option("PATH", arguments->paths, "Files and folders of protobuf JSON")->required();
  import->add_flag("--dry-run", arguments->dry_run, "Do all but write");
  AddBy(import, arguments);
  import->footer(kImportFooter);
  CLI::App* exports =
      AddCommand(reference, "export", "Pages as documents, one a line, as import takes them",
                 Command::kReferenceExport, arguments);
  exports->add_option("CODE", arguments->ids, "Only pages of these codes (default: all)");
  exports
      ->add_option("--state", arguments->reference.states,
                   "Only pages that are draft, reviewed, published or withdrawn; repeatable")
      ->allow_extra_args(false)
      ->transform(OneOf(kStates));
  exports->add_option("--to", arguments->reference.to,
                      "Write to this file, whole or not at all (default: -, standard output)");
  exports->add_flag("--pretty", arguments->reference.pretty, "Indented over many lines");
}

void AddScope(CLI::App* verify, Arguments* arguments) {
  verify
      ->add_option_function<std::vector<std::string>>(
          "--scope",
          [=](const std::vector<std::string>& words) {
            v1::VerificationScope* scope = arguments->reference.event.mutable_scope();
            for (const std::string& word : words) {
              const auto section = SectionWords().find(absl::StrReplaceAll(word, {{"_", "-"}}));
              if (section == SectionWords().end()) {
                scope->add_item_ids(word);
              } else {
                scope->add_sections(section->second);
              }
            }
          },
          "Only this section, or the item of this id, was checked; repeatable")
      ->option_text("SECTION|ITEM")
      ->allow_extra_args(false);
}

void AddVerify(CLI::App& reference, Arguments* arguments) {
  CLI::App* verify = AddCommand(reference, "verify", "Record that pages were checked",
                                Command::kReferenceVerify, arguments);
  v1::NewVerification* event = &arguments->reference.event;
  event->set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
  verify->add_option("CODE", arguments->ids, "Codes that have a page");
  verify->add_option("--codes-file", arguments->reference.codes_file,
                     "Read the codes from this file, one a line");
  AddText(verify, "--by", event->mutable_verifier(), "Who checked")->required();
  AddText(verify, "--date", event->mutable_date(), "The day on which they did, YYYY-MM-DD")
      ->required();
  verify
      ->add_option_function<std::vector<std::string>>(
          "--source",
          [event](const std::vector<std::string>& words) {
            for (const std::string& word : words) *event->add_sources() = ReadConsulted(word);
          },
          "A source that was consulted; repeatable")
      ->option_text("SERIES@EDITION|TITLE")
      ->allow_extra_args(false);
  AddRevision(verify, &arguments->reference.revision, "--revision",
              "The revision that was checked (default: the newest)");
  AddScope(verify, arguments);
  verify
      ->add_option_function<v1::VerificationOutcome>(
          "--outcome", [event](v1::VerificationOutcome outcome) { event->set_outcome(outcome); },
          "confirmed, corrected or rejected (default: confirmed)")
      ->option_text("OUTCOME")
      ->transform(OneOf(kOutcomes));
  verify
      ->add_option_function<int>(
          "--corrected-revision", [event](int number) { event->set_corrected_revision(number); },
          "The revision that came of it, where the outcome is corrected")
      ->option_text("N")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""));
  AddText(verify, "--role", event->mutable_role(), "In which role: coder, physician");
  AddText(verify, "--second-reviewer", event->mutable_second_reviewer(), "Who looked as well");
  verify
      ->add_option_function<v1::VerificationMethod>(
          "--method", [event](v1::VerificationMethod method) { event->set_method(method); },
          "manual, automated or assisted")
      ->option_text("METHOD")
      ->transform(OneOf(kMethods));
  AddText(verify, "--remark", event->mutable_remark(), "Whatever else");
  AddText(verify, "--id", event->mutable_id(), "The id of the event (default: made, see below)");
  AddText(verify, "--corrects", event->mutable_corrects_id(),
          "The id of an event that this one takes the place of");
  verify->footer(kVerifyFooter);
}

void AddQueue(CLI::App& reference, Arguments* arguments) {
  CLI::App* queue = AddCommand(reference, "queue", "What is to be verified again, and why",
                               Command::kReferenceQueue, arguments);
  AddAsOf(queue, arguments);
  queue
      ->add_option("--status", arguments->reference.statuses,
                   "Only groups of this status; repeatable")
      ->allow_extra_args(false)
      ->transform(OneOf(QueueStatuses()));
  queue
      ->add_option("--level", arguments->reference.levels,
                   "Only changes of content of this level: own or inherited; repeatable")
      ->allow_extra_args(false)
      ->transform(OneOf(kLevels));
  queue
      ->add_option(
          "--facet", arguments->facets,
          absl::StrCat("Only changes of content of this facet: ", kFacetNames, "; repeatable"))
      ->allow_extra_args(false)
      ->transform(OneOf(Facets()));
  queue->add_option("--under", arguments->under, "Only this concept and what lies below");
  queue->add_flag("--codes", arguments->reference.list_codes, "List the codes of every group");
  queue->footer(kQueueFooter);
}

}  // namespace

void AddReferenceCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* reference = app.add_subcommand(
      "reference", "Pages about codes: import, read, verify, and what to verify next");
  reference->require_subcommand(1);
  AddImportAndExport(*reference, arguments);
  CLI::App* show = AddCommand(*reference, "show", "The page of a code, and what it is worth",
                              Command::kReferenceShow, arguments);
  AddId(show, "The code", arguments);
  AddRevision(show, &arguments->reference.revision, "--revision",
              "This revision of the page (default: the newest)");
  AddAsOf(show, arguments);
  AddVerify(*reference, arguments);
  AddId(AddCommand(*reference, "history", "Revisions and verifications of a page, oldest first",
                   Command::kReferenceHistory, arguments),
        "The code", arguments);
  AddQueue(*reference, arguments);
  CLI::App* usage = AddCommand(*reference, "usage", "Set how often codes are used, for the queue",
                               Command::kReferenceUsage, arguments);
  usage
      ->add_option_function<std::string>(
          "FILE", [=](const std::string& path) { arguments->paths = {path}; },
          "CSV with a code and a count in each record, with or without heading; it replaces all "
          "counts; - reads standard input")
      ->required();
  AddCommand(*reference, "editions", "The register of source editions", Command::kReferenceEditions,
             arguments);
}

}  // namespace codeset::ctl
