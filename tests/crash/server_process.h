// A codesetd of a test, in a process of its own, so that it can be killed.
//
//   ASSIGN_OR_RETURN(auto server, ServerProcess::Start(CODESETD, {directory, sockets, audit}, ""));
//   if (server->WaitUntilServing()) …
//   server->Kill();
//
// Thread-safe where it says so.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cpp/admin_client.h"
#include "client/cpp/client.h"
#include "client/cpp/connection.h"

namespace codeset::crash {

// What a server is told.
struct ServerPaths {
  std::string data_dir;
  // Sockets are made under this name, followed by a number that no other has.
  std::string sockets;
  std::string audit_log;
};

// See above.
class ServerProcess {
 public:
  // Starts a program with the arguments of `codesetd serve`, and does not wait for it. `board` is
  // the file of its StepBoard; empty for none.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const std::string& program,
                                                              const ServerPaths& paths,
                                                              const std::string& board);
  // Kills it.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Whether it serves; false if it has ended first, or does neither within a minute.
  bool WaitUntilServing();

  // Sends SIGKILL; from any thread, while no other waits for the end.
  void SendKill() const;
  // Kills it, and waits for the end.
  void Kill();
  // Whether it ends within `time`, by itself or by what was sent. True once it has.
  bool WaitForEnd(absl::Duration time);
  // Whether it has ended, and by SIGKILL: it did not end by itself.
  bool WasKilled() const;

  // What it wrote on standard error, so far as it was waited for.
  const std::string& output() const { return output_; }

  // Calls to it. They share one connection.
  const std::shared_ptr<client::Connection>& connection() const { return connection_; }
  client::Client client() const { return client::Client(connection_); }
  client::AdminClient admin() const { return client::AdminClient(admin_connection_); }

 private:
  ServerProcess(pid_t pid, int errors, const std::string& sockets);

  // Reads what it writes, at most until `deadline`; false at the end.
  bool ReadOutput(absl::Time deadline);

  const pid_t pid_;
  // Its standard error.
  const int errors_;
  const std::string sockets_;
  std::string output_;
  bool ended_ = false;
  // As waitpid tells it.
  int wait_status_ = 0;
  std::shared_ptr<client::Connection> connection_;
  std::shared_ptr<client::AdminConnection> admin_connection_;
};

}  // namespace codeset::crash
