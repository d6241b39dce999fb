// How long codesetd takes from its start to its answers, seen from outside.
//
//   start_probe --codesetd PATH --data-dir DIR --unused 2014 [--release 2023]…
//
// Starts `codesetd serve` on Unix sockets of its own, asks, stops it, and prints a line of JSON:
//   serving_ms       from the start of the process until the health service says SERVING
//   first_lookup_ms  GetConcept right then, in the release `--unused`
//   image_ready_ms   from its answer to that of a question about the hierarchy of that release,
//                    which its image alone can answer
//   all_used_ms      then: each --release asked the same, one after another
//   resident_mib     what is resident once nothing is computed in the background any more
//   peak_mib         the most that was resident
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "storage/model/status_macros.h"
#include "tests/benchmark/process_cpu.h"
#include "tests/benchmark/transport.h"

extern char** environ;

namespace codeset::bench {
namespace {

constexpr auto kPoll = std::chrono::microseconds(200);
constexpr auto kPatience = std::chrono::seconds(120);
// In every release, and so is its category.
constexpr char kCode[] = "A00.0";
constexpr char kCategory[] = "A00";

double MillisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

absl::Status ToStatus(const grpc::Status& status, absl::string_view what) {
  if (status.ok()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(what, ": ", status.error_message()));
}

// A running codesetd, which is stopped at the end. Its sockets lie in a folder of its own.
class Daemon {
 public:
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const std::string& binary,
                                                       const std::string& data_dir) {
    std::string folder = (std::filesystem::temp_directory_path() / "codeset-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
      return absl::UnavailableError("cannot make a temporary folder");
    }
    std::unique_ptr<Daemon> daemon(new Daemon(folder));
    std::vector<std::string> words = {
        binary,     "serve",           "--data-dir",     data_dir,
        "--listen", daemon->address(), "--admin-listen", absl::StrCat("unix:", folder, "/admin")};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string log = absl::StrCat(folder, "/log");
    posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT, 0644);
    const int failed =
        ::posix_spawn(&daemon->pid_, binary.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
      return absl::UnavailableError(absl::StrCat(binary, ": ", std::strerror(failed)));
    }
    return daemon;
  }

  ~Daemon() {
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      ::waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  std::string address() const { return absl::StrCat("unix:", folder_, "/public"); }
  int pid() const { return pid_; }

  // Waits until somebody accepts connections: gRPC would wait a second after a first failure.
  absl::Status WaitForSocket() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder_ + "/public";
    std::memcpy(address.sun_path, path.data(), path.size());
    const Clock::time_point deadline = Clock::now() + kPatience;
    while (Clock::now() < deadline) {
      const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const bool connected =
          ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
      ::close(socket);
      if (connected) return absl::OkStatus();
      if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
        return absl::UnavailableError("codesetd ended before it served");
      }
      std::this_thread::sleep_for(kPoll);
    }
    return absl::DeadlineExceededError("codesetd does not listen");
  }

  // MiB of a line of /proc/PID/status.
  double Memory(const std::string& name) const {
    std::ifstream file(absl::StrCat("/proc/", pid_, "/status"));
    for (std::string word; file >> word;) {
      double kibibytes = 0;
      if (word == name && file >> kibibytes) return kibibytes / 1024;
    }
    return 0;
  }

  // Waits until it computes nothing in the background any more.
  void WaitUntilIdle() const {
    const Clock::time_point deadline = Clock::now() + kPatience;
    constexpr auto kSpan = std::chrono::milliseconds(300);
    for (double before = -1, used = CpuSeconds(pid_);
         used - before > 0.005 && Clock::now() < deadline; used = CpuSeconds(pid_)) {
      before = used;
      std::this_thread::sleep_for(kSpan);
    }
  }

 private:
  explicit Daemon(std::string folder) : folder_(std::move(folder)) {}

  const std::string folder_;
  pid_t pid_ = 0;
};

