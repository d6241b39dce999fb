// codesetd: serves the releases of a data directory, loads one into it, restores it from a backup,
// or makes it anew from what it keeps; makes the lines of a token file.
//
// Data goes to standard output, everything else to standard error.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/call_gate.h"
#include "server/hash_token.h"
#include "server/load_memory.h"
#include "server/loader.h"
#include "server/log.h"
#include "server/offline_commands.h"
#include "server/options.h"
#include "server/report.h"
#include "server/server.h"
#include "server/stream_watch.h"
#include "server/verification_impact.h"
#include "storage/model/edition_register.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/source/input.h"
#include "storage/store/store.h"

namespace codeset::server {
namespace {

// How many arenas malloc has for all threads.
constexpr int kArenas = 2;

// Told to another process that finds the data directory locked.
std::string OwnerText(absl::string_view command, absl::string_view admin_address) {
  std::string text = absl::StrCat("codesetd ", command, " (pid ", ::getpid(), ")");
  if (!admin_address.empty()) {
    absl::StrAppend(&text, ", admin address ", admin_address);
  }
  return text;
}

// Reads a register; `what` names it in errors.
absl::StatusOr<std::string> ReadFile(const std::string& path, absl::string_view what) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || std::filesystem::is_directory(path)) {
    return model::MakeError(model::Reason::kArgumentInvalid,
                            absl::StrCat("the ", what, " ", path, " cannot be read"));
  }
  return text;
}

absl::StatusOr<model::EditionRegister> ReadEditions(const std::string& path) {
  model::EditionRegister editions = model::EditionRegister::BuiltIn();
  if (path.empty()) return editions;
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, "edition register"));
  return editions.Extend(text, path);
}

absl::StatusOr<model::SourceEditions> ReadSourceEditions(const std::string& path,
                                                         const model::EditionRegister& editions) {
  model::SourceEditions sources = model::SourceEditions::BuiltIn(editions);
  if (path.empty()) return sources;
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, "register of source editions"));
  return sources.Extend(text, path);
}

// Where the admin socket is by default: absolute, so that it can be copied from the log.
std::string AdminAddress(const ServeCommand& command) {
  if (!command.admin_listen.empty()) return command.admin_listen;
  std::error_code error;
  std::filesystem::path directory = std::filesystem::absolute(command.data_dir, error);
  if (error) directory = command.data_dir;
  return absl::StrCat("unix:", (directory / "admin.sock").string());
}

absl::Status Serve(const ServeCommand& command) {
  SetLog(command.log);
#ifdef M_ARENA_MAX
  // Threads that build images beside each other would leave an arena with holes each: a tenth of
  // all memory.
  ::mallopt(M_ARENA_MAX, kArenas);
#endif
  // Debian's abseil looks for cycles of mutexes at every lock that gRPC takes: 3 % of a call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Blocked before any thread is there, so that all inherit it and sigwait gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  ASSIGN_OR_RETURN(model::EditionRegister editions, ReadEditions(command.edition_register));
  ASSIGN_OR_RETURN(model::SourceEditions source_editions,
                   ReadSourceEditions(command.source_editions, editions));
  ServerOptions options = {command.listen, AdminAddress(command)};
  options.tls = command.tls;
  options.admin_tls = command.admin_tls;
  options.admin_token_file = command.admin_token_file;
  options.audit_log = command.audit_log;
  options.scrub.every = absl::Hours(command.scrub_hours);
  options.scrub.bytes_per_second = int64_t{command.scrub_mib_per_second} << 20;
  options.telemetry = command.telemetry;
  options.telemetry.data_dir = command.data_dir;
  options.telemetry.slow_call = absl::Milliseconds(command.slow_call_milliseconds);
  options.connection_idle = absl::Seconds(command.connection_idle_seconds);
  if (command.connection_age_seconds > 0) {
    options.connection_age = absl::Seconds(command.connection_age_seconds);
  }
  // Before anything is created.
  RETURN_IF_ERROR(CheckServerOptions(options));
  store::StoreOptions store_options;
  store_options.owner = OwnerText("serve", options.admin_listen);
  store_options.editions = editions;
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                   store::Store::Open(command.data_dir, store_options));
  Backend backend{*store, std::move(editions)};
  backend.source_editions = std::move(source_editions);
  backend.verification_days = command.verification_days;
  backend.streams = std::make_shared<StreamWatch>(absl::Seconds(command.stream_idle_seconds));
  CallLimits limits = command.call_limits;
  limits.answer_bytes = int64_t{command.max_answer_mib} << 20;
  backend.calls = std::make_shared<CallGate>(limits);
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server,
                   Server::Start(std::move(backend), options));
  Log(Severity::kInfo, absl::StrCat("listening on ", server->address()));
  Log(Severity::kInfo, absl::StrCat("admin on ", server->admin_address()));
  if (const std::string metrics = server->metrics_address(); !metrics.empty()) {
    Log(Severity::kInfo, absl::StrCat("metrics on http://", metrics, "/metrics"));
  }
  Log(Severity::kInfo, "serving");

  int signal = 0;
  sigwait(&signals, &signal);
  if (command.drain_notice_seconds > 0) {
    server->AnnounceStop();
    Log(Severity::kInfo,
        absl::StrCat("stopping: calls are taken for ", command.drain_notice_seconds, " s more"));
    const timespec notice = {command.drain_notice_seconds, 0};
    sigtimedwait(&signals, nullptr, &notice);
  }
  Log(Severity::kInfo,
      absl::StrCat("stopping: calls under way have ", command.drain_seconds, " s"));
  server->Stop(absl::Seconds(command.drain_seconds));
  return absl::OkStatus();
}

