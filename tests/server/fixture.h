// A store in a temporary folder, the bundled miniature, a clock, and a running server over
// them.
//
//   ServerFixture fixture;                // store and server on any port
//   fixture.Load("2025");                 // from the miniature
//   auto stub = v1::Terminology::NewStub(fixture.server().InProcessChannel());
//
// Not thread-safe.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "server/loader.h"
#include "server/server.h"
#include "storage/source/input.h"
#include "storage/store/store.h"

namespace codeset::server {

// The files of one release of the miniature.
inline std::vector<source::InputFile> MiniatureFiles(const std::string& id) {
  auto files =
      source::ReadInputFiles({absl::StrCat(CODESET_SOURCE_DIR "/tests/data/miniature/", id)});
  EXPECT_TRUE(files.ok()) << files.status();
  return *std::move(files);
}

// The reason of an error as a client reads it; empty without one, and where there is not
// exactly one.
inline std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  std::vector<std::string> reasons;
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    if (any.UnpackTo(&info)) reasons.push_back(info.reason());
  }
  return reasons.size() == 1 ? reasons[0] : "";
}

// A fact of an error as a client reads it.
inline std::string FactIn(const grpc::Status& status, const std::string& name) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    if (any.UnpackTo(&info) && info.metadata().contains(name)) return info.metadata().at(name);
  }
  return "";
}

// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "codeset-server-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// See above.
class ServerFixture {
 public:
  // Those who watch are told by the options, of the fixture's data directory.
  explicit ServerFixture(TelemetryOptions telemetry = {}) : telemetry_(std::move(telemetry)) {
    Start();
  }

  // 2026-11-23, noon in New York, until it is set otherwise.
  void SetNow(absl::Time now) { now_ = absl::ToUnixSeconds(now); }
  void SetNow(const std::string& rfc3339) {
    absl::Time now;
    std::string error;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &now, &error)) << error;
    SetNow(now);
  }

  // Ends server and store, and opens both again over the same folder.
  void Restart() {
    server_.reset();
    store_.reset();
    Start();
  }

  // Ends both, has the folder changed, and opens both again.
  void Change(const std::function<void(const std::string& folder)>& change) {
    server_.reset();
    store_.reset();
    change(folder_.path());
    Start();
  }

  // Of the same clock and register as the store.
  Backend backend() { return {*store_, model::EditionRegister::BuiltIn(), clock()}; }
  store::Store& store() { return *store_; }
  Server& server() { return *server_; }
  const std::string& folder() const { return folder_.path(); }

  // Loads a release of the miniature, past the server.
  v1::LoadReport Load(const std::string& id) {
    v1::LoadOptions options;
    options.set_release_id(id);
    auto report = LoadRelease(*store_, options, MiniatureFiles(id), {});
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *std::move(report) : v1::LoadReport();
  }

 private:
  model::Clock clock() {
    return [this] { return absl::FromUnixSeconds(now_); };
  }

  void Start() {
    store::StoreOptions options;
    options.owner = "a test";
    options.clock = clock();
    auto store = store::Store::Open(folder_.path(), options);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    ServerOptions server_options = {"127.0.0.1:0",
                                    absl::StrCat("unix:", folder_.path(), "/admin.sock")};
    server_options.telemetry = telemetry_;
    server_options.telemetry.data_dir = folder_.path();
    auto server = Server::Start(backend(), server_options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::atomic<int64_t> now_ =
      absl::ToUnixSeconds(absl::FromCivil(absl::CivilHour(2026, 11, 23, 17), absl::UTCTimeZone()));
  const TelemetryOptions telemetry_;
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Server> server_;
};

}  // namespace codeset::server
