#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cpp/error.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Return;

v1::Label Prod() {
  v1::Label label;
  label.set_name("prod");
  label.set_release_id("2026");
  label.set_resolves_to("2026.1");
  label.set_previous_release_id("2025");
  label.set_previous_exact(true);
  label.set_moved_at("2026-01-02T03:04:05Z");
  label.set_moved_by("ann@box");
  return label;
}

class LabelTest : public CtlTest {};

TEST_F(LabelTest, SetsALabelInTheNameOfWhoeverTypes) {
  const struct {
    std::map<std::string, std::string> variables;
    std::vector<std::string> more;
    const char* by;
    bool exact;
    const char* user = "";
  } cases[] = {
      {{{"USER", "ann"}}, {}, "ann@box", false},
      {{{"LOGNAME", "bob"}}, {"--exact"}, "bob@box", true},
      {{}, {}, "box", false},
      {{}, {}, "root@box", false, "root"},
      {{{"USER", "ann"}}, {}, "ann@box", false, "root"},
      {{{"USER", "ann"}}, {"--by", "the pipeline"}, "the pipeline", false},
  };
  for (const auto& test : cases) {
    variables_ = test.variables;
    user_ = test.user;
    v1::SetLabelResponse answer;
    *answer.mutable_label() = Prod();
    EXPECT_CALL(*admin_, SetLabel)
        .WillOnce([&](const client::CallOptions&, const v1::SetLabelRequest& request) {
          EXPECT_EQ(request.label(), "prod");
          EXPECT_EQ(request.release_id(), "2026");
          EXPECT_EQ(request.by(), test.by);
          EXPECT_EQ(request.exact(), test.exact);
          return answer;
        });
    std::vector<std::string> args = {"label", "set", "prod", "2026", "--admin-server", "x:1"};
    args.insert(args.end(), test.more.begin(), test.more.end());
    EXPECT_EQ(Call(args), ExitCode::kDone);
    EXPECT_EQ(out_.str(), "prod names 2026 (resolves to 2026.1); before: 2025 exactly\n");
  }
}

TEST_F(LabelTest, RollsBackUnderBothNames) {
  v1::RollbackLabelResponse answer;
  *answer.mutable_label() = Prod();
  EXPECT_CALL(*admin_, RollbackLabel).Times(2).WillRepeatedly(Return(answer));
  EXPECT_EQ(Call({"label", "rollback", "prod", "--admin-server", "x:1"}), ExitCode::kDone);
  EXPECT_EQ(Call({"release", "rollback", "prod", "--admin-server", "x:1", "--output", "csv"}),
            ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "label,release_id,exact,resolves_to,previous_release_id,previous_exact,moved_at,"
            "moved_by\r\nprod,2026,false,2026.1,2025,true,2026-01-02T03:04:05Z,ann@box\r\n");
}

TEST_F(LabelTest, RollsBackFromARelease) {
  v1::RollbackLabelResponse answer;
  *answer.mutable_label() = Prod();
  v1::RollbackLabelRequest request;
  EXPECT_CALL(*admin_, RollbackLabel)
      .WillOnce(::testing::DoAll(::testing::SaveArg<1>(&request), Return(answer)));
  EXPECT_EQ(Call({"label", "rollback", "prod", "--from", "2026", "--admin-server", "x:1"}),
            ExitCode::kDone);
  EXPECT_EQ(request.from_release_id(), "2026");
}

