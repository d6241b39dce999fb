// The command line of codesetd.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "codeset/v1/admin.pb.h"
#include "server/call_gate.h"
#include "server/log.h"
#include "server/telemetry_options.h"
#include "server/tls_files.h"

namespace codeset::server {

// `codesetd serve`.
struct ServeCommand {
  std::string data_dir;
  std::string listen = "127.0.0.1:7460";
  // Empty for a socket in the data directory.
  std::string admin_listen;
  // An operator's additions to the edition register; empty for none.
  std::string edition_register;
  // An operator's additions to the register of source editions; empty for none.
  std::string source_editions;
  // After so many days a verification is expired.
  int verification_days = 365;
  int drain_seconds = 10;
  // So long it says that it stops, and serves on.
  int drain_notice_seconds = 0;
  // Every so many hours all that is stored is proved, 0 for never; and how fast.
  int scrub_hours = 24;
  int scrub_mib_per_second = 16;
  // Certificates of the public and of the admin listener; all empty for none.
  TlsFiles tls;
  TlsFiles admin_tls;
  std::string admin_token_file;
  // Empty for standard error.
  std::string audit_log;
  // So long a stream may stand still, or an answer not be taken.
  int stream_idle_seconds = 300;
  // So much at a time, but for answer_bytes, which are those of max_answer_mib.
  CallLimits call_limits;
  int max_answer_mib = 256;
  // After so long a connection without calls is closed; and any is told to connect anew, 0 for
  // never.
  int connection_idle_seconds = 900;
  int connection_age_seconds = 0;
  // What those who watch it are told; `slow_call` is in `slow_call_milliseconds`.
  TelemetryOptions telemetry;
  int slow_call_milliseconds = 1000;
  LogSettings log;
};

// `codesetd load`.
struct LoadCommand {
  std::string data_dir;
  std::vector<std::string> paths;
  v1::LoadOptions options;
};

// `codesetd adopt`.
struct AdoptCommand {
  std::string data_dir;
};

// `codesetd restore`.
struct RestoreCommand {
  std::string data_dir;
  // The folder of backups.
  std::string from;
  // The backup's number; 0 for the newest.
  uint32_t backup = 0;
  bool dry_run = false;
};

// `codesetd migrate`.
struct MigrateCommand {
  std::string data_dir;
  // The data directory to make.
  std::string to;
  bool accept_changes = false;
};

// `codesetd hash-token`.
struct HashTokenCommand {
  std::string name;
  // The file to write a new token to; empty where one is read from standard input.
  std::string generate;
};

// What the command line came to: a command, or the exit code where there is nothing left to
// do (help, version, or a usage error, which was printed).
using CommandLine = std::variant<ServeCommand, LoadCommand, AdoptCommand, RestoreCommand,
                                 MigrateCommand, HashTokenCommand, int>;

// The exit codes of codesetd.
inline constexpr int kExitDone = 0;
// The command line or the files are wrong.
inline constexpr int kExitUsage = 2;
// Refused, or the data directory or an address could not be opened.
inline constexpr int kExitRefused = 3;

// Reads the command line. Prints help and version on standard output, usage errors on
// standard error.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace codeset::server
