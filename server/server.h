// The running server: a public listener (Terminology, Releases, References), which only reads, and
// an admin listener (Admin, Monitoring), both with health checks and reflection.
//
//   ASSIGN_OR_RETURN(auto server, Server::Start(backend, {"127.0.0.1:0", "unix:…"}));
//   …
//   server->Stop(absl::Seconds(10));
//
// Thread-safe, save that Stop is called once.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "server/admin.h"
#include "server/backend.h"
#include "server/calendar.h"
#include "server/call_gate.h"
#include "server/guarded_admin.h"
#include "server/prewarmer.h"
#include "server/scrub.h"
#include "server/services.h"
#include "server/telemetry_options.h"
#include "server/tls_files.h"
#include "server/watch.h"

namespace codeset::server {

// Where to listen, and who may call; see listener.h for the form of addresses.
struct ServerOptions {
  std::string listen;
  std::string admin_listen;
  // Of the public listener, and of the admin listener where it is none of a Unix socket.
  TlsFiles tls = {};
  TlsFiles admin_tls = {};
  // Tokens that the admin listener asks for (admin_tokens.h); empty for none.
  std::string admin_token_file = {};
  // Where admin calls are recorded (audit_log.h); empty for standard error.
  std::string audit_log = {};
  ScrubSettings scrub = {};
  TelemetryOptions telemetry = {};
  // A connection without calls is closed after so long.
  absl::Duration connection_idle = absl::Minutes(15);
  // After so long, up to a tenth more or less, the client of a public connection is told to connect
  // anew; calls under way go on. Infinite: never.
  absl::Duration connection_age = absl::InfiniteDuration();
};

// Whether the options are right and fit together, and their files are: what Start finds out before
// anything is created.
absl::Status CheckServerOptions(const ServerOptions& options);

class Telemetry;

// See above.
class Server {
 public:
  // Listens and begins to serve. The backend's store must outlive the server.
  // ARGUMENT_INVALID for a bad address, an admin address that anybody could call, and files that
  // cannot be read or do not fit; STORAGE_FAILED where an address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Start(Backend backend,
                                                       const ServerOptions& options);
  // Stops at once where Stop was not called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the port that was taken.
  const std::string& address() const { return address_; }
  const std::string& admin_address() const { return admin_address_; }
  // Where metrics are served; empty for nowhere.
  std::string metrics_address() const;

  // Channels without transport.
  std::shared_ptr<grpc::Channel> InProcessChannel();
  std::shared_ptr<grpc::Channel> InProcessAdminChannel();

  // What tells of days that pass; looks by itself, and when told to.
  Calendar& calendar() { return calendar_; }

  // Reports NOT_SERVING, and goes on serving: who balances load then turns away before Stop.
  void AnnounceStop();

  // Reports NOT_SERVING, ends watchers, takes no new connections, refuses new calls with
  // SHUTTING_DOWN, lets those under way end within `drain`, and cancels what is left then. Clients
  // that ask in vain are told so by UNAVAILABLE, however late: connections that have no call under
  // way are closed after a moment.
  void Stop(absl::Duration drain);

 private:
  // What the options name, opened.
  struct Security;

  Server(Backend backend, std::unique_ptr<Security> security);

  // To be called after a change by the service Admin, before its caller hears of it.
  void OnChange();

  // Begins to tell those who watch.
  absl::Status OpenTelemetry(const ServerOptions& options);

  absl::Status Listen(const ServerOptions& options);

  // Has watchers and calendar told of what is recorded from now on.
  void ListenToJournal();

  Backend backend_;
  std::unique_ptr<Security> security_;
  Prewarmer prewarmer_;
  Calendar calendar_;
  WatchHub watch_;
  TerminologyService terminology_;
  ReleasesService releases_;
  ReferencesService references_;
  AdminService admin_;
  // Without limits, for who may load releases; so that what was begun is brought to its end.
  const std::shared_ptr<CallGate> admin_calls_;
  GuardedAdmin guarded_admin_;
  std::string address_;
  std::string admin_address_;
  bool listens_to_journal_ = false;
  std::unique_ptr<Telemetry> telemetry_;
  // Last, so that they are gone before what they serve.
  std::unique_ptr<grpc::Server> admin_server_;
  std::unique_ptr<grpc::Server> public_server_;
};

}  // namespace codeset::server
