// The part of codesetd's command line that says what those who watch it are told.
//
// Included by options.cc alone, as CLI11 is used there alone. Not thread-safe: one command line is
// read at a time.
#pragma once

#include <CLI/CLI.hpp>

#include "server/options.h"

namespace codeset::server {

// Adds what `codesetd serve` takes about metrics and its log.
void AddTelemetryOptions(CLI::App& serve_app, ServeCommand& serve);

}  // namespace codeset::server
