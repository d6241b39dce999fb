#include "server/hash_token.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/admin_tokens.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

absl::Status WriteToken(const std::string& path, const std::string& token) {
  const auto failed = [&] {
    return model::MakeError(
        model::Reason::kArgumentInvalid,
        absl::StrCat("the token cannot be written to ", path, ": ", std::strerror(errno)));
  };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return failed();
  const std::string line = token + "\n";
  const bool written = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (::close(file) != 0 || !written) return failed();
  return absl::OkStatus();
}

}  // namespace

absl::Status HashToken(const HashTokenCommand& command, std::istream& in, std::ostream& out) {
  std::string token;
  if (command.generate.empty()) {
    // One more than a token may have, so that a longer one shows.
    token.resize(kMaxTokenBytes + 2);
    in.read(token.data(), static_cast<std::streamsize>(token.size()));
    token.resize(static_cast<size_t>(in.gcount()));
    token = std::string(absl::StripAsciiWhitespace(token));
  } else {
    ASSIGN_OR_RETURN(token, RandomToken());
  }
  // Before anything is written.
  ASSIGN_OR_RETURN(const std::string line, TokenLine(command.name, token));
  if (!command.generate.empty()) RETURN_IF_ERROR(WriteToken(command.generate, token));
  out << line << std::endl;
  if (!out.good()) {
    return model::MakeError(model::Reason::kStorageFailed,
                            "the line for the token file could not be written; is the disk full?");
  }
  return absl::OkStatus();
}

}  // namespace codeset::server
