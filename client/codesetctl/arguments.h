// The command line of codesetctl.
//
// Thread-safe: a value and a free function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/codesetctl/environment.h"
#include "client/cpp/connection_options.h"
#include "codeset/v1/concept.pb.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/selector.pb.h"
#include "codeset/v1/terminology.pb.h"
#include "codeset/v1/verification.pb.h"

namespace codeset::ctl {

enum class Command {
  kReleaseLoad,
  kReleaseList,
  kReleaseShow,
  kReleaseVerify,
  kReleaseDelete,
  kReleaseActivate,
  kReleaseCompare,
  kReleaseExport,
  kReleaseImport,
  kLabelSet,
  kLabelList,
  kLabelHistory,
  kLabelRollback,
  kLabelRemove,
  kLookup,
  kRelatives,
  kList,
  kReferencing,
  kSubsumes,
  kCommonAncestor,
  kHistory,
  kExportValidity,
  kExportConcepts,
  kDiff,
  kCheckList,
  kValidate,
  kReplacements,
  kResolve,
  kPin,
  kWatch,
  kReferenceImport,
  kReferenceExport,
  kReferenceShow,
  kReferenceVerify,
  kReferenceHistory,
  kReferenceQueue,
  kReferenceUsage,
  kReferenceEditions,
  kScrub,
  kBackupCreate,
  kBackupList,
  kBackupVerify,
  kDoctor,
};

enum class Format { kTable, kJson, kCsv, kAddenda };

// How many changes of a class `release compare` lets pass.
struct Threshold {
  // One of ChangeClasses() (change_classes.h).
  std::string class_name;
  int max = 0;

  friend bool operator==(const Threshold&, const Threshold&) = default;
};

// What the commands about pages take beside the rest.
struct ReferenceArguments {
  // export: only pages in these states; indented; the file, `-` for standard output.
  std::vector<v1::ReferenceState> states;
  bool pretty = false;
  std::string to = "-";

  // show, queue: the day to reckon from; empty for today. show, verify: the revision; 0 for the
  // newest.
  std::string as_of;
  int revision = 0;

  // verify: all of the event but its code, its revision's digest and its release. The id is empty
  // where it is to be made. The file of codes is empty, or `-` for standard input.
  v1::NewVerification event;
  std::string codes_file;

  // queue.
  std::vector<v1::VerificationStatus> statuses;
  std::vector<v1::ChangeLevel> levels;
  bool list_codes = false;
};

// What backup … takes beside the rest.
struct BackupArguments {
  // The folder, on the server's machine.
  std::string folder;
  // create: how many backups to keep; 0 for all.
  std::uint32_t keep = 0;
  // verify: the backup's number; 0 for the newest.
  std::uint32_t number = 0;
};

// What doctor takes beside the rest.
struct DoctorArguments {
  // The folder of backups, on the server's machine; empty for none.
  std::string backups;
  // So old may the newest backup be.
  int backup_hours = 26;
};

// A command with its flags; fields of other commands keep their defaults.
struct Arguments {
  Command command = Command::kLookup;

  // Global.
  std::string server;
  std::string admin_server;
  std::string data_dir;
  client::ConnectionOptions connection;
  std::string release;
  std::string date;
  bool allow_stale = false;
  // What the release that --release or --date names is asserted to be.
  std::string fingerprint;
  // The pin file, and what it holds once Run has read it.
  std::string pin_file;
  std::optional<v1::Pin> pin;
  Format format = Format::kTable;
  bool verbose = false;

  // Concepts, or releases for `release …` and `diff`, in the order typed.
  std::vector<std::string> ids;

  // release load, reference import; check-list, reference usage and release import have their file
  // in `paths`.
  std::vector<std::string> paths;
  // release export, export concepts: the file to write; empty for standard output.
  std::string output_file;
  std::string effective_date;
  bool dry_run = false;
  std::vector<std::string> allow;
  bool keep_sources = true;
  std::string base;

  // release load, release activate: a date, `never`, or empty for at once.
  std::string activate_on;

  // label …, release rollback, release activate; `by` for reference import too.
  std::string label;
  bool exact = false;
  // The release to roll a label back from; empty: whatever it names.
  std::string rollback_from;
  std::string by;

  // lookup, children … descendants, list; `prefix` and `billable` for export too, `under` and
  // `billable` for diff.
  v1::ConceptView view = v1::CONCEPT_VIEW_BASIC;
  v1::Relation relation = v1::RELATION_UNSPECIFIED;
  std::string under;
  std::string prefix;
  std::vector<std::string> range;
  std::vector<v1::ConceptKind> kinds;
  std::optional<bool> billable;

  // referencing; its kinds of note are in `note_kinds`.
  bool named_only = false;

  // diff; `by_chapter` for release compare too, `facets` for reference queue.
  std::vector<v1::Facet> facets;
  std::vector<v1::NoteKind> note_kinds;
  bool summary = false;
  bool by_chapter = false;

  // release compare.
  std::vector<Threshold> thresholds;

  // check-list: the two releases.
  std::string from;
  std::string to;

  // validate: a file (`-` for standard input) and its columns; empty for codes in `ids`.
  std::string file;
  std::string code_column;
  std::string date_column;

  // watch.
  std::string resume_token;
  bool from_start = false;
  // How many events to print; nothing for no end.
  std::optional<int> count;

  // scrub: how much may be proved in a second, nothing for the server's own limit, 0 for any; and
  // whether only what the last one came to is asked.
  std::optional<int> mib_per_second;
  bool last = false;

  // lookup: whether to tell what the verification of the concepts' pages is worth.
  bool verification = false;

  // reference ….
  ReferenceArguments reference;

  // backup ….
  BackupArguments backup;

  // doctor.
  DoctorArguments doctor;
};

// The word that stands for the release of --pin, where a command names releases itself.
inline constexpr char kPinWord[] = "@pin";

// A command line that is answered without a command: help, version, a usage error.
struct Answered {
  ExitCode exit_code = ExitCode::kDone;
  // For standard output.
  std::string out;
  // For standard error.
  std::string err;
};

// Reads `args`, the words after the program's name. Defaults come from the variables
// CODESET_SERVER, CODESET_ADMIN, CODESET_DATA_DIR, CODESET_TLS_CA, CODESET_TLS_CERT,
// CODESET_TLS_KEY, CODESET_TLS_SERVER_NAME and CODESET_TOKEN_FILE.
std::variant<Arguments, Answered> ParseArguments(const std::vector<std::string>& args,
                                                 const Environment& environment);

// The selector that --pin, or --release, --date, --allow-stale and --fingerprint name;
// `current` without them. The pin is read already.
v1::ReleaseSelector SelectorOf(const Arguments& arguments);

// The selector that one word names: a date `YYYY-MM-DD`, `@pin`, else an id or a label.
v1::ReleaseSelector SelectorOf(const Arguments& arguments, const std::string& word);

// The release id that a word names where the server takes nothing but ids: the pin's for
// `@pin`.
std::string IdOf(const Arguments& arguments, const std::string& word);

// The address of the admin listener; empty if nothing names it.
std::string AdminAddressOf(const Arguments& arguments);

}  // namespace codeset::ctl
