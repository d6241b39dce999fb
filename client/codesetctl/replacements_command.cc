#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/replacements_output.h"

namespace codeset::ctl {
namespace {

// What a reader must know of the table before trusting that nothing else stands for a code.
void TellTable(const Session& session, const v1::GetReplacementsResponse& answer) {
  if (answer.table_from().empty()) {
    Warn(session,
         "NOT_KNOWN: no conversion table is loaded; only codes that became headers tell "
         "where they went");
  } else if (session.arguments.format != Format::kJson) {
    session.environment.err << "conversion table of release " << answer.table_from() << "\n";
  }
  if (!answer.complete()) {
    Warn(session, absl::StrCat("INCOMPLETE: no table that was read tells of ",
                               absl::StrJoin(answer.uncovered_editions(), ", "),
                               "; there may be replacements that are not known"));
  }
}

}  // namespace

ExitCode RunReplacements(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  std::ostream& out = session.environment.out;
  ExitCode worst = ExitCode::kDone;
  std::vector<v1::GetReplacementsResponse> answers;
  bool first = true;
  for (const std::string& id : arguments.ids) {
    absl::StatusOr<v1::GetReplacementsResponse> answer = client.GetReplacements(
        id, SelectorOf(arguments, arguments.from), SelectorOf(arguments, arguments.to));
    if (!answer.ok()) {
      const ExitCode code = Fail(session, answer.status());
      worst = std::max(worst, code);
      if (code != ExitCode::kNo) break;
      continue;
    }
    if (first) {
      TellRelease(session, answer->from());
      TellRelease(session, answer->to());
      TellTable(session, *answer);
      if (arguments.format == Format::kCsv) out << ReplacementsCsvHeading();
    }
    first = false;
    if (answer->outcome() == v1::REPLACEMENT_OUTCOME_NO_REPLACEMENT_KNOWN) {
      worst = std::max(worst, ExitCode::kNo);
    }
    if (arguments.format == Format::kCsv) out << ReplacementsCsv(*answer);
    if (arguments.format == Format::kJson) out << ToJson(*answer) << "\n";
    if (arguments.format == Format::kTable) answers.push_back(*std::move(answer));
  }
  if (!answers.empty()) {
    out << FormatTable(ReplacementsTable(answers), session.environment.columns);
  }
  return worst;
}

}  // namespace codeset::ctl
