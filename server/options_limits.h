// The options of `codesetd serve` that bound what clients can make it spend.
//
// Thread-safe: a free function.
#pragma once

#include <CLI/CLI.hpp>

#include "server/options.h"

namespace codeset::server {

// Adds the options to `serve`; they are read into `serve`, which outlives the parsing.
void AddLimitOptions(CLI::App& serve_app, ServeCommand& serve);

}  // namespace codeset::server
