// What codesetctl sees of the world, so that tests can give it another one.
//
// Data goes to `out` and nothing else does; everything said to a person goes to `err`.
// Not thread-safe: one command runs at a time.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/codesetctl/tls_look.h"
#include "client/cpp/connection.h"
#include "client/cpp/connection_options.h"
#include "client/cpp/probe.h"

namespace codeset::ctl {

// How a command ended; the program's exit code.
enum class ExitCode {
  // Done.
  kDone = 0,
  // The answer is no: a code not found, not subsumed, no common ancestor, addenda that are
  // not reproduced, a limit of changes exceeded, a list of codes that breaks.
  kNo = 1,
  // The command line is wrong, or the server says that what was typed is.
  kUsage = 2,
  // Of doctor: something fails.
  kFailing = 2,
  // The server refused, could not be reached, or does not know the answer.
  kRefused = 3,
  // The reader of standard output went away (`| head`): 128 + SIGPIPE, as shells tell it.
  kReaderGone = 141,
};

struct Environment {
  std::ostream& out;
  std::ostream& err;
  // Columns of the terminal behind `out`; nothing if it is none: tables are then as wide
  // as their content.
  std::optional<int> columns;
  // Whether `err` is a terminal: progress is shown there.
  bool err_is_terminal = false;
  // The value of an environment variable; empty if it is not set.
  std::function<std::string(const std::string& name)> variable;
  // Connections to an address; INVALID_ARGUMENT for options that are wrong.
  std::function<absl::StatusOr<std::shared_ptr<client::Connection>>(
      const std::string& address, const client::ConnectionOptions& options)>
      connect;
  std::function<absl::StatusOr<std::shared_ptr<client::AdminConnection>>(
      const std::string& address, const client::ConnectionOptions& options)>
      connect_admin;
  // Whether nobody reads `out` any more. Asked after writing failed, to tell a reader that
  // stopped early from a disk that is full.
  std::function<bool()> reader_gone = nullptr;
  // Standard input, for lists that are piped in; nothing to read without it.
  std::istream* in = nullptr;
  // The name of this machine, for the record of who moved a label; empty if not known.
  std::string host = "";
  // The name of the user who runs the program, by the system's own records; empty if not known.
  std::string user = "";
  // The time; the system's without it.
  std::function<absl::Time()> now = nullptr;
  // What doctor looks through: a probe of an address, and a look at the certificate that it shows.
  std::function<absl::StatusOr<std::shared_ptr<client::Probe>>(
      const std::string& address, const client::ConnectionOptions& options, bool with_token)>
      probe = nullptr;
  std::function<TlsLook(const std::string& address, const client::ConnectionOptions& options)>
      look_at_tls = nullptr;
};

}  // namespace codeset::ctl
