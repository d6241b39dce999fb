#include "client/codesetctl/codesetctl.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/arguments.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/failure.h"
#include "client/cpp/pin.h"

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
    case Command::kReferencing:
      return RunReferencing(session, client);
    case Command::kSubsumes:
      return RunSubsumes(session, client);
    case Command::kCommonAncestor:
      return RunCommonAncestor(session, client);
    case Command::kHistory:
      return RunHistory(session, client);
    case Command::kExportValidity:
      return RunExportValidity(session, client);
    case Command::kExportConcepts:
      return RunExportConcepts(session, client);
    case Command::kDiff:
      return RunDiff(session, client);
    case Command::kReleaseCompare:
      return RunReleaseCompare(session, client);
    case Command::kCheckList:
      return RunCheckList(session, client);
    case Command::kReplacements:
      return RunReplacements(session, client);
    case Command::kValidate:
      return RunValidate(session, client);
    case Command::kResolve:
      return RunResolve(session, client);
    case Command::kPin:
      return RunPin(session, client);
    case Command::kReleaseShow:
      return RunReleaseShow(session, client);
    case Command::kLabelList:
      return RunLabelList(session, client);
    case Command::kLabelHistory:
      return RunLabelHistory(session, client);
    case Command::kWatch:
      return RunWatch(session, client);
    case Command::kReferenceExport:
      return RunReferenceExport(session, client);
    case Command::kReferenceShow:
      return RunReferenceShow(session, client);
    case Command::kReferenceHistory:
      return RunReferenceHistory(session, client);
    case Command::kReferenceQueue:
      return RunReferenceQueue(session, client);
    case Command::kReferenceEditions:
      return RunReferenceEditions(session, client);
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
    case Command::kReleaseActivate:
      return RunReleaseActivate(session, admin);
    case Command::kReleaseImport:
      return RunReleaseImport(session, admin);
    case Command::kLabelSet:
      return RunLabelSet(session, admin);
    case Command::kLabelRollback:
      return RunLabelRollback(session, admin);
    case Command::kLabelRemove:
      return RunLabelRemove(session, admin);
    case Command::kReferenceImport:
      return RunReferenceImport(session, admin);
    case Command::kReferenceUsage:
      return RunReferenceUsage(session, admin);
    case Command::kScrub:
      return RunScrub(session, admin);
    case Command::kBackupCreate:
      return RunBackupCreate(session, admin);
    case Command::kBackupList:
      return RunBackupList(session, admin);
    case Command::kBackupVerify:
      return RunBackupVerify(session, admin);
    default:
      return RunReleaseDelete(session, admin);
  }
}

bool NeedsAdmin(Command command) {
  switch (command) {
    case Command::kReleaseLoad:
    case Command::kReleaseVerify:
    case Command::kReleaseDelete:
    case Command::kReleaseActivate:
    case Command::kReleaseImport:
    case Command::kLabelSet:
    case Command::kLabelRollback:
    case Command::kLabelRemove:
    case Command::kReferenceImport:
    case Command::kReferenceUsage:
    case Command::kReferenceVerify:
    case Command::kScrub:
    case Command::kBackupCreate:
    case Command::kBackupList:
    case Command::kBackupVerify:
      return true;
    default:
      return false;
  }
}

// Says which of the connection's options is wrong.
ExitCode BadConnection(const Environment& environment, const absl::Status& status) {
  environment.err << "codesetctl: " << status.message()
                  << "\n  see --tls-ca, --tls-cert, --tls-key and --token-file\n";
  return ExitCode::kUsage;
}

// Runs the command that was read.
ExitCode RunCommand(const Session& session) {
  const Arguments& arguments = session.arguments;
  const Environment& environment = session.environment;
  if (arguments.command == Command::kDoctor) return RunDoctor(session);
  if (NeedsAdmin(arguments.command) && AdminAddressOf(arguments).empty()) {
    environment.err << "codesetctl: no admin listener is named\n  name it with --data-dir DIR "
                       "(the server's data directory) or --admin-server ADDR\n";
    return ExitCode::kUsage;
  }
  client::ClientOptions options;
  options.pin = arguments.pin;
  std::shared_ptr<client::AdminConnection> admin_connection;
  if (NeedsAdmin(arguments.command)) {
    auto connected = environment.connect_admin(AdminAddressOf(arguments), arguments.connection);
    if (!connected.ok()) return BadConnection(environment, connected.status());
    admin_connection = *std::move(connected);
  }
  const auto admin = [&] { return client::AdminClient(admin_connection, options); };
  // Verifying reads pages, and adds to the ledger.
  const bool verifies = arguments.command == Command::kReferenceVerify;
  if (!NeedsAdmin(arguments.command) || verifies || arguments.pin.has_value()) {
    auto connected = environment.connect(arguments.server, arguments.connection);
    if (!connected.ok()) return BadConnection(environment, connected.status());
    const std::shared_ptr<client::Connection> connection = *std::move(connected);
    const client::Client client(connection, options);
    if (arguments.pin.has_value()) {
      const ExitCode proved = ProvePin(session, client);
      if (proved != ExitCode::kDone) return proved;
    }
    if (arguments.command == Command::kReleaseExport) return RunReleaseExport(session, connection);
    if (verifies) return RunReferenceVerify(session, client, admin());
    if (!NeedsAdmin(arguments.command)) return RunQuestion(session, client);
  }
  return RunAdmin(session, admin());
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
  Arguments arguments = std::get<Arguments>(parsed);
  if (!arguments.pin_file.empty()) {
    absl::StatusOr<v1::Pin> pin = client::ReadPin(arguments.pin_file);
    if (!pin.ok()) {
      environment.err << "codesetctl: " << pin.status().message()
                      << "\n  codesetctl pin --release ID > FILE writes a pin file\n";
      return ExitCode::kUsage;
    }
    arguments.pin = *std::move(pin);
  }
  return Finish(environment, RunCommand({arguments, environment}));
}

namespace {

// The concept ids of the command line, as they were typed.
std::vector<std::string> TypedIds(const Arguments& arguments) {
  std::vector<std::string> ids = arguments.ids;
  if (!arguments.under.empty()) ids.push_back(arguments.under);
  return ids;
}

}  // namespace

ExitCode Fail(const Session& session, const absl::Status& status) {
  session.environment.err << FailureText(status, Peer::kServer, session.arguments.server,
                                         TypedIds(session.arguments));
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

std::string OperatorOf(const Session& session) {
  if (!session.arguments.by.empty()) return session.arguments.by;
  std::string user = session.environment.variable("USER");
  if (user.empty()) user = session.environment.variable("LOGNAME");
  if (user.empty()) user = session.environment.user;
  const std::string& host = session.environment.host;
  return user.empty() || host.empty() ? user + host : absl::StrCat(user, "@", host);
}

void Warn(const Session& session, absl::string_view text) {
  session.environment.err << absl::StrCat("warning: ", text, "\n");
}

}  // namespace codeset::ctl
