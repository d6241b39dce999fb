// The command-line client as a function.
//
//   Environment environment{std::cout, std::cerr, …};
//   return static_cast<int>(Run({"lookup", "M99.86"}, environment));
//
// Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "client/codesetctl/environment.h"

namespace codeset::ctl {

// Runs one command line, `args` being the words after the program's name.
ExitCode Run(const std::vector<std::string>& args, const Environment& environment);

}  // namespace codeset::ctl
