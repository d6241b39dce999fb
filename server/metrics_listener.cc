#include "server/metrics_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/listener.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

// A scrape takes a millisecond.
constexpr char kThreads[] = "2";
// Who takes longer to ask, or to take the answer, is let go of.
constexpr char kTimeoutMilliseconds[] = "10000";
constexpr absl::Duration kBetweenKnocks = absl::Milliseconds(10);

// Connects to a port of this machine, to wake who waits for connections there.
void Knock(int port) {
  sockaddr_in four = {};
  four.sin_family = AF_INET;
  four.sin_port = htons(static_cast<uint16_t>(port));
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 six = {};
  six.sin6_family = AF_INET6;
  six.sin6_port = four.sin_port;
  six.sin6_addr = in6addr_loopback;
  const auto knock = [](int family, const void* address, socklen_t size) {
    const int file = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) return;
    ::connect(file, static_cast<const sockaddr*>(address), size);
    ::close(file);
  };
  knock(AF_INET, &four, sizeof(four));
  knock(AF_INET6, &six, sizeof(six));
}

}  // namespace

absl::Status CheckMetricsAddress(absl::string_view address) {
  RETURN_IF_ERROR(CheckAddress(address));
  if (!IsUnixSocket(address)) return absl::OkStatus();
  return model::MakeError(model::Reason::kArgumentInvalid,
                          "metrics are served over HTTP: name a HOST:PORT with --metrics-address");
}

absl::StatusOr<std::unique_ptr<MetricsListener>> MetricsListener::Open(
    const std::string& address,
    std::vector<std::shared_ptr<prometheus::Collectable>> collectables) {
  RETURN_IF_ERROR(CheckMetricsAddress(address));
  std::unique_ptr<MetricsListener> listener(new MetricsListener);
  listener->collectables_ = std::move(collectables);
  try {
    listener->exposer_ = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", address, "num_threads", kThreads,
                                 "request_timeout_ms", kTimeoutMilliseconds});
  } catch (const std::exception&) {
    // What it says is about the library's own options.
    return model::MakeError(
        model::Reason::kStorageFailed,
        absl::StrCat("cannot serve metrics on ", address, "; is another process listening there?"));
  }
  for (const auto& collectable : listener->collectables_) {
    listener->exposer_->RegisterCollectable(collectable);
  }
  const std::vector<int> ports = listener->exposer_->GetListeningPorts();
  listener->port_ = ports.empty() ? 0 : ports.front();
  listener->address_ = WithPort(address, listener->port_);
  return listener;
}

MetricsListener::~MetricsListener() {
  if (exposer_ == nullptr) return;
  // civetweb looks every two seconds whether it is to stop, unless somebody knocks.
  std::atomic<bool> gone = false;
  std::thread knocking([&] {
    while (!gone) {
      Knock(port_);
      absl::SleepFor(kBetweenKnocks);
    }
  });
  exposer_.reset();
  gone = true;
  knocking.join();
}

}  // namespace codeset::server
