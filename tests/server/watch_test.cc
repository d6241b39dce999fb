// WatchReleases over channels: nothing is missed, nothing told twice, and nobody is in the way
// of a server that stops.
#include "server/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/resume_token.h"
#include "tests/server/calls.h"
#include "tests/server/fixture.h"
#include "tests/server/watching.h"

namespace codeset::server {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

// Files of a release whose names contain a text.
std::vector<source::InputFile> FilesLike(const std::string& id, const std::string& part) {
  std::vector<source::InputFile> files;
  for (source::InputFile& file : MiniatureFiles(id)) {
    if (file.name.find(part) != std::string::npos) files.push_back(std::move(file));
  }
  return files;
}

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() : calls_(std::make_unique<Calls>(fixture_.server())) {}

  void Restart() {
    calls_.reset();
    fixture_.Restart();
    calls_ = std::make_unique<Calls>(fixture_.server());
  }

  void Load(const std::string& id, std::vector<source::InputFile> files) {
    v1::LoadOptions options;
    options.set_release_id(id);
    const auto report = LoadRelease(fixture_.store(), options, std::move(files), {});
    ASSERT_TRUE(report.ok()) << report.status();
  }

  // Looks at the calendar, so that what comes next stands behind what it tells.
  void Look() { ASSERT_TRUE(fixture_.server().calendar().Refresh().ok()); }

  // Makes some events and returns them as they are to be told.
  std::vector<std::string> MakeHistory() {
    fixture_.SetNow("2026-09-30T17:00:00Z");
    fixture_.Load("2026");
    Look();
    fixture_.Load("2027");
    EXPECT_TRUE(calls_->SetLabel("prod", "2026").ok());
    EXPECT_TRUE(calls_->SetLabel("prod", "2027").ok());
    EXPECT_TRUE(calls_->SetActivation("2027", "2026-12-01").ok());
    return {"LOADED 2026",
            "ACTIVATED 2026",
            "OVERDUE 2026: 2026-04",
            "LOADED 2027",
            "LABEL_MOVED prod >2026",
            "LABEL_MOVED prod 2026>2027",
            "ACTIVATION_SET 2027 on 2026-12-01"};
  }

  ServerFixture fixture_;
  std::unique_ptr<Calls> calls_;
};

TEST_F(WatchTest, TellsWhatHappensAsItHappens) {
  fixture_.SetNow("2026-09-30T17:00:00Z");
  Watching watching(calls_->releases());
  ASSERT_TRUE(watching.began());
  EXPECT_FALSE(watching.token().empty());

  Load("2025", FilesLike("2025", "order"));
  EXPECT_EQ(watching.Next(), "LOADED 2025");
  EXPECT_EQ(watching.last().effective_date(), "2024-10-01");
  EXPECT_EQ(watching.last().occurred_at(), "2026-09-30T17:00:00Z");
  EXPECT_THAT(watching.last().facet_groups(), ElementsAre(v1::FACET_GROUP_ORDER));
  EXPECT_THAT(watching.Next(2),
              ElementsAre("ACTIVATED 2025", "OVERDUE 2025: 2025-04,2026,2026-04"));
  Load("2025", FilesLike("2025", "tabular"));
  EXPECT_EQ(watching.Next(), "GROUP_ADDED 2025");
  EXPECT_THAT(watching.last().facet_groups(), ElementsAre(v1::FACET_GROUP_TABULAR));
  v1::ResolvedRelease resolved;
  v1::ReleaseSelector selector;
  selector.set_release("2025");
  ASSERT_TRUE(calls_->Resolve(selector, &resolved).ok());
  EXPECT_EQ(watching.last().fingerprint(), resolved.fingerprint());

  // Comes into force while the server runs.
  fixture_.Load("2027");
  EXPECT_EQ(watching.Next(), "LOADED 2027");
  fixture_.SetNow("2026-10-01T04:00:00Z");
  Look();
  EXPECT_EQ(watching.Next(), "ACTIVATED 2027");
  fixture_.SetNow("2027-10-01T04:00:00Z");
  Look();
  EXPECT_EQ(watching.Next(), "OVERDUE 2027: 2028");

  ASSERT_TRUE(calls_->SetLabel("prod", "2025").ok());
  EXPECT_EQ(watching.Next(), "LABEL_MOVED prod >2025");
  EXPECT_EQ(watching.last().by(), "ann");
  ASSERT_TRUE(calls_->SetLabel("prod", "2027", true).ok());
  EXPECT_EQ(watching.Next(), "LABEL_MOVED prod 2025>2027");
  EXPECT_TRUE(watching.last().exact());
  // Once more, so that there is no way back to 2025 to be kept.
  ASSERT_TRUE(calls_->SetLabel("prod", "2027").ok());
  EXPECT_EQ(watching.Next(), "LABEL_MOVED prod 2027>2027");
  ASSERT_TRUE(calls_->Delete("2025").ok());
  EXPECT_EQ(watching.Next(), "DELETED 2025");
  ASSERT_TRUE(calls_->SetActivation("2027", "never").ok());
  EXPECT_EQ(watching.Next(), "ACTIVATION_SET 2027 on never");
}

