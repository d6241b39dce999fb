// The command line of codesetctl.
//
// Thread-safe: a value and a free function.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/codesetctl/environment.h"
#include "codeset/v1/concept.pb.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/selector.pb.h"
#include "codeset/v1/terminology.pb.h"

namespace codeset::ctl {

enum class Command {
  kReleaseLoad,
  kReleaseList,
  kReleaseShow,
  kReleaseVerify,
  kReleaseDelete,
  kLookup,
  kRelatives,
  kList,
  kSubsumes,
  kCommonAncestor,
  kDiff,
  kResolve,
};

enum class Format { kTable, kJson, kCsv, kAddenda };

// A command with its flags; fields of other commands keep their defaults.
struct Arguments {
  Command command = Command::kLookup;

  // Global.
  std::string server;
  std::string admin_server;
  std::string data_dir;
  std::string release;
  std::string date;
  bool allow_stale = false;
  Format format = Format::kTable;
  bool verbose = false;

  // Concepts, or releases for `release …` and `diff`, in the order typed.
  std::vector<std::string> ids;

  // release load.
  std::vector<std::string> paths;
  std::string effective_date;
  bool dry_run = false;
  std::vector<std::string> allow;
  bool keep_sources = true;

  // lookup, children … descendants, list.
  v1::ConceptView view = v1::CONCEPT_VIEW_BASIC;
  v1::Relation relation = v1::RELATION_UNSPECIFIED;
  std::string under;
  std::string prefix;
  std::vector<std::string> range;
  std::vector<v1::ConceptKind> kinds;
  std::optional<bool> billable;

  // diff.
  std::vector<v1::Facet> facets;
  bool summary = false;
};

// A command line that is answered without a command: help, version, a usage error.
struct Answered {
  ExitCode exit_code = ExitCode::kDone;
  // For standard output.
  std::string out;
  // For standard error.
  std::string err;
};

// Reads `args`, the words after the program's name. Defaults come from the variables
// CODESET_SERVER, CODESET_ADMIN and CODESET_DATA_DIR.
std::variant<Arguments, Answered> ParseArguments(const std::vector<std::string>& args,
                                                 const Environment& environment);

// The selector that --release, --date and --allow-stale name; `current` without them.
v1::ReleaseSelector SelectorOf(const Arguments& arguments);

// The selector that one word names: a date `YYYY-MM-DD`, else an id or a label.
v1::ReleaseSelector SelectorOf(const Arguments& arguments, const std::string& word);

// The address of the admin listener; empty if nothing names it.
std::string AdminAddressOf(const Arguments& arguments);

}  // namespace codeset::ctl
