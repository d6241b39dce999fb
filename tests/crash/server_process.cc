#include "tests/crash/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/grpc_connection.h"
#include "tests/crash/step_board.h"

namespace codeset::crash {
namespace {

constexpr absl::Duration kLongestStart = absl::Minutes(1);

// Milliseconds until then, for poll.
int Until(absl::Time deadline) {
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  return left < 0 ? 0 : static_cast<int>(left);
}

// The environment with the board's file in it.
std::vector<std::string> Environment(const std::string& board) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  if (!board.empty()) variables.push_back(absl::StrCat(kBoardVariable, "=", board));
  return variables;
}

// As execve wants them.
std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const std::string& program,
                                                                    const ServerPaths& paths,
                                                                    const std::string& board) {
  static std::atomic<int> number = 0;
  const std::string sockets = absl::StrCat(paths.sockets, ++number);
  std::vector<std::string> words = {program,          "serve",
                                    "--data-dir",     paths.data_dir,
                                    "--listen",       absl::StrCat("unix:", sockets, "p"),
                                    "--admin-listen", absl::StrCat("unix:", sockets, "a"),
                                    "--audit-log",    paths.audit_log,
                                    "--scrub-hours",  "0"};
  std::vector<std::string> variables = Environment(board);
  std::array<int, 2> pipe = {};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return absl::InternalError(std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, Pointers(words).data(),
                                  Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (error != 0) {
    ::close(pipe[0]);
    return absl::InternalError(absl::StrCat("starting ", program, ": ", std::strerror(error)));
  }
  return std::unique_ptr<ServerProcess>(new ServerProcess(pid, pipe[0], sockets));
}

ServerProcess::ServerProcess(pid_t pid, int errors, const std::string& sockets)
    : pid_(pid),
      errors_(errors),
      sockets_(sockets),
      connection_(client::MakeConnection(absl::StrCat("unix:", sockets, "p"))),
      admin_connection_(client::MakeAdminConnection(absl::StrCat("unix:", sockets, "a"))) {}

ServerProcess::~ServerProcess() {
  Kill();
  ::close(errors_);
  for (const char* const listener : {"p", "a"}) ::unlink((sockets_ + listener).c_str());
}

bool ServerProcess::ReadOutput(absl::Time deadline) {
  pollfd ready = {errors_, POLLIN, 0};
  if (::poll(&ready, 1, Until(deadline)) <= 0) return absl::Now() < deadline;
  std::array<char, 4096> buffer = {};
  const ssize_t count = ::read(errors_, buffer.data(), buffer.size());
  if (count <= 0) return false;
  output_.append(buffer.data(), static_cast<size_t>(count));
  return true;
}

bool ServerProcess::WaitUntilServing() {
  const absl::Time deadline = absl::Now() + kLongestStart;
  while (!absl::StrContains(output_, "serving\n")) {
    if (!ReadOutput(deadline)) return false;
  }
  return true;
}

void ServerProcess::SendKill() const { ::kill(pid_, SIGKILL); }

void ServerProcess::Kill() {
  if (ended_) return;
  SendKill();
  ::waitpid(pid_, &wait_status_, 0);
  ended_ = true;
}

bool ServerProcess::WaitForEnd(absl::Duration time) {
  if (ended_) return true;
  // When it has ended, and not before, the pipe is closed.
  const absl::Time deadline = absl::Now() + time;
  while (ReadOutput(deadline)) {
  }
  // A moment later it can be waited for.
  while (!ended_ && absl::Now() < deadline) {
    ended_ = ::waitpid(pid_, &wait_status_, WNOHANG) == pid_;
  }
  return ended_;
}

bool ServerProcess::WasKilled() const {
  return ended_ && WIFSIGNALED(wait_status_) && WTERMSIG(wait_status_) == SIGKILL;
}

}  // namespace codeset::crash
