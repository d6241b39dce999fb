#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "client/cpp/watch.h"
#include "tests/client/mock_connection.h"

namespace codeset::client {
namespace {

using Message = v1::WatchReleasesResponse;
using ::testing::ElementsAre;

Message Event(const std::string& release_id, const std::string& token) {
  Message message;
  message.mutable_event()->set_kind(v1::RELEASE_EVENT_KIND_LOADED);
  message.mutable_event()->set_release_id(release_id);
  message.set_resume_token(token);
  return message;
}
Message Position(const std::string& token) {
  Message message;
  message.set_resume_token(token);
  return message;
}

// One call: what it answers and how it ends.
struct Call {
  std::vector<Message> messages;
  absl::Status end;
};

class WatchTest : public ::testing::Test {
 protected:
  // The server answers one call after another; after the last one there is no more.
  void Serve(std::vector<Call> calls) {
    EXPECT_CALL(*connection_, WatchReleases)
        .Times(static_cast<int>(calls.size()))
        .WillRepeatedly(
            [this, calls](const CallOptions& options, const v1::WatchReleasesRequest& request) {
              asked_.push_back(request.resume_token() + (request.from_beginning() ? "+all" : ""));
              deadline_ = options.deadline;
              const Call& call = calls[asked_.size() - 1];
              return std::make_unique<ListedStream<Message>>(call.messages, call.end);
            });
  }

  // Walks to the end; release ids, and the message of an error.
  std::vector<std::string> Walk(WatchOptions options) {
    options.initial_backoff = absl::ZeroDuration();
    options.on_reconnect = [this](const absl::Status& why, absl::Duration) {
      reconnects_.emplace_back(why.message());
    };
    WatchRange range = Client(connection_).WatchReleases(std::move(options));
    std::vector<std::string> seen;
    for (absl::StatusOr<Message>& item : range) {
      seen.push_back(item.ok() ? item->event().release_id() : std::string(item.status().message()));
    }
    return seen;
  }

