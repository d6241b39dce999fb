#include "tests/benchmark/sockets.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace codeset::bench {
namespace {

constexpr int kMostEvents = 64;

absl::Status Failed(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<std::pair<std::string, int>> SplitAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", address, "\" is not HOST:PORT"));
  }
  return std::make_pair(address.substr(0, colon), port);
}

absl::Status SendAll(int socket, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      pollfd wanted = {socket, POLLOUT, 0};
      if (::poll(&wanted, 1, -1) < 0 && errno != EINTR) return Failed("poll");
    } else if (errno != EINTR) {
      return Failed("send");
    }
  }
  return absl::OkStatus();
}

ReadableSockets::ReadableSockets() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

ReadableSockets::~ReadableSockets() { ::close(epoll_); }

absl::Status ReadableSockets::Add(int socket, int number) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = number;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) return Failed("epoll_ctl");
  return absl::OkStatus();
}

absl::StatusOr<absl::Span<const int>> ReadableSockets::Wait(Clock::time_point deadline) {
  using std::chrono::duration_cast;
  using std::chrono::nanoseconds;
  const nanoseconds left =
      std::max(nanoseconds(0), duration_cast<nanoseconds>(deadline - Clock::now()));
  const timespec timeout = {left.count() / 1'000'000'000, left.count() % 1'000'000'000};
  epoll_event events[kMostEvents];
  const int ready = ::epoll_pwait2(epoll_, events, kMostEvents, &timeout, nullptr);
  if (ready < 0 && errno != EINTR) return Failed("epoll_pwait2");
  numbers_.clear();
  for (int i = 0; i < ready; ++i) numbers_.push_back(events[i].data.fd);
  return absl::MakeConstSpan(numbers_);
}

}  // namespace codeset::bench
