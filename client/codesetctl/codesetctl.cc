#include "client/codesetctl/codesetctl.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/arguments.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/failure.h"

namespace codeset::ctl {
namespace {

ExitCode RunQuestion(const Session& session, const client::Client& client) {
  switch (session.arguments.command) {
    case Command::kLookup:
      return RunLookup(session, client);
    case Command::kRelatives:
      return RunRelatives(session, client);
    case Command::kList:
      return RunList(session, client);
    case Command::kSubsumes:
      return RunSubsumes(session, client);
    case Command::kCommonAncestor:
      return RunCommonAncestor(session, client);
    case Command::kDiff:
      return RunDiff(session, client);
    case Command::kResolve:
      return RunResolve(session, client);
    case Command::kReleaseShow:
      return RunReleaseShow(session, client);
    default:
      return RunReleaseList(session, client);
  }
}

ExitCode RunAdmin(const Session& session, const client::AdminClient& admin) {
  switch (session.arguments.command) {
    case Command::kReleaseLoad:
      return RunReleaseLoad(session, admin);
    case Command::kReleaseVerify:
      return RunReleaseVerify(session, admin);
    default:
      return RunReleaseDelete(session, admin);
  }
}

bool NeedsAdmin(Command command) {
  return command == Command::kReleaseLoad || command == Command::kReleaseVerify ||
         command == Command::kReleaseDelete;
}

// Ends a command: what it ended with, unless its output could not be written.
ExitCode Finish(const Environment& environment, ExitCode code) {
  environment.out.flush();
  if (environment.out) return code;
  if (environment.reader_gone && environment.reader_gone()) return ExitCode::kReaderGone;
  environment.err << "codesetctl: cannot write to standard output\n";
  return ExitCode::kRefused;
}

}  // namespace

ExitCode Run(const std::vector<std::string>& args, const Environment& environment) {
  const std::variant<Arguments, Answered> parsed = ParseArguments(args, environment);
  if (const Answered* answered = std::get_if<Answered>(&parsed)) {
    environment.out << answered->out;
    environment.err << answered->err;
    return Finish(environment, answered->exit_code);
  }
  const Arguments& arguments = std::get<Arguments>(parsed);
  const Session session{arguments, environment};
  ExitCode code = ExitCode::kDone;
  if (NeedsAdmin(arguments.command)) {
    const std::string address = AdminAddressOf(arguments);
    if (address.empty()) {
      environment.err << "codesetctl: no admin listener is named\n  name it with --data-dir DIR "
                         "(the server's data directory) or --admin-server ADDR\n";
      return ExitCode::kUsage;
    }
    code = RunAdmin(session, client::AdminClient(environment.connect_admin(address)));
  } else {
    code = RunQuestion(session, client::Client(environment.connect(arguments.server)));
  }
  return Finish(environment, code);
}

ExitCode Fail(const Session& session, const absl::Status& status) {
  session.environment.err << FailureText(status, Peer::kServer, session.arguments.server,
                                         session.arguments.ids);
  return ExitCodeOf(status);
}

ExitCode FailAdmin(const Session& session, const absl::Status& status) {
  session.environment.err << FailureText(status, Peer::kAdminServer,
                                         AdminAddressOf(session.arguments));
  return ExitCodeOf(status);
}

void TellRelease(const Session& session, const v1::ResolvedRelease& release) {
  // A CSV answer without a record cannot name its release, so csv tells it as tables do.
  const bool in_data = session.arguments.format == Format::kJson;
  if (!in_data) session.environment.err << ReleaseLine(release) << "\n";
  for (const std::string& warning : CoverageWarnings(release)) Warn(session, warning);
  if (in_data || session.arguments.format == Format::kAddenda) return;
  for (const std::string& fact : UnknownFacts(release)) Warn(session, fact);
}

void Warn(const Session& session, absl::string_view text) {
  session.environment.err << absl::StrCat("warning: ", text, "\n");
}

}  // namespace codeset::ctl