TEST_F(WatchTest, BeginsWithNowOrWithTheBeginning) {
  std::vector<std::string> all = MakeHistory();
  Watching from_now(calls_->releases());
  Watching from_beginning(calls_->releases(), "", true);
  ASSERT_TRUE(from_now.began());
  ASSERT_TRUE(from_beginning.began());
  EXPECT_THAT(from_beginning.Next(all.size()), ElementsAreArray(all));
  ASSERT_TRUE(calls_->SetLabel("test", "2026").ok());
  EXPECT_EQ(from_now.Next(), "LABEL_MOVED test >2026");
  EXPECT_EQ(from_beginning.Next(), "LABEL_MOVED test >2026");
  EXPECT_EQ(from_now.token(), from_beginning.token());
}

// From whichever message on a client comes back, it gets what is left, and only that.
TEST_F(WatchTest, ResumesAfterEveryToken) {
  std::vector<std::string> all = MakeHistory();
  std::vector<std::string> tokens;
  {
    Watching watching(calls_->releases(), "", true);
    tokens.push_back(watching.token());
    for (size_t i = 0; i < all.size(); ++i) {
      watching.Next();
      tokens.push_back(watching.token());
    }
  }
  Restart();
  ASSERT_TRUE(calls_->SetLabel("test", "2026").ok());
  all.push_back("LABEL_MOVED test >2026");
  for (size_t i = 0; i < tokens.size(); ++i) {
    Watching watching(calls_->releases(), tokens[i]);
    ASSERT_TRUE(watching.began());
    EXPECT_EQ(watching.token(), tokens[i]);
    EXPECT_THAT(watching.Next(all.size() - i),
                ElementsAreArray(all.begin() + static_cast<std::ptrdiff_t>(i), all.end()));
  }
}

TEST_F(WatchTest, TellsAClientThatComesBackWhatHappenedWhileTheServerWasDown) {
  fixture_.SetNow("2026-09-30T17:00:00Z");
  fixture_.Load("2027");
  std::string token;
  {
    Watching watching(calls_->releases(), "", true);
    EXPECT_EQ(watching.Next(), "LOADED 2027");
    token = watching.token();
  }
  fixture_.SetNow("2027-10-01T17:00:00Z");
  Restart();
  Watching watching(calls_->releases(), token);
  EXPECT_THAT(watching.Next(2), ElementsAre("ACTIVATED 2027", "OVERDUE 2027: 2028"));
}

// More than a watcher holds at a time.
TEST_F(WatchTest, TellsManyEventsInOrder) {
  fixture_.Load("2026");
  fixture_.Load("2027");
  Look();
  Watching watching(calls_->releases());
  ASSERT_TRUE(watching.began());
  std::vector<std::string> moves;
  for (int i = 0; i < 300; ++i) {
    const std::string name = absl::StrCat("label-", i);
    ASSERT_TRUE(fixture_.store().SetLabel(name, "2026", false, "").ok());
    moves.push_back(absl::StrCat("LABEL_MOVED ", name, " >2026"));
  }
  EXPECT_THAT(watching.Next(moves.size()), ElementsAreArray(moves));
}

