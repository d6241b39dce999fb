#include "server/server.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/support/log.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "server/admin_access.h"
#include "server/audit_interceptor.h"
#include "server/audit_log.h"
#include "server/connections.h"
#include "server/listener.h"
#include "server/telemetry.h"
#include "server/tls_credentials.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

constexpr int kMebibyte = 1 << 20;
// Requests are small: a batch of 10,000 ids has about 100 KB.
constexpr int kMaxPublicRequest = 4 * kMebibyte;
// A chunk of a file has up to 1 MiB.
constexpr int kMaxAdminRequest = 2 * kMebibyte;
// Limits on pages, messages of streams and batches (kMaxBatchBytes) keep answers below this.
constexpr int kMaxResponse = 64 * kMebibyte;
// A peer that is silent for so long is asked for a sign of life, and has so long to give it:
// else a load whose client's machine died would hold the one slot until TCP gives up.
constexpr int kKeepaliveMilliseconds = 60'000;
constexpr int kKeepaliveTimeoutMilliseconds = 20'000;
// So long has a connection for its handshakes, TLS's and HTTP/2's; gRPC would give it two minutes.
constexpr int kHandshakeMilliseconds = 20'000;
// What gRPC may use for buffers of both listeners before it makes callers wait.
constexpr size_t kBufferQuota = size_t{512} * kMebibyte;
// Reflection alone is served by a thread a stream; all else has threads of its own.
constexpr int kMaxThreads = 16;
// Calls that one connection may have under way; gRPC's client waits with further ones.
constexpr int kMaxStreamsOfConnection = 1000;

// So long after the beginning of a stop connections stay that have no call under way, so that what
// is on its way to the server is refused in words.
constexpr absl::Duration kSettle = absl::Milliseconds(200);
// So long have clients in the end to read what was sent to them.
constexpr absl::Duration kGoodbye = absl::Seconds(1);

// So long has a watcher to take the message that is on its way when the server stops.
constexpr absl::Duration kWatchersGrace = absl::Seconds(1);

// Once for the process, before any server is built.
void InitPlugins() {
  static const bool done = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  static_cast<void>(done);
}

// What a channel argument of gRPC is for a duration; absl::InfiniteDuration() is without limit.
int Milliseconds(absl::Duration duration) {
  return static_cast<int>(
      std::min<int64_t>(absl::ToInt64Milliseconds(duration), std::numeric_limits<int>::max()));
}

// Fills in what all listeners have in common; `port` gets the one that was taken.
void Prepare(grpc::ServerBuilder& builder, const std::string& address,
             const std::shared_ptr<grpc::ServerCredentials>& credentials,
             const grpc::ResourceQuota& quota, const ServerOptions& options, int max_request,
             int* port) {
  builder.AddListeningPort(address, credentials, port);
  // Without this a second server on the same port would silently share it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.SetMaxReceiveMessageSize(max_request);
  builder.SetMaxSendMessageSize(kMaxResponse);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsOfConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             Milliseconds(options.connection_idle));
  builder.SetResourceQuota(quota);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const TlsFiles& files) {
  if (files.empty()) return grpc::InsecureServerCredentials();
  return MakeTlsCredentials(files);
}

absl::Status CannotListen(absl::string_view address) {
  return model::MakeError(
      model::Reason::kStorageFailed,
      absl::StrCat("cannot listen on ", address, "; is another process listening there?"));
}

void ShutDown(grpc::Server* server, absl::Time deadline) {
  if (server == nullptr) return;
  server->Shutdown(absl::ToChronoTime(deadline));
  server->Wait();
}

}  // namespace

struct Server::Security {
  static absl::StatusOr<std::unique_ptr<Security>> Open(const ServerOptions& options) {
    auto security = std::make_unique<Security>();
    ASSIGN_OR_RETURN(security->credentials, Credentials(options.tls));
    ASSIGN_OR_RETURN(security->admin_credentials, Credentials(options.admin_tls));
    std::unique_ptr<AdminTokens> tokens;
    if (!options.admin_token_file.empty()) {
      ASSIGN_OR_RETURN(tokens, AdminTokens::Open(options.admin_token_file));
    }
    security->access = std::make_unique<AdminAccess>(std::move(tokens), options.admin_tls.mutual());
    ASSIGN_OR_RETURN(security->audit_log, AuditLog::Open(options.audit_log));
    return security;
  }

  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::shared_ptr<grpc::ServerCredentials> admin_credentials;
  std::unique_ptr<AdminAccess> access;
  std::unique_ptr<AuditLog> audit_log;
};