// Whether grpc.health.v1 says SERVING; encoded by hand, since no package has its messages.
absl::StatusOr<bool> IsServing(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  RETURN_IF_ERROR(ToStatus(done.get_future().get(), "health"));
  std::vector<grpc::Slice> slices;
  RETURN_IF_ERROR(ToStatus(response.Dump(&slices), "health"));
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes == absl::string_view("\x08\x01", 2);
}

absl::Status LookUp(v1::Terminology::Stub& stub, const std::string& release) {
  v1::GetConceptRequest request;
  request.mutable_release()->set_release(release);
  request.set_id(kCode);
  request.set_view(v1::CONCEPT_VIEW_FULL);
  grpc::ClientContext context;
  v1::GetConceptResponse response;
  return ToStatus(stub.GetConcept(&context, request, &response), "GetConcept");
}

absl::Status AskHierarchy(v1::Terminology::Stub& stub, const std::string& release) {
  v1::GetSubsumptionRequest request;
  request.mutable_release()->set_release(release);
  request.set_a(kCategory);
  request.set_b(kCode);
  grpc::ClientContext context;
  v1::GetSubsumptionResponse response;
  RETURN_IF_ERROR(ToStatus(stub.GetSubsumption(&context, request, &response), "GetSubsumption"));
  return response.outcome() == v1::SUBSUMPTION_OUTCOME_SUBSUMES
             ? absl::OkStatus()
             : absl::InternalError("a category does not subsume its code");
}

absl::Status Run(const std::string& binary, const std::string& data_dir, const std::string& unused,
                 const std::vector<std::string>& releases) {
  const Clock::time_point begin = Clock::now();
  ASSIGN_OR_RETURN(const std::unique_ptr<Daemon> daemon, Daemon::Start(binary, data_dir));
  RETURN_IF_ERROR(daemon->WaitForSocket());
  const std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel(daemon->address(), grpc::InsecureChannelCredentials());
  while (true) {
    ASSIGN_OR_RETURN(const bool serving, IsServing(channel));
    if (serving) break;
    if (Clock::now() > begin + kPatience) return absl::DeadlineExceededError("never SERVING");
    std::this_thread::sleep_for(kPoll);
  }
  const double serving_ms = MillisecondsSince(begin);

  const std::unique_ptr<v1::Terminology::Stub> stub = v1::Terminology::NewStub(channel);
  const Clock::time_point asked = Clock::now();
  RETURN_IF_ERROR(LookUp(*stub, unused));
  const double first_lookup_ms = MillisecondsSince(asked);
  const Clock::time_point answered = Clock::now();
  RETURN_IF_ERROR(AskHierarchy(*stub, unused));
  const double image_ready_ms = MillisecondsSince(answered);

  const Clock::time_point used = Clock::now();
  for (const std::string& release : releases) {
    RETURN_IF_ERROR(LookUp(*stub, release));
    RETURN_IF_ERROR(AskHierarchy(*stub, release));
  }
  const double all_used_ms = MillisecondsSince(used);
  daemon->WaitUntilIdle();
  std::cout << absl::StreamFormat(
      "{\"serving_ms\": %.3f, \"first_lookup_ms\": %.3f, \"image_ready_ms\": %.3f, "
      "\"all_used_ms\": %.3f, \"resident_mib\": %.1f, \"peak_mib\": %.1f}\n",
      serving_ms, first_lookup_ms, image_ready_ms, all_used_ms, daemon->Memory("VmRSS:"),
      daemon->Memory("VmHWM:"));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("How long codesetd takes to start", "start_probe");
  std::string codesetd, data_dir, unused;
  std::vector<std::string> releases;
  app.add_option("--codesetd", codesetd, "The program")->required();
  app.add_option("--data-dir", data_dir, "A data directory that no server has open")->required();
  app.add_option("--unused", unused, "The release that is asked first")->required();
  app.add_option("--release", releases, "A release that is to be used; may be repeated");
  CLI11_PARSE(app, argc, argv);
  if (const absl::Status status = Run(codesetd, data_dir, unused, releases); !status.ok()) {
    std::cerr << "start_probe: " << status << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace codeset::bench

int main(int argc, char** argv) { return codeset::bench::Main(argc, argv); }
