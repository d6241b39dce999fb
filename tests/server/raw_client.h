// A client that speaks HTTP/2 by hand, to do what gRPC's own never would: ask, and take nothing of
// the answer; or send what it may not.
//
//   RawClient client(port);
//   client.Ask("/codeset.v1.Terminology/BatchGetConcepts", request.SerializeAsString());
//   EXPECT_TRUE(client.AreAnswered(1, absl::Seconds(5)));   // its answer waits for this client
//   EXPECT_TRUE(client.IsReset(absl::Seconds(5)));
//
//   RawClient client("/run/codeset/admin.sock");
//   client.Begin("/codeset.v1.Admin/LoadRelease");
//   client.Stream(options.SerializeAsString());
//   client.BreakProtocol();
//
// Not thread-safe.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace codeset::server {

// See above.
class RawClient {
 public:
  // Connects to a port of this machine, where it takes nothing that answers hold.
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)), takes_(false) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    // SETTINGS_INITIAL_WINDOW_SIZE (4) of 0: not one byte of an answer may be sent.
    Send(kPreface + Frame(kSettings, 0, 0, std::string("\0\4\0\0\0\0", 6)));
  }
  // Connects to a Unix socket, where it takes what comes.
  explicit RawClient(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)), takes_(true) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_LT(path.size(), sizeof(address.sun_path));
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    Send(kPreface + Frame(kSettings, 0, 0, ""));
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // Makes one whole call; may be repeated.
  void Ask(const std::string& method, const std::string& message) {
    constexpr int kEndStream = 1;
    Begin(method);
    Send(Frame(kData, kEndStream, stream_, Body(message)));
  }

  // Begins a call of which the messages follow.
  void Begin(const std::string& method) {
    stream_ += 2;
    std::string headers;
    for (const auto& [name, value] : {std::pair<std::string, std::string>{":method", "POST"},
                                      {":scheme", "http"},
                                      {":path", method},
                                      {":authority", "localhost"},
                                      {"content-type", "application/grpc"},
                                      {"te", "trailers"}}) {
      // A literal without indexing, with a name of its own.
      headers += '\0';
      headers += static_cast<char>(name.size()) + name;
      headers += static_cast<char>(value.size()) + value;
    }
    constexpr int kEndHeaders = 4;
    Send(Frame(kHeaders, kEndHeaders, stream_, headers));
  }

  // Sends one message of the call that was begun, of at most 16 KiB.
  void Stream(const std::string& message) { Send(Frame(kData, 0, stream_, Body(message))); }

  // Sends a frame of the call that was begun with a flag that gRPC does not take (padding), upon
  // which it breaks the stream off, as it does where more comes than it has allowed for.
  void BreakProtocol() {
    constexpr int kPadded = 8;
    Send(Frame(kData, kPadded, stream_, std::string(1, '\0')));
  }

  // Whether the server breaks a call off within `limit`.
  bool IsReset(absl::Duration limit) {
    return ReadUntil(limit, [this] { return !resets_.empty(); });
  }

  // The same with this code of HTTP/2.
  static constexpr uint32_t kProtocolError = 1;
  bool IsReset(absl::Duration limit, uint32_t code) {
    return ReadUntil(limit, [this, code] { return resets_.count(code) > 0; });
  }

  // Whether so many calls have been answered within `limit`, so far as the client lets the server:
  // by their headers.
  bool AreAnswered(int calls, absl::Duration limit) {
    return ReadUntil(limit, [this, calls] { return headers_ >= calls; });
  }

  // Whether the server closes the connection within `limit`.
  bool IsClosed(absl::Duration limit) {
    return ReadUntil(limit, [this] { return closed_; });
  }

 private:
  static constexpr size_t kFrameHead = 9;
  static constexpr char kData = 0, kHeaders = 1, kReset = 3, kSettings = 4;

  static inline const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  // A message as gRPC frames it.
  static std::string Body(const std::string& message) {
    return std::string(1, '\0') + Number(message.size(), 4) + message;
  }

  static std::string Number(size_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
    return text;
  }

  static std::string Frame(char type, int flags, size_t stream, const std::string& payload) {
    return Number(payload.size(), 3) + type + static_cast<char>(flags) + Number(stream, 4) +
           payload;
  }

  // Reads what comes until the condition holds; false where it does not within `limit`.
  bool ReadUntil(absl::Duration limit, const std::function<bool()>& holds) {
    const absl::Time end = absl::Now() + limit;
    while (!holds()) {
      pollfd event{socket_, POLLIN, 0};
      const int64_t left = absl::ToInt64Milliseconds(end - absl::Now());
      if (closed_ || left <= 0 || ::poll(&event, 1, static_cast<int>(left)) != 1) return false;
      char buffer[4096];
      const ssize_t count = ::recv(socket_, buffer, sizeof(buffer), 0);
      closed_ = count <= 0;
      if (closed_) continue;
      read_.append(buffer, static_cast<size_t>(count));
      while (TakeFrame()) {
      }
    }
    return true;
  }

  // Takes a frame off what was read, if all of it is there.
  bool TakeFrame() {
    if (read_.size() < kFrameHead) return false;
    size_t size = 0;
    for (int i = 0; i < 3; ++i) size = size << 8 | static_cast<unsigned char>(read_[i]);
    if (read_.size() < kFrameHead + size) return false;
    if (read_[3] == kReset) {
      uint32_t code = 0;
      for (size_t i = kFrameHead; i < kFrameHead + size; ++i) {
        code = code << 8 | static_cast<unsigned char>(read_[i]);
      }
      resets_.insert(code);
    }
    if (read_[3] == kHeaders) ++headers_;
    EXPECT_FALSE(!takes_ && read_[3] == kData && size > 0) << "the server sent what it may not";
    read_.erase(0, kFrameHead + size);
    return true;
  }

  void Send(const std::string& bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  const int socket_;
  const bool takes_;
  // The number of the call that was begun last: odd from 1 on.
  size_t stream_ = static_cast<size_t>(-1);
  std::string read_;
  std::set<uint32_t> resets_;
  int headers_ = 0;
  bool closed_ = false;
};

}  // namespace codeset::server
