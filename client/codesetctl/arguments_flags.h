// What the parts of the command line share: adding commands, ids and named values to CLI11.
//
// Included by arguments*.cc alone, as CLI11 is used there alone. Not thread-safe: one command
// line is read at a time.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/codesetctl/arguments.h"

namespace codeset::ctl {

// Turns a name of `map` into its value's number, which CLI11 reads as the enum. Its own
// transformer would do so too, but speaks of the numbers in help and errors. `map` outlives
// the command line.
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

// The kinds of note by the words that flags take.
const std::map<std::string, v1::NoteKind>& NoteKinds();

// The facets of concepts by the words that flags take, and those words for help.
const std::map<std::string, v1::Facet>& Facets();
inline constexpr char kFacetNames[] =
    "existence, billable, title, short-title, parent, notes, seventh-characters, tabular-other or "
    "poa-exemption";

// Adds the one id that a command wants.
void AddId(CLI::App* command, const std::string& help, Arguments* arguments);

// Adds two ids, in the order typed. One option of two values would be named `ID(2x)` in help.
void AddIdPair(CLI::App* command, const std::string& first, const std::string& second,
               const std::string& help, Arguments* arguments);

// Adds what says how the server is reached: certificates and tokens, by their files.
void AddConnectionFlags(CLI::App& app, Arguments* arguments);

// Adds --by: who does it, for the record.
void AddBy(CLI::App* command, Arguments* arguments);

// Adds a command that sets `arguments->command` when it is the one given.
CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& help,
                     Command command, Arguments* arguments);

// Makes every flag and argument of a command and its subcommands refuse an empty value: the
// server would take it for one that was not given, and answer another question.
void RefuseEmptyValues(CLI::App* command);

// The commands, by concern.
void AddConceptCommands(CLI::App& app, Arguments* arguments);
void AddHistoryCommands(CLI::App& app, Arguments* arguments);
void AddDiffCommands(CLI::App& app, Arguments* arguments);
void AddValidateCommand(CLI::App& app, Arguments* arguments);
void AddReleaseCommands(CLI::App& app, Arguments* arguments);
void AddLabelCommands(CLI::App& app, Arguments* arguments);
void AddReferenceCommands(CLI::App& app, Arguments* arguments);
void AddScrubCommand(CLI::App& app, Arguments* arguments);
void AddBackupCommands(CLI::App& app, Arguments* arguments);
void AddDoctorCommand(CLI::App& app, Arguments* arguments);

}  // namespace codeset::ctl