// An empty folder elsewhere, which goes when the run ends.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "codesetd-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

absl::Status Load(const LoadCommand& command) {
  RETURN_IF_ERROR(CheckLoadOptions(command.options));
  ASSIGN_OR_RETURN(std::vector<source::InputFile> files, source::ReadInputFiles(command.paths));
  store::StoreOptions store_options;
  store_options.owner = OwnerText("load", "");
  std::string directory = command.data_dir;
  // A dry run writes nothing, and so makes no data directory either: in the place of one
  // that is not there yet it checks against an empty one.
  std::optional<ScratchFolder> scratch;
  if (command.options.dry_run() && !std::filesystem::exists(directory)) {
    directory = scratch.emplace().path();
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                   store::Store::Open(directory, store_options));
  LoadHooks hooks;
  hooks.progress = [](absl::string_view step) { std::cerr << step << std::endl; };
  ASSIGN_OR_RETURN(v1::LoadReport report,
                   LoadRelease(*store, command.options, std::move(files), hooks));
  TellImpact(Backend{*store}, report);
  std::cout << FormatReport(report) << std::flush;
  return absl::OkStatus();
}

// Tells what went wrong, and with which code to exit.
int ExitCode(const absl::Status& status) {
  if (status.ok()) return kExitDone;
  const std::string reason(
      model::ReasonName(model::ReasonOf(status).value_or(model::Reason::kInternal)));
  if (CurrentLogFormat() == LogFormat::kJson) {
    Log(Severity::kError, status.message(), {{"reason", reason}});
  } else {
    std::cerr << "codesetd: " << reason << ": " << std::string(status.message()) << std::endl;
  }
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitRefused;
}

int Main(int argc, char** argv) {
  const CommandLine command = ParseCommandLine(argc, argv);
  if (const auto* serve = std::get_if<ServeCommand>(&command)) return ExitCode(Serve(*serve));
  if (const auto* load = std::get_if<LoadCommand>(&command)) {
    TakeMemoryForLoad(argv);
    return ExitCode(Load(*load));
  }
  if (const auto* adopt = std::get_if<AdoptCommand>(&command))
    return ExitCode(Adopt(*adopt, OwnerText("adopt", ""), std::cout));
  if (const auto* restore = std::get_if<RestoreCommand>(&command)) {
    return ExitCode(Restore(*restore, OwnerText("restore", "")));
  }
  if (const auto* migrate = std::get_if<MigrateCommand>(&command)) {
    return ExitCode(Migrate(*migrate, OwnerText("migrate", "")));
  }
  if (const auto* hash_token = std::get_if<HashTokenCommand>(&command)) {
    return ExitCode(HashToken(*hash_token, std::cin, std::cout));
  }
  return std::get<int>(command);
}

}  // namespace
}  // namespace codeset::server

int main(int argc, char** argv) { return codeset::server::Main(argc, argv); }
