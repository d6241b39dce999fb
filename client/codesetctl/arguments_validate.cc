// The command that validates codes.
#include "client/codesetctl/arguments_flags.h"

namespace codeset::ctl {
namespace {

constexpr char kValidateFooter[] = R"(
Each code has an outcome: BILLABLE, HEADER (with the billable codes below), SEVENTH_CHARACTER_MISSING,
SEVENTH_CHARACTER_NOT_LEGAL (with those that are), PLACEHOLDER_MISSING, NOT_YET_VALID,
NO_LONGER_VALID (with when, and what stands for it), UNKNOWN and MALFORMED (with the likest
codes), NOT_ANSWERABLE (its release is not known or not loaded). Where there is exactly one code
to submit instead, it is suggested. The exit code is 1 unless all are BILLABLE.

--file reads CSV whose first record is its heading, of any length; - is standard input. Each
output row has the number of the input's record (the heading is 1) and all of its fields. With
--date-column each row is judged by the release in force on its date; a field that is no date is
NOT_ANSWERABLE. A file is read through before anything is asked: broken quotes, rows of too many
fields, and a column that is not there end the command. Standard input and pipes are answered as
they come, and end at what is broken.

Global flags go with every command; codesetctl --help tells of them.)";

}  // namespace

void AddValidateCommand(CLI::App& app, Arguments* arguments) {
  CLI::App* validate =
      AddCommand(app, "validate", "Whether codes may be submitted, and if not, what to do",
                 Command::kValidate, arguments);
  validate->add_option("CODE", arguments->ids, "Codes in any spelling");
  validate->add_option("--file", arguments->file,
                       "A CSV file with a heading; - reads standard input");
  validate->add_option("--code-column", arguments->code_column, "The column of the codes");
  validate->add_option("--date-column", arguments->date_column,
                       "The column of the dates that govern, YYYY-MM-DD");
  validate->footer(kValidateFooter);
}

}  // namespace codeset::ctl