TEST_F(WatchTest, RefusesTokensThatAreNotOfThisJournal) {
  MakeHistory();
  const std::string journal = fixture_.store().journal_id();
  const uint64_t end = fixture_.store().journal_end();
  const std::string good = EncodeResumeToken(journal, end);
  std::string damaged = good;
  damaged[3] = damaged[3] == 'A' ? 'B' : 'A';
  const std::string refused[] = {"nonsense",
                                 damaged,
                                 good.substr(0, good.size() - 4),
                                 EncodeResumeToken(journal, end + 1),
                                 EncodeResumeToken(std::string(journal.size(), '0'), 1),
                                 std::string(5000, 'A')};
  for (const std::string& token : refused) {
    Watching watching(calls_->releases(), token);
    EXPECT_FALSE(watching.began()) << token;
    const grpc::Status status = watching.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << token;
    EXPECT_EQ(ReasonIn(status), "RESUME_TOKEN_INVALID") << token;
  }
  EXPECT_TRUE(Watching(calls_->releases(), good).began());
}

TEST_F(WatchTest, EndsAtOnceWhenTheServerStops) {
  fixture_.Load("2027");
  Look();
  const auto tcp = v1::Releases::NewStub(
      grpc::CreateChannel(fixture_.server().address(), grpc::InsecureChannelCredentials()));
  std::vector<std::unique_ptr<Watching>> watchings;
  for (int i = 0; i < 8; ++i) {
    watchings.push_back(std::make_unique<Watching>(i % 2 == 0 ? *tcp : calls_->releases()));
    ASSERT_TRUE(watchings.back()->began());
  }
  const auto begin = std::chrono::steady_clock::now();
  fixture_.server().Stop(absl::Seconds(60));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  for (const auto& watching : watchings) {
    EXPECT_EQ(watching->Next(), "END");
    const grpc::Status status = watching->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    EXPECT_EQ(ReasonIn(status), "SHUTTING_DOWN");
  }
}

// One that does not read holds nobody up: neither those who write, nor the server's end.
TEST_F(WatchTest, IsNotHeldUpByAClientThatDoesNotRead) {
  fixture_.Load("2027");
  Look();
  Watching idle(calls_->releases(), "", true);
  ASSERT_TRUE(idle.began());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(fixture_.store().SetLabel(absl::StrCat("label-", i), "2027", false, "").ok());
  }
  Watching other(calls_->releases());
  ASSERT_TRUE(other.began());
  ASSERT_TRUE(calls_->SetLabel("prod", "2027").ok());
  EXPECT_EQ(other.Next(), "LABEL_MOVED prod >2027");
  const auto begin = std::chrono::steady_clock::now();
  fixture_.server().Stop(absl::Seconds(60));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

// Watchers that come and go while events are made and the server stops in the midst of it.
TEST_F(WatchTest, SurvivesClientsThatComeAndGo) {
  fixture_.Load("2026");
  fixture_.Load("2027");
  Look();
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([this, i] {
      for (int round = 0; round < 25; ++round) {
        Watching watching(calls_->releases(), "", round % 2 == 0);
        if (!watching.began()) return;
        for (int n = 0; n < (round + i) % 4; ++n) watching.Next();
        watching.Cancel();
      }
    });
  }
  // One that stays until the end.
  std::thread stays([this] {
    Watching watching(calls_->releases(), "", true);
    std::string previous;
    for (std::string event = watching.Next(); event != "END"; event = watching.Next()) {
      EXPECT_NE(event, previous);
      previous = event;
    }
  });
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(fixture_.store().SetLabel("prod", i % 2 == 0 ? "2026" : "2027", false, "").ok());
  }
  fixture_.server().Stop(absl::Seconds(60));
  for (std::thread& client : clients) client.join();
  stays.join();
}

}  // namespace
}  // namespace codeset::server
