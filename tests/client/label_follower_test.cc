#include "client/cpp/label_follower.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"
#include "client/cpp/error.h"
#include "client/cpp/grpc_connection.h"
#include "client/cpp/selector.h"
#include "server/server.h"
#include "tests/server/calls.h"
#include "tests/server/fixture.h"

namespace codeset::client {
namespace {

using server::Calls;
using server::ServerFixture;

// Waits for states of a follower, as it tells of them.
class Watcher {
 public:
  FollowOptions Options(std::vector<std::string> labels = {}) {
    FollowOptions options;
    options.labels = std::move(labels);
    options.initial_backoff = absl::Milliseconds(10);
    options.max_backoff = absl::Milliseconds(50);
    options.on_change = [this] {
      const std::lock_guard<std::mutex> lock(mutex_);
      changed_.notify_all();
    };
    return options;
  }

  // False after a minute.
  bool Until(const LabelFollower& follower,
             const std::function<bool(const FollowState& state)>& holds) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1),
                             [&] { return holds(follower.state()); });
  }

  bool UntilNames(const LabelFollower& follower, const std::string& label, const std::string& id) {
    return Until(follower, [&](const FollowState& state) {
      const auto found = state.labels.find(label);
      return found != state.labels.end() && found->second.release_id == id &&
             found->second.server_release_id == id;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class LabelFollowerTest : public ::testing::Test {
 protected:
  LabelFollowerTest() {
    fixture_.Load("2025");
    fixture_.Load("2026");
  }
  std::shared_ptr<Connection> connection() { return MakeConnection(fixture_.server().address()); }
  void Set(const std::string& label, const std::string& id) {
    EXPECT_TRUE(Calls(fixture_.server()).SetLabel(label, id).ok());
  }

  ServerFixture fixture_;
  LocalCodeSet codes_;
  Watcher watcher_;
};

TEST_F(LabelFollowerTest, PullsWhatALabelNamesAndFollowsIt) {
  Set("prod", "2025");
  EXPECT_FALSE(codes_.GetConcept(ById("prod"), "M99").ok());
  const auto follower = LabelFollower::Start(codes_, connection(), watcher_.Options({"prod"}));
  ASSERT_TRUE(watcher_.UntilNames(*follower, "prod", "2025"));
  EXPECT_EQ(codes_.GetConcept(ById("prod"), "M99")->release().release_id(), "2025");

  Set("prod", "2026");
  ASSERT_TRUE(watcher_.UntilNames(*follower, "prod", "2026"));
  const auto answer = codes_.GetConcept(ById("prod"), "M99");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->release().release_id(), "2026");
  EXPECT_EQ(answer->release().coverage().kind(), v1::COVERAGE_KIND_EXACT);
  // What was pulled before stays.
  EXPECT_TRUE(codes_.GetConcept(ById("2025"), "M99").ok());
  EXPECT_EQ(codes_.Labels().at("prod"), "2026");
  const FollowState state = follower->state();
  EXPECT_TRUE(state.running);
  EXPECT_TRUE(state.connected);
  EXPECT_FALSE(state.resume_token.empty());

  follower->Stop();
  EXPECT_FALSE(follower->state().running);
  EXPECT_EQ(ErrorReasonOf(codes_.GetConcept(ById("prod"), "M99").status()),
            v1::ERROR_REASON_RELEASE_NOT_FOUND);
}

TEST_F(LabelFollowerTest, FollowsALabelToACorrection) {
  Set("prod", "2026");
  const auto follower = LabelFollower::Start(codes_, connection(), watcher_.Options({"prod"}));
  ASSERT_TRUE(watcher_.UntilNames(*follower, "prod", "2026"));
  v1::LoadOptions options;
  options.set_release_id("2026.1");
  ASSERT_TRUE(
      server::LoadRelease(fixture_.store(), options, server::MiniatureFiles("2026"), {}).ok());
  EXPECT_TRUE(watcher_.UntilNames(*follower, "prod", "2026.1"));
}

TEST_F(LabelFollowerTest, FollowsAllLabelsThatThereAreAndCome) {
  Set("a", "2025");
  const auto follower = LabelFollower::Start(codes_, connection(), watcher_.Options());
  ASSERT_TRUE(watcher_.UntilNames(*follower, "a", "2025"));
  Set("b", "2026");
  ASSERT_TRUE(watcher_.UntilNames(*follower, "b", "2026"));
  v1::RemoveLabelRequest request;
  request.set_label("a");
  v1::RemoveLabelResponse response;
  Calls calls(fixture_.server());
  ASSERT_TRUE(Calls::Do(calls.admin(), &v1::Admin::Stub::RemoveLabel, request, &response).ok());
  ASSERT_TRUE(watcher_.Until(*follower, [](const FollowState& state) {
    return ErrorReasonOf(state.labels.at("a").status) == v1::ERROR_REASON_LABEL_NOT_FOUND;
  }));
  EXPECT_FALSE(codes_.GetConcept(ById("a"), "M99").ok());
  EXPECT_TRUE(codes_.GetConcept(ById("b"), "M99").ok());
}

// No event tells that the release can be pulled now.
TEST_F(LabelFollowerTest, TriesALabelAgainThatCouldNotBePulled) {
  ServerFixture other;
  v1::LoadOptions options;
  options.set_release_id("2026");
  std::vector<source::InputFile> files = server::MiniatureFiles("2026");
  std::erase_if(files, [](const auto& file) { return file.name != "icd10cm_order_2026.txt"; });
  ASSERT_EQ(files.size(), 1);
  files[0].bytes[files[0].bytes.rfind("esion")] = 'E';
  ASSERT_TRUE(server::LoadRelease(other.store(), options, files, {}).ok());
  ASSERT_TRUE(codes_.Pull(MakeConnection(other.server().address()), ById("2026")).ok());

  Set("prod", "2026");
  Set("test", "2025");
  const auto follower =
      LabelFollower::Start(codes_, connection(), watcher_.Options({"prod", "test"}));
  ASSERT_TRUE(watcher_.UntilNames(*follower, "test", "2025"));
  ASSERT_TRUE(watcher_.Until(*follower, [](const FollowState& state) {
    return ErrorReasonOf(state.labels.at("prod").status) ==
           v1::ERROR_REASON_RELEASE_CONTENT_DIFFERS;
  }));
  // Many times as long as it waits before it tries again.
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(follower->state().in_step_at, absl::InfinitePast());
  EXPECT_EQ(follower->state().labels.at("prod").release_id, "");

  ASSERT_TRUE(codes_.Remove("2026").ok());
  ASSERT_TRUE(watcher_.UntilNames(*follower, "prod", "2026"));
  EXPECT_TRUE(watcher_.Until(*follower, [](const FollowState& state) {
    return state.in_step_at > absl::InfinitePast() && state.labels.at("prod").status.ok();
  }));
}

// A label that the server does not have is not here either.
TEST_F(LabelFollowerTest, IsInStepWithoutALabelThatTheServerDoesNotHave) {
  Set("test", "2025");
  const auto follower =
      LabelFollower::Start(codes_, connection(), watcher_.Options({"none", "test"}));
  ASSERT_TRUE(watcher_.UntilNames(*follower, "test", "2025"));
  EXPECT_TRUE(watcher_.Until(*follower, [](const FollowState& state) {
    return state.in_step_at > absl::InfinitePast() && !state.labels.at("none").status.ok();
  }));
}

// The server's own look at the calendar, once a minute, would tell of an event in the end.
TEST_F(LabelFollowerTest, FollowsACorrectionWhoseDayComes) {
  fixture_.SetNow("2026-11-30T12:00:00-05:00");
  v1::LoadOptions options;
  options.set_release_id("2026.1");
  options.set_activate_on("2026-12-01");
  ASSERT_TRUE(
      server::LoadRelease(fixture_.store(), options, server::MiniatureFiles("2026"), {}).ok());
  Set("prod", "2026");
  FollowOptions follow = watcher_.Options({"prod"});
  follow.clock = fixture_.backend().clock;
  const auto follower = LabelFollower::Start(codes_, connection(), follow);
  ASSERT_TRUE(watcher_.UntilNames(*follower, "prod", "2026"));
  const absl::Time turned = absl::Now();
  fixture_.SetNow("2026-12-01T00:00:01-05:00");
  ASSERT_TRUE(watcher_.UntilNames(*follower, "prod", "2026.1"));
  EXPECT_LT(absl::Now() - turned, absl::Seconds(20));
}

TEST_F(LabelFollowerTest, LooksAgainEverySoOften) {
  Set("prod", "2025");
  std::atomic<int64_t> seconds = 0;
  FollowOptions follow = watcher_.Options({"prod"});
  follow.clock = [&] { return absl::FromUnixSeconds(1'790'000'000 + seconds); };
  const auto follower = LabelFollower::Start(codes_, connection(), follow);
  const auto in_step_at = [&](int64_t second) {
    return watcher_.Until(*follower, [second](const FollowState& state) {
      return state.in_step_at == absl::FromUnixSeconds(1'790'000'000 + second);
    });
  };
  ASSERT_TRUE(in_step_at(0));
  seconds = 900;
  EXPECT_TRUE(in_step_at(900));
}

TEST_F(LabelFollowerTest, TellsNothingOnTheThreadThatStopsIt) {
  Set("prod", "2025");
  std::atomic<bool> told_here = false;
  FollowOptions follow = watcher_.Options({"prod"});
  follow.on_change = [&, tell = follow.on_change, here = std::this_thread::get_id()] {
    if (std::this_thread::get_id() == here) told_here = true;
    tell();
  };
  const auto follower = LabelFollower::Start(codes_, connection(), follow);
  ASSERT_TRUE(watcher_.UntilNames(*follower, "prod", "2025"));
  follower->Stop();
  EXPECT_FALSE(told_here);
  EXPECT_FALSE(follower->state().running);
}

TEST_F(LabelFollowerTest, SaysThatALabelIsNotThereUntilItIs) {
  const auto follower = LabelFollower::Start(codes_, connection(), watcher_.Options({"prod"}));
  ASSERT_TRUE(watcher_.Until(*follower, [](const FollowState& state) {
    return ErrorReasonOf(state.labels.at("prod").status) == v1::ERROR_REASON_LABEL_NOT_FOUND;
  }));
  Set("prod", "2025");
  EXPECT_TRUE(watcher_.UntilNames(*follower, "prod", "2025"));
}

TEST_F(LabelFollowerTest, GoesOnWhenTheServerIsBack) {
  // On an address of its own, so that it is the same after the restart.
  const std::string address = "unix:" + fixture_.folder() + "/public.sock";
  auto server = server::Server::Start(fixture_.backend(),
                                      {address, "unix:" + fixture_.folder() + "/other-admin.sock"});
  ASSERT_TRUE(server.ok()) << server.status();
  Set("prod", "2025");
  const auto follower =
      LabelFollower::Start(codes_, MakeConnection(address), watcher_.Options({"prod"}));
  ASSERT_TRUE(watcher_.UntilNames(*follower, "prod", "2025"));

  (*server)->Stop(absl::ZeroDuration());
  server->reset();
  ASSERT_TRUE(watcher_.Until(*follower, [](const FollowState& state) { return !state.connected; }));
  // What it held goes on answering.
  EXPECT_EQ(codes_.GetConcept(ById("prod"), "M99")->release().release_id(), "2025");
  Set("prod", "2026");

  server = server::Server::Start(fixture_.backend(),
                                 {address, "unix:" + fixture_.folder() + "/other-admin.sock"});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(watcher_.UntilNames(*follower, "prod", "2026"));
  EXPECT_TRUE(watcher_.Until(*follower, [](const FollowState& state) { return state.connected; }));
}

TEST_F(LabelFollowerTest, BeginsWithoutAServer) {
  const std::string address = "unix:" + fixture_.folder() + "/public.sock";
  Set("prod", "2025");
  const auto follower =
      LabelFollower::Start(codes_, MakeConnection(address), watcher_.Options({"prod"}));
  ASSERT_TRUE(
      watcher_.Until(*follower, [](const FollowState& state) { return !state.last_failure.ok(); }));
  auto server = server::Server::Start(fixture_.backend(),
                                      {address, "unix:" + fixture_.folder() + "/other-admin.sock"});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(watcher_.UntilNames(*follower, "prod", "2025"));
}

}  // namespace
}  // namespace codeset::client
