// codesetctl: asks and operates a Codeset server from the command line.
#include <poll.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "absl/time/clock.h"
#include "client/codesetctl/codesetctl.h"
#include "client/cpp/grpc_connection.h"

namespace {

// For each step of a look at a certificate.
constexpr absl::Duration kTlsPatience = absl::Seconds(5);

// The columns of the terminal behind standard output; nothing if it is none.
std::optional<int> TerminalColumns() {
  if (isatty(STDOUT_FILENO) == 0) return std::nullopt;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// Whether standard output is a pipe or socket that nobody reads any more. Streams do not keep
// the error of a write that failed, so the descriptor is asked.
bool ReaderGone() {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return poll(&out, 1, /*timeout=*/0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

std::string HostName() {
  char name[256] = {};
  // One less, so that a name that was cut still ends.
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

// Without the variables that shells set: cron and service managers do not.
std::string UserName() {
  const passwd* entry = getpwuid(geteuid());
  return entry == nullptr ? "" : entry->pw_name;
}

std::string Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away (`| head`) is an error of writing, which Run sees.
  std::signal(SIGPIPE, SIG_IGN);
  // gRPC's own log lines would mix with ours; the status of a call says what is needed.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  std::ios::sync_with_stdio(false);
  // `validate --file -` reads on one thread and writes on another: a read must not flush what
  // the other is writing.
  std::cin.tie(nullptr);
  const codeset::ctl::Environment environment{
      std::cout,
      std::cerr,
      TerminalColumns(),
      isatty(STDERR_FILENO) != 0,
      Variable,
      [](const std::string& address, const codeset::client::ConnectionOptions& options) {
        return codeset::client::MakeConnection(address, options);
      },
      [](const std::string& address, const codeset::client::ConnectionOptions& options) {
        return codeset::client::MakeAdminConnection(address, options);
      },
      ReaderGone,
      &std::cin,
      HostName(),
      UserName(),
      [] { return absl::Now(); },
      [](const std::string& address, const codeset::client::ConnectionOptions& options,
         bool with_token) { return codeset::client::MakeProbe(address, options, with_token); },
      [](const std::string& address, const codeset::client::ConnectionOptions& options) {
        return codeset::ctl::LookAtTls(address, options, kTlsPatience);
      },
  };
  const std::vector<std::string> args(argv + 1, argv + argc);
  return static_cast<int>(codeset::ctl::Run(args, environment));
}
