// `codesetd hash-token`: makes a line of a token file, without the token ever being on a command
// line or on the screen.
#pragma once

#include <istream>
#include <ostream>

#include "absl/status/status.h"
#include "server/options.h"

namespace codeset::server {

// Reads a token from `in`, or makes one and writes it to the file that the command names, for its
// owner alone; writes its line (admin_tokens.h) to `out`. ARGUMENT_INVALID for a bad name or token,
// and where the file is there already or cannot be written.
absl::Status HashToken(const HashTokenCommand& command, std::istream& in, std::ostream& out);

}  // namespace codeset::server
