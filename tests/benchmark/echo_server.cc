// The ceiling: a server on codesetd's gRPC stack, with its options (server/server.cc), that
// answers GetConcept and BatchGetConcepts with the same bytes whatever is asked. Raw callback
// methods: nothing is parsed, looked up or serialised, so that what is left is the transport.
//
//   echo_server --get get.bin --batch batch-1000.bin
//
// Prints `listening on HOST:PORT` on standard error, and serves until SIGTERM.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "absl/synchronization/mutex.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"

namespace codeset::bench {
namespace {

using EchoBase = v1::Terminology::WithRawCallbackMethod_GetConcept<
    v1::Terminology::WithRawCallbackMethod_BatchGetConcepts<v1::Terminology::Service>>;

class EchoService final : public EchoBase {
 public:
  EchoService(const std::string& get, const std::string& batch)
      : get_(ToBuffer(get)), batch_(ToBuffer(batch)) {}

  grpc::ServerUnaryReactor* GetConcept(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* /*request*/,
                                       grpc::ByteBuffer* response) override {
    return Answer(context, get_, response);
  }

  grpc::ServerUnaryReactor* BatchGetConcepts(grpc::CallbackServerContext* context,
                                             const grpc::ByteBuffer* /*request*/,
                                             grpc::ByteBuffer* response) override {
    return Answer(context, batch_, response);
  }

 private:
  static grpc::ByteBuffer ToBuffer(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    return {&slice, 1};
  }

  static grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer& answer,
                                          grpc::ByteBuffer* response) {
    *response = answer;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const grpc::ByteBuffer get_;
  const grpc::ByteBuffer batch_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int Main(int argc, char** argv) {
  CLI::App app("Answers look-ups with the same bytes whatever is asked", "echo_server");
  std::string listen = "127.0.0.1:0", get, batch;
  app.add_option("--listen", listen, "HOST:PORT; port 0: any")->capture_default_str();
  app.add_option("--get", get, "File with the answer to GetConcept")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--batch", batch, "File with the answer to BatchGetConcepts")
      ->required()
      ->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  // As codesetd does.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  grpc::EnableDefaultHealthCheckService(true);
  EchoService service(ReadFile(get), ReadFile(batch));
  grpc::ServerBuilder builder;
  int port = 0;
  // As in server/server.cc.
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 900'000);
  builder.SetMaxReceiveMessageSize(4 << 20);
  builder.SetMaxSendMessageSize(64 << 20);
  builder.SetResourceQuota(grpc::ResourceQuota("codeset").Resize(size_t{512} << 20));
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "echo_server: cannot listen on " << listen << std::endl;
    return 1;
  }
  std::cerr << "listening on " << listen.substr(0, listen.rfind(':')) << ":" << port << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  server->Wait();
  return 0;
}

}  // namespace
}  // namespace codeset::bench

int main(int argc, char** argv) { return codeset::bench::Main(argc, argv); }