  std::shared_ptr<MockConnection> connection_ = std::make_shared<MockConnection>();
  std::vector<std::string> asked_;
  std::vector<std::string> reconnects_;
  absl::Time deadline_;
};

TEST_F(WatchTest, ComesBackWithItsLastToken) {
  Serve({{{Position("t0"), Event("2025", "t1"), Event("2026", "t2")},
          absl::UnavailableError("stopped")},
         {{}, absl::UnavailableError("not yet")},
         {{Position("t2"), Event("2027", "t3")}, absl::OkStatus()},
         {{}, absl::InvalidArgumentError("token not of this data directory")}});
  EXPECT_THAT(Walk({}), ElementsAre("2025", "2026", "2027", "token not of this data directory"));
  EXPECT_THAT(asked_, ElementsAre("", "t2", "t2", "t3"));
  EXPECT_THAT(reconnects_, ElementsAre("stopped", "not yet", "the server ended the watch"));
}

TEST_F(WatchTest, ComesBackWhereAStoppingServerBreaksTheCallOff) {
  Serve({{{Position("t0"), Event("2026", "t1")}, absl::UnavailableError("stopping")},
         {{}, absl::CancelledError("broken off")},
         {{Position("t1"), Event("2027", "t2")}, absl::InternalError("end")}});
  EXPECT_THAT(Walk({}), ElementsAre("2026", "2027", "end"));
  EXPECT_THAT(asked_, ElementsAre("", "t1", "t1"));
}

TEST_F(WatchTest, ComesBackWhereTheServerHasTooMuchToDo) {
  const auto too_much = [](v1::ErrorReason reason, const std::string& message) {
    return MakeError(absl::StatusCode::kResourceExhausted, reason, message, {});
  };
  Serve({{{}, too_much(v1::ERROR_REASON_OVERLOADED, "busy")},
         {{Position("t0"), Event("2026", "t1")}, too_much(v1::ERROR_REASON_OVERLOADED, "too much")},
         {{Position("t1"), Event("2027", "t2")}, absl::UnavailableError("stopped")},
         // What would not be otherwise the next time.
         {{}, too_much(v1::ERROR_REASON_ANSWER_TOO_LARGE, "end")}});
  EXPECT_THAT(Walk({}), ElementsAre("2026", "2027", "end"));
  EXPECT_THAT(asked_, ElementsAre("", "", "t1", "t2"));
  EXPECT_THAT(reconnects_, ElementsAre("busy", "too much", "stopped"));
}

TEST_F(WatchTest, KeepsItsTokenUntilWhatCameAfterItHasArrived) {
  // The position of a resumed call says nothing of events that have not arrived.
  Serve({{{Position("t9")}, absl::UnavailableError("broke")},
         {{Event("2027", "t2")}, absl::InternalError("end")}});
  WatchOptions options;
  options.resume_token = "t1";
  EXPECT_THAT(Walk(options), ElementsAre("2027", "end"));
  EXPECT_THAT(asked_, ElementsAre("t1", "t1"));
}

TEST_F(WatchTest, RenewsACallThatLastedItsTimeWithoutAWord) {
  Serve({{{Position("t0")}, absl::DeadlineExceededError("time")},
         {{Position("t0"), Event("2026", "t1")}, absl::InternalError("end")}});
  const absl::Time before = absl::Now();
  EXPECT_THAT(Walk({}), ElementsAre("2026", "end"));
  EXPECT_THAT(asked_, ElementsAre("", "t0"));
  EXPECT_TRUE(reconnects_.empty());
  EXPECT_GE(deadline_, before + absl::Minutes(15));
}

TEST_F(WatchTest, BeginsWithEverythingOnlyUntilItHasAToken) {
  Serve({{{}, absl::UnavailableError("starting")},
         {{Position("t0"), Event("2024", "t1")}, absl::UnavailableError("stopped")},
         {{}, absl::InternalError("end")}});
  WatchOptions options;
  options.from_beginning = true;
  EXPECT_THAT(Walk(options), ElementsAre("2024", "end"));
  EXPECT_THAT(asked_, ElementsAre("+all", "+all", "t1"));
}

TEST_F(WatchTest, EndsWithTheErrorWhereItShouldNotComeBack) {
  Serve({{{Position("t0"), Event("2026", "t1")}, absl::UnavailableError("stopped")}});
  WatchOptions options;
  options.reconnect = false;
  EXPECT_THAT(Walk(options), ElementsAre("2026", "stopped"));
}

TEST_F(WatchTest, WaitsLongerWithEveryFailureInARow) {
  Serve({{{}, absl::UnavailableError("1")},
         {{}, absl::UnavailableError("2")},
         {{}, absl::UnavailableError("3")},
         {{Position("t0")}, absl::UnavailableError("4")},
         {{}, absl::InternalError("end")}});
  std::vector<absl::Duration> waits;
  WatchOptions options;
  options.initial_backoff = absl::Microseconds(1);
  options.max_backoff = absl::Microseconds(3);
  options.on_reconnect = [&](const absl::Status&, absl::Duration wait) { waits.push_back(wait); };
  WatchRange range = Client(connection_).WatchReleases(options);
  for (absl::StatusOr<Message>& item : range) EXPECT_EQ(item.status().message(), "end");
  EXPECT_THAT(waits, ElementsAre(absl::Microseconds(1), absl::Microseconds(2),
                                 absl::Microseconds(3), absl::Microseconds(1)));
}

TEST_F(WatchTest, SaysFromWhereItWatchesBeforeAnyEvent) {
  Serve({{{Position("t0")}, absl::InternalError("end")}});
  WatchRange range = Client(connection_).WatchReleases();
  ASSERT_TRUE(range.header().ok());
  EXPECT_EQ(range.header()->resume_token, "t0");
}

// A stream that gives nothing until it is cancelled.
class SilentStream : public MessageStream<Message> {
 public:
  explicit SilentStream(std::function<void()> waiting) : waiting_(std::move(waiting)) {}
  absl::StatusOr<std::optional<Message>> Next() override {
    waiting_();
    cancellation_.WaitFor(absl::Hours(1));
    return absl::CancelledError("");
  }
  void Cancel() override { cancellation_.Cancel(); }

 private:
  std::function<void()> waiting_;
  Cancellation cancellation_;
};

TEST_F(WatchTest, IsEndedFromAnotherThread) {
  Cancellation waiting;  // set once the watch waits for its server
  EXPECT_CALL(*connection_, WatchReleases)
      .WillOnce([&](const CallOptions&, const v1::WatchReleasesRequest&) {
        return std::make_unique<SilentStream>([&] { waiting.Cancel(); });
      });
  WatchOptions options;
  options.cancellation = std::make_shared<Cancellation>();
  std::thread other([&, cancellation = options.cancellation] {
    waiting.WaitFor(absl::Hours(1));
    cancellation->Cancel();
  });
  EXPECT_THAT(Walk(options), ElementsAre("the watch was cancelled"));
  other.join();
}

}  // namespace
}  // namespace codeset::client
