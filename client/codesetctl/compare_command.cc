#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/compare_output.h"
#include "client/codesetctl/diff_output.h"

namespace codeset::ctl {
namespace {

// Says of each limit that is not kept, or not known to be, by how much.
ExitCode Judge(const Session& session, const std::vector<ClassCount>& counts) {
  ExitCode code = ExitCode::kDone;
  for (const ClassCount& count : counts) {
    if (count.undecided()) {
      Warn(session, absl::StrCat(count.name,
                                 ": NOT_KNOWN whether the limit is kept; one of the releases "
                                 "lacks what would have to be compared"));
      if (code == ExitCode::kDone) code = ExitCode::kRefused;
    }
    if (count.exceeded()) {
      session.environment.err << absl::StrCat("codesetctl: ", count.name, ": ", *count.count,
                                              " changes, more than ", *count.max, "\n");
      code = ExitCode::kNo;
    }
  }
  return code;
}

}  // namespace

ExitCode RunReleaseCompare(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  v1::GetDiffSummaryRequest request;
  *request.mutable_from() = SelectorOf(arguments, arguments.ids.back());
  *request.mutable_to() = SelectorOf(arguments, arguments.ids.front());
  request.set_by_chapter(arguments.by_chapter);
  const absl::StatusOr<v1::GetDiffSummaryResponse> summary = client.GetDiffSummary(request);
  if (!summary.ok()) return Fail(session, summary.status());
  TellRelease(session, summary->from());
  TellRelease(session, summary->to());
  for (const std::string& note : ComparabilityNotes(summary->comparability())) Warn(session, note);
  const std::vector<ClassCount> counts = CountClasses(*summary, arguments.thresholds);
  std::ostream& out = session.environment.out;
  switch (arguments.format) {
    case Format::kJson:
      for (const ClassCount& count : counts) out << CompareJson(count, *summary);
      break;
    case Format::kCsv:
      out << CompareCsv(counts, *summary);
      break;
    default:
      if (counts.empty()) {
        session.environment.err << "no changes in what could be compared\n";
      } else {
        out << FormatTable(CompareTable(counts), session.environment.columns);
      }
  }
  return Judge(session, counts);
}

}  // namespace codeset::ctl
