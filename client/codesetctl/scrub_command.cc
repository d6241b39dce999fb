#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

// `page`, `kept-source`: what is damaged, in a word.
std::string SubjectName(v1::ScrubSubject subject) {
  std::string name =
      absl::AsciiStrToLower(absl::StripPrefix(v1::ScrubSubject_Name(subject), "SCRUB_SUBJECT_"));
  for (char& c : name) {
    if (c == '_') c = '-';
  }
  return name;
}

std::string ReportText(const v1::ScrubReport& report) {
  std::string text = absl::StrCat(
      "proved from ", report.started_at(), " to ", report.ended_at(), ": ", report.pages(),
      " pages of ", report.releases(), " releases, ", report.index_entries(), " index entries, ",
      report.kept_sources(), " kept sources, ", report.addenda_files(), " addenda, ",
      report.labels(), " labels, ", report.journal_events(), " events, ", report.revisions(),
      " revisions, ", report.verifications(), " verifications, ", report.usage_counts(),
      " usage counts; ", report.bytes_read(), " bytes\n");
  for (const v1::ScrubFinding& finding : report.findings()) {
    absl::StrAppend(&text, "damaged ", SubjectName(finding.subject()));
    if (!finding.release_ids().empty()) {
      absl::StrAppend(&text, ", of ", absl::StrJoin(finding.release_ids(), ", "));
    }
    if (!finding.code().empty()) absl::StrAppend(&text, ", of ", finding.code());
    absl::StrAppend(&text, ": ", finding.message(), "\n  ", finding.remedy(), "\n");
  }
  if (report.findings_left_out() > 0) {
    absl::StrAppend(&text, "and ", report.findings_left_out(), " more\n");
  }
  if (report.findings().empty()) absl::StrAppend(&text, "nothing is damaged\n");
  return text;
}

std::string FindingsCsv(const v1::ScrubReport& report) {
  std::string text = FormatCsvRecord({"subject", "releases", "code", "message", "remedy"});
  for (const v1::ScrubFinding& finding : report.findings()) {
    absl::StrAppend(&text, FormatCsvRecord({SubjectName(finding.subject()),
                                            absl::StrJoin(finding.release_ids(), " "),
                                            finding.code(), finding.message(), finding.remedy()}));
  }
  return text;
}

std::string ProgressText(const v1::ScrubProgress& progress) {
  return absl::StrCat(progress.step(), ": ", progress.releases_done(), " of ",
                      progress.releases_total(), " releases, ", progress.bytes_read() >> 20,
                      " MiB proved, ", progress.findings(), " damaged");
}

ExitCode PrintReport(const Session& session, const v1::ScrubReport& report) {
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << JsonLine({{"report", ToJson(report)}});
      break;
    case Format::kCsv:
      out << FindingsCsv(report);
      break;
    default:
      out << ReportText(report);
  }
  return report.findings().empty() ? ExitCode::kDone : ExitCode::kNo;
}

ExitCode PrintLast(const Session& session, const client::AdminClient& admin) {
  const absl::StatusOr<v1::GetScrubReportResponse> answer = admin.GetScrubReport();
  if (!answer.ok()) return FailAdmin(session, answer.status());
  std::ostream& err = session.environment.err;
  if (answer->has_progress()) err << "under way: " << ProgressText(answer->progress()) << "\n";
  if (!answer->last_error().empty()) {
    err << "the last scrub did not end: " << answer->last_error() << "\n";
  }
  if (answer->has_report()) return PrintReport(session, answer->report());
  err << "no scrub has ended since the server was started\n";
  return ExitCode::kDone;
}

}  // namespace

ExitCode RunScrub(const Session& session, const client::AdminClient& admin) {
  const Arguments& arguments = session.arguments;
  if (arguments.last) return PrintLast(session, admin);
  int64_t bytes_per_second = 0;
  if (arguments.mib_per_second.has_value()) {
    bytes_per_second =
        *arguments.mib_per_second == 0 ? -1 : int64_t{*arguments.mib_per_second} << 20;
  }
  const client::ProgressCallback say = LoadProgress(session);
  const absl::StatusOr<v1::ScrubReport> report =
      admin.ScrubReleases(bytes_per_second, [&](const v1::ScrubProgress& progress) {
        if (say) say(ProgressText(progress));
      });
  if (!report.ok()) return FailAdmin(session, report.status());
  return PrintReport(session, *report);
}

}  // namespace codeset::ctl