absl::Status CheckServerOptions(const ServerOptions& options) {
  RETURN_IF_ERROR(CheckAddress(options.listen));
  if (!options.telemetry.metrics_address.empty()) {
    RETURN_IF_ERROR(CheckMetricsAddress(options.telemetry.metrics_address));
  }
  RETURN_IF_ERROR(CheckTlsFiles(options.tls, "--tls"));
  if (IsUnixSocket(options.listen) && !options.tls.empty()) {
    return model::MakeError(model::Reason::kArgumentInvalid,
                            "a Unix socket needs no TLS; name a HOST:PORT with --listen, or leave "
                            "out --tls-cert");
  }
  RETURN_IF_ERROR(CheckAdminAddress(options.admin_listen, options.admin_tls,
                                    !options.admin_token_file.empty()));
  for (const TlsFiles* const files : {&options.tls, &options.admin_tls}) {
    if (!files->empty()) RETURN_IF_ERROR(ReadTlsFiles(*files).status());
  }
  if (options.admin_token_file.empty()) return absl::OkStatus();
  return AdminTokens::Open(options.admin_token_file).status();
}

Server::Server(Backend backend, std::unique_ptr<Security> security)
    : backend_(std::move(backend)),
      security_(std::move(security)),
      prewarmer_(backend_),
      calendar_(backend_),
      watch_(backend_.store),
      terminology_(backend_,
                   [this](const std::shared_ptr<const store::Catalog>& catalog,
                          const std::string& id, model::Date day,
                          v1::ConceptView view) { return prewarmer_.Ask(catalog, id, day, view); }),
      releases_(backend_, watch_),
      references_(backend_),
      admin_(backend_, [this] { OnChange(); }),
      admin_calls_(std::make_shared<CallGate>(
          CallLimits{std::numeric_limits<int>::max(), std::numeric_limits<int>::max(),
                     std::numeric_limits<int>::max(), std::numeric_limits<int64_t>::max()})),
      guarded_admin_(admin_, *security_->access, *admin_calls_) {}

Server::~Server() {
  watch_.Stop(absl::ZeroDuration());
  ShutDown(public_server_.get(), absl::Now());
  ShutDown(admin_server_.get(), absl::Now());
  if (listens_to_journal_) backend_.store.SetJournalListener({});
}

void Server::ListenToJournal() {
  listens_to_journal_ = true;
  backend_.store.SetJournalListener([this] {
    watch_.Notify();
    calendar_.Wake();
  });
}

void Server::OnChange() {
  terminology_.OnChange();
  prewarmer_.Start();
  // Where it fails, the calendar's own thread says so and tries again.
  calendar_.Refresh().IgnoreError();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Backend backend,
                                                      const ServerOptions& options) {
  RETURN_IF_ERROR(CheckServerOptions(options));
  ASSIGN_OR_RETURN(std::unique_ptr<Security> security, Security::Open(options));
  RETURN_IF_ERROR(ClearStaleSocket(options.listen));
  RETURN_IF_ERROR(ClearStaleSocket(options.admin_listen));
  InitPlugins();
  std::unique_ptr<Server> server(new Server(std::move(backend), std::move(security)));
  // Before anything can be asked, so that the hub learns of every event in its turn.
  server->ListenToJournal();
  RETURN_IF_ERROR(server->OpenTelemetry(options));
  RETURN_IF_ERROR(server->Listen(options));
  server->prewarmer_.Start();
  server->calendar_.Start();
  server->admin_.scrubber().Start(options.scrub);
  return server;
}

absl::Status Server::OpenTelemetry(const ServerOptions& options) {
  std::vector<ListenerFiles> listeners;
  if (!options.tls.empty()) listeners.push_back({"public", options.tls});
  if (!options.admin_tls.empty()) listeners.push_back({"admin", options.admin_tls});
  ASSIGN_OR_RETURN(telemetry_, Telemetry::Open(options.telemetry,
                                               {backend_, admin_.scrubber(), admin_.activity(),
                                                *security_->audit_log, options.telemetry.data_dir,
                                                std::move(listeners), absl::Now()},
                                               *security_->access, *admin_calls_));
  return absl::OkStatus();
}

