// The part of codesetd's command line that says who may call it.
//
// Included by options.cc alone, as CLI11 is used there alone. Not thread-safe: one command line is
// read at a time.
#pragma once

#include <CLI/CLI.hpp>

#include "server/options.h"

namespace codeset::server {

// Adds what `codesetd serve` takes about certificates, tokens and the audit log.
void AddSecurityOptions(CLI::App& serve_app, ServeCommand& serve);

// Adds `codesetd hash-token`.
CLI::App* AddHashTokenCommand(CLI::App& app, HashTokenCommand& command);

}  // namespace codeset::server
