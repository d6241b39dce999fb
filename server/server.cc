#include "server/server.h"

#include <sys/stat.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "server/listener.h"
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
// What gRPC may use for buffers before it makes callers wait.
constexpr size_t kBufferQuota = size_t{512} * kMebibyte;

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

// Builds a server of some services on one address; `port` gets the one that was taken.
std::unique_ptr<grpc::Server> Build(const std::string& address, int max_request,
                                    const std::vector<grpc::Service*>& services, int* port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), port);
  // Without this a second server on the same port would silently share it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.SetMaxReceiveMessageSize(max_request);
  builder.SetMaxSendMessageSize(kMaxResponse);
  builder.SetResourceQuota(grpc::ResourceQuota("codeset").Resize(kBufferQuota));
  for (grpc::Service* service : services) builder.RegisterService(service);
  return builder.BuildAndStart();
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

Server::Server(Backend backend)
    : backend_(std::move(backend)),
      prewarmer_(backend_),
      calendar_(backend_),
      watch_(backend_.store),
      terminology_(backend_,
                   [this](const std::shared_ptr<const store::Catalog>& catalog,
                          const std::string& id, model::Date day,
                          v1::ConceptView view) { return prewarmer_.Ask(catalog, id, day, view); }),
      releases_(backend_, watch_),
      references_(backend_),
      admin_(backend_, [this] { OnChange(); }) {}

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
  RETURN_IF_ERROR(CheckAddress(options.listen));
  RETURN_IF_ERROR(CheckAddress(options.admin_listen));
  RETURN_IF_ERROR(ClearStaleSocket(options.listen));
  RETURN_IF_ERROR(ClearStaleSocket(options.admin_listen));
  InitPlugins();
  std::unique_ptr<Server> server(new Server(std::move(backend)));
  // Before anything can be asked, so that the hub learns of every event in its turn.
  server->ListenToJournal();
  RETURN_IF_ERROR(server->Listen(options));
  server->prewarmer_.Start();
  server->calendar_.Start();
  server->admin_.scrubber().Start(options.scrub);
  return server;
}

absl::Status Server::Listen(const ServerOptions& options) {
  int port = 0;
  // The admin socket is for the user that runs the server, from its first moment on.
  const mode_t mask = ::umask(0177);
  admin_server_ = Build(options.admin_listen, kMaxAdminRequest, {&admin_}, &port);
  ::umask(mask);
  if (admin_server_ == nullptr) return CannotListen(options.admin_listen);
  admin_address_ = WithPort(options.admin_listen, port);
  public_server_ =
      Build(options.listen, kMaxPublicRequest, {&terminology_, &releases_, &references_}, &port);
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

void Server::Stop(absl::Duration drain) {
  public_server_->GetHealthCheckService()->SetServingStatus(false);
  admin_server_->GetHealthCheckService()->SetServingStatus(false);
  admin_.scrubber().Stop();
  // They would last for ever.
  watch_.Stop(std::min(drain, kWatchersGrace));
  const absl::Time deadline = absl::Now() + drain;
  // Both at a time, so that they share the time they have.
  std::thread admin([&] { ShutDown(admin_server_.get(), deadline); });
  ShutDown(public_server_.get(), deadline);
  admin.join();
}

}  // namespace codeset::server
