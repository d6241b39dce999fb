#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/release_csv.h"
#include "client/codesetctl/release_output.h"

namespace codeset::ctl {
namespace {

v1::LoadOptions LoadOptionsOf(const Arguments& arguments) {
  v1::LoadOptions options;
  options.set_release_id(arguments.ids.front());
  options.set_effective_date(arguments.effective_date);
  options.set_dry_run(arguments.dry_run);
  for (const std::string& name : arguments.allow) options.add_allow(name);
  options.set_discard_sources(!arguments.keep_sources);
  options.set_activate_on(arguments.activate_on);
  options.set_base_release_id(IdOf(arguments, arguments.base));
  return options;
}

}  // namespace

client::ProgressCallback LoadProgress(const Session& session) {
  if (!session.environment.err_is_terminal && !session.arguments.verbose) return nullptr;
  std::ostream& err = session.environment.err;
  return [&err](absl::string_view step) { err << std::string(step) << "\n" << std::flush; };
}

void PrintLoadReport(const Session& session, const v1::LoadReport& report) {
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << ToJson(report) << "\n";
      break;
    case Format::kCsv:
      out << ReleaseCsvHeading();
      for (const v1::ImportedRelease& imported : report.imported()) {
        out << ReleaseCsv(imported.release());
      }
      if (report.imported().empty()) out << ReleaseCsv(report.release());
      break;
    default:
      out << FormatLoadReport(report);
  }
}

ExitCode RunResolve(const Session& session, const client::Client& client) {
  const absl::StatusOr<v1::ResolveReleaseResponse> answer =
      client.ResolveRelease(SelectorOf(session.arguments));
  if (!answer.ok()) return Fail(session, answer.status());
  TellRelease(session, answer->release());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << JsonLine({{"release", ToJson(answer->release())}});
      break;
    case Format::kCsv:
      out << ResolvedCsv(answer->release());
      break;
    default:
      out << FormatResolved(answer->release());
  }
  return ExitCode::kDone;
}

ExitCode RunReleaseList(const Session& session, const client::Client& client) {
  const absl::StatusOr<v1::ListReleasesResponse> answer = client.ListReleases();
  if (!answer.ok()) return Fail(session, answer.status());
  if (answer->has_current()) {
    for (const std::string& warning : CoverageWarnings(answer->current())) Warn(session, warning);
  }
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      for (const v1::Release& release : answer->releases()) {
        out << JsonLine({{"release", ToJson(release)}});
      }
      for (const v1::Edition& edition : answer->editions()) {
        if (!edition.loaded()) out << JsonLine({{"edition", ToJson(edition)}});
      }
      break;
    case Format::kCsv:
      out << ReleasesCsv(*answer);
      break;
    default:
      out << FormatTable(ReleaseTable(*answer), session.environment.columns);
  }
  return ExitCode::kDone;
}

ExitCode RunReleaseShow(const Session& session, const client::Client& client) {
  const absl::StatusOr<v1::GetReleaseResponse> answer =
      client.GetRelease(SelectorOf(session.arguments, session.arguments.ids.front()));
  if (!answer.ok()) return Fail(session, answer.status());
  TellRelease(session, answer->resolved());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << ToJson(*answer) << "\n";
      break;
    case Format::kCsv:
      out << ReleaseCsvHeading() << ReleaseCsv(answer->release());
      break;
    default:
      out << FormatRelease(answer->release());
  }
  return ExitCode::kDone;
}

ExitCode RunReleaseLoad(const Session& session, const client::AdminClient& admin) {
  const absl::StatusOr<std::vector<client::LocalFile>> files =
      client::FindFiles(session.arguments.paths);
  if (!files.ok()) {
    // What was typed is wrong: no such file, nothing in the folder.
    FailAdmin(session, files.status());
    return ExitCode::kUsage;
  }
  const absl::StatusOr<v1::LoadReport> report =
      admin.LoadRelease(LoadOptionsOf(session.arguments), *files, LoadProgress(session));
  if (!report.ok()) return FailAdmin(session, report.status());
  PrintLoadReport(session, *report);
  return ExitCode::kDone;
}

ExitCode RunReleaseVerify(const Session& session, const client::AdminClient& admin) {
  const absl::StatusOr<v1::VerifyReleaseResponse> answer =
      admin.VerifyRelease(IdOf(session.arguments, session.arguments.ids.front()));
  if (!answer.ok()) return FailAdmin(session, answer.status());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << ToJson(*answer) << "\n";
      break;
    case Format::kCsv:
      out << VerificationCsv(*answer);
      break;
    default:
      out << FormatVerification(*answer);
  }
  return answer->release().addenda().outcome() == v1::ADDENDA_OUTCOME_DIFFERS ? ExitCode::kNo
                                                                              : ExitCode::kDone;
}

ExitCode RunReleaseDelete(const Session& session, const client::AdminClient& admin) {
  const std::string id = IdOf(session.arguments, session.arguments.ids.front());
  const absl::StatusOr<v1::DeleteReleaseResponse> answer = admin.DeleteRelease(id);
  if (!answer.ok()) return FailAdmin(session, answer.status());
  std::ostream& out = session.environment.out;
  const std::string swept = absl::StrCat(answer->pages_swept());
  switch (session.arguments.format) {
    case Format::kJson:
      out << JsonLine({{"deleted", JsonString(id)}, {"pagesSwept", swept}});
      break;
    case Format::kCsv:
      out << FormatCsvRecord({"deleted", "pages_swept"}) << FormatCsvRecord({id, swept});
      break;
    default:
      out << "release " << id << " deleted; " << swept << " pages swept\n";
  }
  return ExitCode::kDone;
}

ExitCode RunReleaseActivate(const Session& session, const client::AdminClient& admin) {
  const Arguments& arguments = session.arguments;
  const absl::StatusOr<v1::SetActivationResponse> answer = admin.SetActivation(
      IdOf(arguments, arguments.ids.front()), arguments.activate_on, OperatorOf(session));
  if (!answer.ok()) return FailAdmin(session, answer.status());
  std::ostream& out = session.environment.out;
  switch (arguments.format) {
    case Format::kJson:
      out << ToJson(*answer) << "\n";
      break;
    case Format::kCsv:
      out << ReleaseCsvHeading() << ReleaseCsv(answer->release());
      break;
    default:
      out << "release " << answer->release().id() << ": " << ActivationText(answer->release())
          << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