std::string Server::metrics_address() const { return telemetry_->metrics_address(); }

absl::Status Server::Listen(const ServerOptions& options) {
  int port = 0;
  grpc::ResourceQuota quota("codeset");
  quota.Resize(kBufferQuota).SetMaxThreads(kMaxThreads);
  grpc::ServerBuilder admin_builder;
  Prepare(admin_builder, options.admin_listen, security_->admin_credentials, quota, options,
          kMaxAdminRequest, &port);
  admin_builder.SetContextAllocator(CallGate::Counter(admin_calls_, &AdminAccess::NewContext));
  admin_builder.RegisterService(&guarded_admin_);
  admin_builder.RegisterService(&telemetry_->monitoring());
  auto admin_interceptors = AuditInterceptors(*security_->audit_log, *security_->access);
  admin_interceptors.push_back(telemetry_->Interceptor());
  admin_builder.experimental().SetInterceptorCreators(std::move(admin_interceptors));
  // The admin socket is for the user that runs the server, from its first moment on.
  const mode_t mask = ::umask(0177);
  admin_server_ = admin_builder.BuildAndStart();
  ::umask(mask);
  if (admin_server_ == nullptr) return CannotListen(options.admin_listen);
  admin_address_ = WithPort(options.admin_listen, port);
  grpc::ServerBuilder builder;
  Prepare(builder, options.listen, security_->credentials, quota, options, kMaxPublicRequest,
          &port);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(options.connection_age));
  builder.SetContextAllocator(CallGate::Counter(backend_.calls));
  // All of them only read.
  builder.RegisterService(&terminology_);
  builder.RegisterService(&releases_);
  builder.RegisterService(&references_);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(CallGate::Interceptor(backend_.calls));
  interceptors.push_back(telemetry_->Interceptor());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  public_server_ = builder.BuildAndStart();
  if (public_server_ == nullptr) return CannotListen(options.listen);
  address_ = WithPort(options.listen, port);
  admin_server_->GetHealthCheckService()->SetServingStatus(true);
  public_server_->GetHealthCheckService()->SetServingStatus(true);
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Server::InProcessChannel() {
  return public_server_->InProcessChannel(grpc::ChannelArguments());
}

std::shared_ptr<grpc::Channel> Server::InProcessAdminChannel() {
  return admin_server_->InProcessChannel(grpc::ChannelArguments());
}

void Server::AnnounceStop() {
  public_server_->GetHealthCheckService()->SetServingStatus(false);
  admin_server_->GetHealthCheckService()->SetServingStatus(false);
}

void Server::Stop(absl::Duration drain) {
  const absl::Time begin = absl::Now();
  const absl::Time deadline = begin + drain;
  AnnounceStop();
  // gRPC cancels calls that come in while it shuts down, whose callers cannot tell that nothing was
  // begun. So it shuts down last, when no more can come.
  // It would log that its listeners have gone.
  gpr_set_log_verbosity(static_cast<gpr_log_severity>(GPR_LOG_SEVERITY_ERROR + 1));
  StopListening({address_, admin_address_});
  backend_.calls->Close();
  admin_calls_->Close();
  admin_.scrubber().Stop();
  // They would last for ever.
  watch_.Stop(std::min(drain, kWatchersGrace));
  const auto drained = [&](absl::Time until) {
    return backend_.calls->AwaitDrained(until) && admin_calls_->AwaitDrained(until);
  };
  absl::SleepFor(std::min(deadline, begin + kSettle) - absl::Now());
  if (!drained(absl::Now())) {
    std::vector<std::string> busy = backend_.calls->Peers();
    for (std::string& peer : admin_calls_->Peers()) busy.push_back(std::move(peer));
    EndConnections({address_, admin_address_}, busy);
  }
  if (drained(deadline)) {
    EndConnections({address_, admin_address_}, {});
    AwaitNoConnections({address_, admin_address_}, absl::Now() + kGoodbye);
  }
  // Both at a time.
  std::thread admin([&] { ShutDown(admin_server_.get(), absl::Now()); });
  ShutDown(public_server_.get(), absl::Now());
  admin.join();
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
}

}  // namespace codeset::server
