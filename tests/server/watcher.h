// What tests of telemetry share: an HTTP client, a reader of metrics, the server's log.
//
// Not thread-safe.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "codeset/v1/monitoring.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "server/log.h"
#include "server/telemetry_options.h"
#include "tests/server/fixture.h"

namespace codeset::server {

// In metadata, and nowhere else.
inline constexpr char kSecret[] = "correct-horse-battery-staple-0123456789";

// What an HTTP server at 127.0.0.1:PORT answers to a GET, headers and all.
inline std::string Get(const std::string& address, const std::string& path) {
  const int file = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in peer = {};
  peer.sin_family = AF_INET;
  peer.sin_port =
      htons(static_cast<uint16_t>(std::atoi(address.substr(address.rfind(':') + 1).c_str())));
  ::inet_pton(AF_INET, "127.0.0.1", &peer.sin_addr);
  EXPECT_EQ(::connect(file, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)), 0) << address;
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(::send(file, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char block[4096];
  for (ssize_t n = 0; (n = ::recv(file, block, sizeof(block), 0)) > 0;) {
    answer.append(block, static_cast<size_t>(n));
  }
  ::close(file);
  return answer;
}

// The value of the sample of a name that has all of these labels (`code="OK"`).
inline std::optional<double> ValueIn(const std::string& metrics, const std::string& name,
                                     const std::vector<std::string>& labels = {}) {
  for (const absl::string_view line : absl::StrSplit(metrics, '\n')) {
    const size_t space = line.rfind(' ');
    if (space == absl::string_view::npos || !absl::StartsWith(line, name)) continue;
    const absl::string_view after = line.substr(name.size());
    if (after[0] != ' ' && after[0] != '{') continue;
    bool all = true;
    for (const std::string& label : labels) all = all && absl::StrContains(line, label);
    double value = 0;
    if (all && absl::SimpleAtod(line.substr(space + 1), &value)) return value;
  }
  return std::nullopt;
}

// What the server logs until it is asked for.
class CapturedLog {
 public:
  explicit CapturedLog(LogFormat format = LogFormat::kJson) {
    SetLog({format, Severity::kInfo});
    ::testing::internal::CaptureStderr();
  }
  ~CapturedLog() {
    if (!taken_) Take();
  }
  std::string Take() {
    taken_ = true;
    SetLog({});
    return ::testing::internal::GetCapturedStderr();
  }

 private:
  bool taken_ = false;
};

inline TelemetryOptions Counting() {
  TelemetryOptions options;
  options.metrics_address = "127.0.0.1:0";
  return options;
}

inline TelemetryOptions Talkative() {
  TelemetryOptions options;
  options.log_calls = true;
  return options;
}

inline v1::GetConceptRequest Ask(const std::string& id, const std::string& release) {
  v1::GetConceptRequest request;
  request.set_id(id);
  request.mutable_release()->set_release(release);
  // For which a whole image is needed, and so all that is damaged is met.
  request.set_view(v1::CONCEPT_VIEW_EFFECTIVE);
  return request;
}

inline grpc::Status GetConcept(ServerFixture& fixture, const std::string& id,
                               const std::string& release, grpc::ClientContext& context) {
  v1::GetConceptResponse response;
  return v1::Terminology::NewStub(fixture.server().InProcessChannel())
      ->GetConcept(&context, Ask(id, release), &response);
}

inline grpc::Status GetConcept(ServerFixture& fixture, const std::string& id,
                               const std::string& release) {
  grpc::ClientContext context;
  return GetConcept(fixture, id, release, context);
}

inline std::string IdIn(const grpc::ClientContext& context) {
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto place = trailing.find("x-request-id");
  return place == trailing.end() ? "" : std::string(place->second.data(), place->second.size());
}

inline v1::GetServerStatusResponse StatusOf(ServerFixture& fixture) {
  grpc::ClientContext context;
  v1::GetServerStatusResponse response;
  const grpc::Status status = v1::Monitoring::NewStub(fixture.server().InProcessAdminChannel())
                                  ->GetServerStatus(&context, {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

}  // namespace codeset::server
