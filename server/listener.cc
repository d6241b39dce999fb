#include "server/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

using model::MakeError;
using model::Reason;

constexpr absl::string_view kUnix = "unix:";

std::string PathOf(absl::string_view address) { return std::string(address.substr(kUnix.size())); }

// Whether somebody accepts connections on the socket.
bool IsListening(const std::string& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const bool connected =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(socket);
  return connected;
}

}  // namespace

bool IsUnixSocket(absl::string_view address) { return absl::StartsWith(address, kUnix); }

bool IsLoopback(absl::string_view address) {
  if (IsUnixSocket(address)) return true;
  const absl::string_view host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  in_addr number{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &number) == 1 &&
         (ntohl(number.s_addr) >> 24) == IN_LOOPBACKNET;
}

absl::Status CheckAddress(absl::string_view address) {
  if (IsUnixSocket(address)) {
    const size_t most = sizeof(sockaddr_un::sun_path) - 1;
    const size_t length = PathOf(address).size();
    if (length == 0 || length > most) {
      return MakeError(Reason::kArgumentInvalid,
                       absl::StrCat("the socket's path in ", address, " has ", length,
                                    " bytes, and this system takes 1 to ", most,
                                    "; name a shorter one with --admin-listen unix:PATH"));
    }
    return absl::OkStatus();
  }
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == absl::string_view::npos || colon == 0 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return MakeError(Reason::kArgumentInvalid,
                     absl::StrCat("\"", address, "\" is no address: write HOST:PORT or unix:PATH"));
  }
  return absl::OkStatus();
}

absl::Status ClearStaleSocket(absl::string_view address) {
  if (!IsUnixSocket(address)) return absl::OkStatus();
  const std::string path = PathOf(address);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return absl::OkStatus();
  if (!S_ISSOCK(status.st_mode)) {
    return MakeError(Reason::kStorageFailed,
                     absl::StrCat(path, " is no socket; remove it or listen elsewhere"));
  }
  if (IsListening(path)) {
    return MakeError(Reason::kStorageFailed,
                     absl::StrCat("another process listens on ", path, "; listen elsewhere"));
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return MakeError(
        Reason::kStorageFailed,
        absl::StrCat("the stale socket ", path, " cannot be removed: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

std::string WithPort(absl::string_view address, int port) {
  if (IsUnixSocket(address)) return std::string(address);
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

}  // namespace codeset::server