TEST_F(LabelTest, ListsLabelsAndMoves) {
  v1::ListLabelsResponse labels;
  EXPECT_CALL(*connection_, ListLabels).WillOnce(Return(labels));
  EXPECT_EQ(Call({"label", "list"}), ExitCode::kDone);
  EXPECT_EQ(err_.str(), "no labels\n");
  *labels.add_labels() = Prod();
  EXPECT_CALL(*connection_, ListLabels).WillOnce(Return(labels));
  EXPECT_EQ(Call({"label", "list"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "LABEL  RELEASE  RESOLVES TO  BEFORE        MOVED AT              BY\n"
            "prod   2026     2026.1       2025 exactly  2026-01-02T03:04:05Z  ann@box\n");
  v1::ListLabelMovesResponse moves;
  v1::ReleaseEvent* move = moves.add_moves();
  move->set_kind(v1::RELEASE_EVENT_KIND_LABEL_MOVED);
  move->set_occurred_at("2025-10-01T00:00:00Z");
  move->set_label("prod");
  move->set_release_id("2025");
  move->set_exact(true);
  *moves.add_moves() = *move;
  moves.mutable_moves(1)->set_previous_release_id("2025");
  moves.mutable_moves(1)->clear_release_id();
  moves.mutable_moves(1)->set_by("bob");
  EXPECT_CALL(*connection_, ListLabelMoves).WillOnce(Return(moves));
  EXPECT_EQ(Call({"label", "history", "prod"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "WHEN                  WHAT                               BY\n"
            "2025-10-01T00:00:00Z  label prod set to 2025 exactly\n"
            "2025-10-01T00:00:00Z  label prod removed; it named 2025  bob\n");
}

TEST_F(LabelTest, SaysWhatToDoNext) {
  const struct {
    absl::StatusCode code;
    v1::ErrorReason reason;
    ExitCode want;
    const char* next;
  } cases[] = {
      {absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_LABEL_INVALID, ExitCode::kUsage,
       "a label is 1 to 63"},
      {absl::StatusCode::kNotFound, v1::ERROR_REASON_LABEL_NOT_FOUND, ExitCode::kRefused,
       "codesetctl label list"},
      {absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_LABEL_HAS_NO_PREVIOUS,
       ExitCode::kRefused, "codesetctl label set LABEL ID"},
      {absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_RELEASE_IN_USE, ExitCode::kRefused,
       "codesetctl label set prod ID, or codesetctl label remove prod\n  codesetctl label set test "
       "ID"},
      {absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_RELEASE_HELD_BACK,
       ExitCode::kRefused, "codesetctl release activate 2027"},
      {absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OVERLAY_DOES_NOT_FIT,
       ExitCode::kRefused, "See a.txt, line 7, code U07.0"},
      {absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_RESUME_TOKEN_INVALID, ExitCode::kUsage,
       "watch --from-start"},
      {absl::StatusCode::kUnavailable, v1::ERROR_REASON_SHUTTING_DOWN, ExitCode::kRefused,
       "try again when it is back"},
      {absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_FINGERPRINT_MISMATCH,
       ExitCode::kRefused, "codesetctl release show 2026"},
  };
  for (const auto& test : cases) {
    EXPECT_CALL(*admin_, RollbackLabel)
        .WillOnce(Return(client::MakeError(test.code, test.reason, "the message",
                                           {{"edition", "2027"},
                                            {"labels", "prod, test"},
                                            {"file", "a.txt"},
                                            {"line", "7"},
                                            {"code", "U07.0"},
                                            {"release", "2026"}})));
    EXPECT_EQ(Call({"label", "rollback", "prod", "--admin-server", "x:1"}), test.want);
    EXPECT_THAT(err_.str(), HasSubstr(test.next));
  }
}

TEST_F(LabelTest, ActivatesAndHoldsBack) {
  const struct {
    std::vector<std::string> more;
    const char* asked;
    const char* says;
  } cases[] = {
      {{}, "", "release 2027: not held back\n"},
      {{"--on", "never"}, "never", "release 2027: held back until it is activated\n"},
      {{"--on", "2026-10-15"}, "2026-10-15", "release 2027: held back until 2026-10-15\n"},
  };
  for (const auto& test : cases) {
    EXPECT_CALL(*admin_, SetActivation)
        .WillOnce([&](const client::CallOptions&, const v1::SetActivationRequest& request) {
          EXPECT_EQ(request.activate_on(), test.asked);
          v1::SetActivationResponse answer;
          answer.mutable_release()->set_id(request.release_id());
          answer.mutable_release()->set_activate_on(test.asked);
          answer.mutable_release()->set_held_back(true);
          return answer;
        });
    std::vector<std::string> args = {"release", "activate", "2027", "--admin-server", "x:1"};
    args.insert(args.end(), test.more.begin(), test.more.end());
    EXPECT_EQ(Call(args), ExitCode::kDone);
    EXPECT_EQ(out_.str(), test.says);
  }
}

class WatchCommandTest : public CtlTest {
 protected:
  WatchCommandTest() {
    EXPECT_CALL(*connection_, WatchReleases)
        .WillRepeatedly(
            [this](const client::CallOptions&, const v1::WatchReleasesRequest& request) {
              asked_ = request;
              v1::WatchReleasesResponse first;
              first.set_resume_token("t0");
              v1::WatchReleasesResponse loaded;
              v1::ReleaseEvent* event = loaded.mutable_event();
              event->set_kind(v1::RELEASE_EVENT_KIND_LOADED);
              event->set_occurred_at("2026-09-01T00:00:00Z");
              event->set_release_id("2027");
              event->set_effective_date("2026-10-01");
              event->set_activate_on("never");
              event->add_facet_groups(v1::FACET_GROUP_ORDER);
              loaded.set_resume_token("t1");
              v1::WatchReleasesResponse overdue;
              overdue.mutable_event()->set_kind(v1::RELEASE_EVENT_KIND_OVERDUE);
              overdue.mutable_event()->set_occurred_at("2026-10-01T04:00:00Z");
              overdue.mutable_event()->set_release_id("2026");
              overdue.mutable_event()->add_overdue_edition_ids("2027");
              overdue.set_resume_token("t2");
              return std::make_unique<client::ListedStream<v1::WatchReleasesResponse>>(
                  std::vector<v1::WatchReleasesResponse>{first, loaded, overdue},
                  absl::InternalError("the end"));
            });
  }
  v1::WatchReleasesRequest asked_;
};

TEST_F(WatchCommandTest, PrintsEventsAsTheyComeWithTheirTokens) {
  EXPECT_EQ(Call({"watch"}), ExitCode::kRefused);
  EXPECT_EQ(out_.str(),
            "2026-09-01T00:00:00Z  release 2027 loaded (order), in force from 2026-10-01, held "
            "back until it is activated  [t1]\n"
            "2026-10-01T04:00:00Z  current is overdue: still 2026, not loaded, or held back: 2027  "
            "[t2]\n");
  EXPECT_THAT(err_.str(), HasSubstr("resume with --from t0\n"));
  EXPECT_EQ(Call({"watch", "--count", "1", "--output", "json", "--from-start"}), ExitCode::kDone);
  EXPECT_TRUE(asked_.from_beginning());
  EXPECT_THAT(out_.str(),
              ::testing::StartsWith("{\"event\":{\"kind\":\"RELEASE_EVENT_KIND_LOADED\","));
  EXPECT_THAT(out_.str(), ::testing::EndsWith("\"resumeToken\":\"t1\"}\n"));
  EXPECT_EQ(Call({"watch", "--count", "2", "--output", "csv", "--from", "t9"}), ExitCode::kDone);
  EXPECT_EQ(asked_.resume_token(), "t9");
  EXPECT_THAT(out_.str(), HasSubstr("\r\n2026-10-01T04:00:00Z,OVERDUE,2026,,,,,,,,2027,,t2\r\n"));
}

}  // namespace
}  // namespace codeset::ctl
