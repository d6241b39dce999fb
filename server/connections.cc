#include "server/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "server/listener.h"

namespace codeset::server {
namespace {

// How often it is looked for connections that are still there.
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(5);

// An address as a socket has it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);

  sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Which port or path it is: `:7460`, `unix:PATH`; empty for others.
std::string NameOf(const SocketAddress& address) {
  switch (address.storage.ss_family) {
    case AF_INET:
      return absl::StrCat(":",
                          ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port));
    case AF_INET6:
      return absl::StrCat(
          ":", ntohs(reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port));
    case AF_UNIX: {
      const auto* const local = reinterpret_cast<const sockaddr_un*>(&address.storage);
      const size_t length = address.size - offsetof(sockaddr_un, sun_path);
      const char* const end = std::find(local->sun_path, local->sun_path + length, '\0');
      return absl::StrCat("unix:", std::string(local->sun_path, end));
    }
    default:
      return "";
  }
}

// Whether a peer may be one that gRPC names so: `ipv4:127.0.0.1:49152`, `ipv6:%5B::1%5D:49152`,
// `unix:`. Looked at are kind and port: that another host has the same port does no harm, and that
// an address is written in two ways would.
bool MayBe(const SocketAddress& peer, absl::string_view name) {
  if (peer.storage.ss_family == AF_UNIX) return absl::StartsWith(name, "unix:");
  if (absl::StartsWith(name, "unix:")) return false;
  return absl::EndsWith(name, NameOf(peer));
}

// Calls `use` for every socket that listens on one of the addresses, or was accepted there.
void ForEachSocket(const std::vector<std::string>& addresses,
                   const std::function<void(int socket, bool listens)>& use) {
  std::vector<std::string> names;
  names.reserve(addresses.size());
  for (const std::string& address : addresses) {
    names.push_back(IsUnixSocket(address) ? address : address.substr(address.rfind(':')));
  }
  std::vector<int> descriptors;
  std::error_code error;
  for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
       file.increment(error)) {
    int descriptor = -1;
    if (absl::SimpleAtoi(file->path().filename().string(), &descriptor)) {
      descriptors.push_back(descriptor);
    }
  }
  for (const int socket : descriptors) {
    SocketAddress local;
    if (::getsockname(socket, local.pointer(), &local.size) != 0) continue;
    if (std::find(names.begin(), names.end(), NameOf(local)) == names.end()) continue;
    int listens = 0;
    socklen_t size = sizeof(listens);
    ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
    use(socket, listens != 0);
  }
}

}  // namespace

void StopListening(const std::vector<std::string>& addresses) {
  ForEachSocket(addresses, [](int socket, bool listens) {
    if (listens) ::shutdown(socket, SHUT_RDWR);
  });
}

void EndConnections(const std::vector<std::string>& addresses,
                    const std::vector<std::string>& busy) {
  ForEachSocket(addresses, [&](int socket, bool listens) {
    SocketAddress peer;
    if (listens || ::getpeername(socket, peer.pointer(), &peer.size) != 0) return;
    const bool is_busy = std::any_of(busy.begin(), busy.end(),
                                     [&](const std::string& name) { return MayBe(peer, name); });
    // One way alone: closing what has unread requests would throw away what its client has not
    // read yet.
    if (!is_busy) ::shutdown(socket, SHUT_WR);
  });
}

void AwaitNoConnections(const std::vector<std::string>& addresses, absl::Time deadline) {
  while (absl::Now() < deadline) {
    int connections = 0;
    // What listened does not any more, but is no connection.
    ForEachSocket(addresses, [&](int socket, bool listens) {
      SocketAddress peer;
      if (!listens && ::getpeername(socket, peer.pointer(), &peer.size) == 0) ++connections;
    });
    if (connections == 0) return;
    absl::SleepFor(kBetweenLooks);
  }
}

}  // namespace codeset::server
