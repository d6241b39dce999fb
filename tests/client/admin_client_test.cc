#include "client/cpp/admin_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/client/mock_connection.h"

namespace codeset::client {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

// What an upload did, kept beyond the stream.
struct Upload {
  std::vector<v1::LoadReleaseRequest> requests;
  bool done = false;
  bool cancelled = false;
};

// Takes `limit` messages, then answers with a step and a report, or with an error.
class RecordingStream : public LoadStream {
 public:
  RecordingStream(std::shared_ptr<Upload> upload, std::size_t limit, absl::Status end)
      : upload_(std::move(upload)), limit_(limit), end_(std::move(end)) {}

  bool Write(const v1::LoadReleaseRequest& request) override {
    if (upload_->requests.size() >= limit_) return false;
    upload_->requests.push_back(request);
    return true;
  }
  void WritesDone() override { upload_->done = true; }
  void Cancel() override { upload_->cancelled = true; }
  absl::StatusOr<std::optional<v1::LoadReleaseResponse>> Next() override {
    if (!end_.ok()) return end_;
    if (++read_ > 2) return std::optional<v1::LoadReleaseResponse>();
    v1::LoadReleaseResponse response;
    if (read_ == 1) response.mutable_progress()->set_step("reconciling");
    if (read_ == 2) response.mutable_report()->set_outcome(v1::LOAD_OUTCOME_LOADED);
    return std::optional<v1::LoadReleaseResponse>(response);
  }

 private:
  std::shared_ptr<Upload> upload_;
  std::size_t limit_;
  absl::Status end_;
  int read_ = 0;
};

class AdminClientTest : public ::testing::Test {
 protected:
  AdminClientTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) /
              absl::StrCat("admin_client_test_", info->name(), "_", getpid());
    fs::create_directories(folder_ / "sub");
  }
  ~AdminClientTest() override { fs::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& content) {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }

  AdminClient MakeClient(std::size_t limit = 1000, const absl::Status& end = absl::OkStatus()) {
    auto connection = std::make_shared<MockAdminConnection>();
    EXPECT_CALL(*connection, LoadRelease).WillOnce([this, limit, end](const CallOptions&) {
      return std::make_unique<RecordingStream>(upload_, limit, end);
    });
    return AdminClient(connection);
  }

  fs::path folder_;
  std::shared_ptr<Upload> upload_ = std::make_shared<Upload>();
};

TEST_F(AdminClientTest, WalksFoldersSortedWithRelativeNames) {
  Write("b.txt", "b");
  Write("sub/a.txt", "a");
  const std::string loose = Write("loose.zip", "z");
  const absl::StatusOr<std::vector<LocalFile>> files = FindFiles({folder_.string()});
  ASSERT_TRUE(files.ok()) << files.status();
  std::vector<std::string> names;
  for (const LocalFile& file : *files) names.push_back(file.name);
  EXPECT_THAT(names, ElementsAre("b.txt", "loose.zip", "sub/a.txt"));
  EXPECT_THAT(*FindFiles({loose}), ElementsAre(LocalFile{"loose.zip", loose}));
}

// A disk may hold any bytes as a name; protobuf would refuse to send them.
TEST_F(AdminClientTest, WritesBytesOfNamesThatAreNoCharactersAsNumbers) {
  const std::string odd = Write("S\xE9zary.txt", "1");
  EXPECT_THAT(*FindFiles({odd}), ElementsAre(LocalFile{"S\\xE9zary.txt", odd}));
  EXPECT_THAT(*FindFiles({folder_.string()}), ElementsAre(LocalFile{"S\\xE9zary.txt", odd}));
  EXPECT_FALSE(FindFiles({(folder_ / "no\xE9").string()}).ok());
}

TEST_F(AdminClientTest, RefusesPathsThatCannotBeLoaded) {
  const std::string one = Write("same.txt", "1");
  const std::string two = Write("sub/same.txt", "2");
  fs::create_directories(folder_ / "empty");
  EXPECT_EQ(FindFiles({(folder_ / "missing").string()}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(FindFiles({one, two}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FindFiles({(folder_ / "empty").string()}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(AdminClientTest, SendsOptionsThenChunksThenHalfCloses) {
  const std::size_t size = static_cast<std::size_t>(kUploadChunkBytes) * 2 + 5;
  std::string content(size, 'x');
  content[0] = 'a';
  content[size - 1] = 'z';
  Write("big.txt", content);
  Write("empty.txt", "");
  Write("exact.txt", std::string(static_cast<std::size_t>(kUploadChunkBytes), 'e'));
  v1::LoadOptions load;
  load.set_release_id("2026");
  std::vector<std::string> steps;
  const absl::StatusOr<v1::LoadReport> report = MakeClient().LoadPaths(
      load, {folder_.string()}, [&](absl::string_view step) { steps.emplace_back(step); });
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_LOADED);
  ASSERT_EQ(upload_->requests.size(), 7U);
  EXPECT_EQ(upload_->requests[0].options().release_id(), "2026");
  std::string joined;
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(upload_->requests[i].chunk().name(), "big.txt");
    EXPECT_LE(upload_->requests[i].chunk().data().size(), std::size_t{kUploadChunkBytes});
    joined += upload_->requests[i].chunk().data();
  }
  EXPECT_TRUE(joined == content);
  EXPECT_EQ(upload_->requests[4].chunk().name(), "empty.txt");
  EXPECT_EQ(upload_->requests[5].chunk().name(), "exact.txt");
  EXPECT_EQ(upload_->requests[6].end().files(), 3);
  EXPECT_EQ(upload_->requests[6].end().bytes(), content.size() + kUploadChunkBytes);
  EXPECT_TRUE(upload_->done);
  EXPECT_FALSE(upload_->cancelled);
  EXPECT_EQ(steps.back(), "reconciling");
}

TEST_F(AdminClientTest, CancelsInsteadOfHalfClosingWhenAFileCannotBeRead) {
  const absl::StatusOr<v1::LoadReport> report =
      MakeClient().LoadRelease({}, {{"gone.txt", (folder_ / "gone.txt").string()}}, nullptr);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(upload_->cancelled);
  EXPECT_FALSE(upload_->done);
}

TEST_F(AdminClientTest, GivesTheServersErrorWhenItEndsTheUploadEarly) {
  const std::string path = Write("a.txt", "a");
  const absl::StatusOr<v1::LoadReport> report =
      MakeClient(1, absl::ResourceExhaustedError("too large")).LoadPaths({}, {path}, nullptr);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(upload_->done);
}

}  // namespace
}  // namespace codeset::client
