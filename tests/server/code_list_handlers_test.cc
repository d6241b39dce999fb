// CheckCodeList over the miniature, with and without gRPC; what became of each code:
// tests/query/code_list_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "codeset/v1/releases.grpc.pb.h"
#include "server/code_list.h"
#include "server/error.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;

v1::CheckCodeListRequest Pins(const std::string& from, const std::string& to) {
  v1::CheckCodeListRequest request;
  request.mutable_pins()->mutable_from()->set_release(from);
  request.mutable_pins()->mutable_to()->set_release(to);
  return request;
}

v1::CheckCodeListRequest Entries(const std::vector<std::string>& entries) {
  v1::CheckCodeListRequest request;
  request.mutable_entries();
  for (const std::string& entry : entries) request.mutable_entries()->add_entries(entry);
  return request;
}

// All that a session answers before it wants the next request.
std::vector<v1::CheckCodeListResponse> Answers(CodeListSession& session) {
  std::vector<v1::CheckCodeListResponse> all;
  while (true) {
    auto response = session.Next();
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok() || !response->has_value()) return all;
    all.push_back(**std::move(response));
  }
}

class CodeListHandlersTest : public ::testing::Test {
 protected:
  CodeListHandlersTest() {
    fixture_.Load("2025");
    fixture_.Load("2026");
  }

  ServerFixture fixture_;
  const Backend backend_ = fixture_.backend();
};

TEST_F(CodeListHandlersTest, AnswersTheReleasesBeforeAnyRowThenRowsInTheOrderOfTheList) {
  CodeListSession session(backend_);
  ASSERT_TRUE(session.Take(Pins("2025", "2026")).ok());
  const auto head = Answers(session);
  ASSERT_EQ(head.size(), 1U);
  EXPECT_EQ(head[0].from().release_id(), "2025");
  EXPECT_EQ(head[0].to().release_id(), "2026");
  EXPECT_TRUE(head[0].notes_compared());
  EXPECT_TRUE(head[0].rows().empty());

  ASSERT_TRUE(session.Take(Entries({"I10", "g35", "I10"})).ok());
  ASSERT_TRUE(session.End().ok());
  const auto first = Answers(session);
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(first[0].rows_size(), 3);
  EXPECT_FALSE(first[0].has_from());
  EXPECT_EQ(first[0].rows(0).id(), "I10");
  EXPECT_EQ(first[0].rows(1).entry(), "g35");
  EXPECT_EQ(first[0].rows(1).id(), "G35");
  EXPECT_TRUE(first[0].rows(1).breaks());
  EXPECT_EQ(first[0].rows(2).entry_index(), 2);

  // Entries are counted over all messages.
  ASSERT_TRUE(session.Take(Entries({"S30.1-"})).ok());
  const auto second = Answers(session);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_GT(second[0].rows_size(), 3);
  for (const v1::CodeListRow& row : second[0].rows()) {
    EXPECT_EQ(row.entry_index(), 3);
    EXPECT_EQ(row.entry(), "S30.1-");
  }
}

TEST_F(CodeListHandlersTest, MessagesHoldAtMost500RowsAndTakeUpWhereTheLastEnded) {
  CodeListSession session(backend_);
  ASSERT_TRUE(session.Take(Pins("2025", "2026")).ok());
  Answers(session);
  ASSERT_TRUE(session.Take(Entries(std::vector<std::string>(1000, "A00.-"))).ok());
  std::vector<int64_t> of_entry(1000);
  int last = kMaxCodeListRows;
  for (const v1::CheckCodeListResponse& response : Answers(session)) {
    EXPECT_EQ(last, kMaxCodeListRows) << "only the last may have less";
    last = response.rows_size();
    for (const v1::CodeListRow& row : response.rows()) ++of_entry[row.entry_index()];
  }
  EXPECT_THAT(of_entry, ::testing::Each(3));  // A00.0, A00.1, A00.9
}

TEST_F(CodeListHandlersTest, ALongEntryIsARowAndItsBeginningIsShown) {
  CodeListSession session(backend_);
  ASSERT_TRUE(session.Take(Pins("2025", "2026")).ok());
  Answers(session);
  const std::string entry = std::string(63, 'x') + "é" + std::string(1 << 20, 'y');
  ASSERT_TRUE(session.Take(Entries({entry, "I10"})).ok());
  const auto answers = Answers(session);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].rows(0).entry(), std::string(63, 'x'));
  EXPECT_THAT(answers[0].rows(0).outcomes(), ElementsAre(v1::CODE_LIST_OUTCOME_MALFORMED));
  EXPECT_EQ(answers[0].rows(1).id(), "I10");
}

TEST_F(CodeListHandlersTest, RefusesMessagesOutOfTurnAndOutOfLimits) {
  v1::CheckCodeListRequest wrong_date = Pins("2025", "");
  wrong_date.mutable_pins()->mutable_to()->set_date("yesterday");
  const struct {
    const char* name;
    std::vector<v1::CheckCodeListRequest> requests;
    Reason reason;
    const char* field;
  } kCases[] = {
      {"entries first", {Entries({"I10"})}, Reason::kArgumentInvalid, "pins"},
      {"nothing first", {v1::CheckCodeListRequest()}, Reason::kArgumentInvalid, "pins"},
      {"pins twice",
       {Pins("2025", "2026"), Pins("2025", "2026")},
       Reason::kArgumentInvalid,
       "pins"},
      {"no entries",
       {Pins("2025", "2026"), Entries({})},
       Reason::kArgumentInvalid,
       "entries.entries"},
      {"nothing later",
       {Pins("2025", "2026"), v1::CheckCodeListRequest()},
       Reason::kArgumentInvalid,
       "entries.entries"},
      {"too many",
       {Pins("2025", "2026"), Entries(std::vector<std::string>(1001, "I10"))},
       Reason::kArgumentInvalid,
       "entries.entries"},
      {"a bad date", {wrong_date}, Reason::kArgumentInvalid, "pins.to.date"},
      {"a bad id", {Pins("2025-13", "2026")}, Reason::kReleaseIdInvalid, "pins.from.release"},
      {"not loaded", {Pins("2025", "2024")}, Reason::kReleaseNotFound, ""},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    CodeListSession session(backend_);
    absl::Status status;
    for (const v1::CheckCodeListRequest& request : test.requests) {
      ASSERT_TRUE(status.ok()) << status;
      status = session.Take(request);
      Answers(session);
    }
    EXPECT_TRUE(FailsWith(status, test.reason, "", ""));
    const std::vector<Violation> violations = ViolationsOf(status);
    EXPECT_EQ(violations.empty() ? "" : violations[0].field, test.field);
  }
  EXPECT_TRUE(FailsWith(CodeListSession(backend_).End(), Reason::kArgumentInvalid, "", ""));
}

TEST_F(CodeListHandlersTest, AnswersOverGrpcWhileTheListIsStillBeingSent) {
  const auto stub = v1::Releases::NewStub(fixture_.server().InProcessChannel());
  grpc::ClientContext context;
  const auto call = stub->CheckCodeList(&context);
  v1::CheckCodeListResponse response;
  ASSERT_TRUE(call->Write(Pins("2025", "2026")));
  ASSERT_TRUE(call->Read(&response));
  EXPECT_EQ(response.to().release_id(), "2026");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(call->Write(Entries({"G35"})));
    ASSERT_TRUE(call->Read(&response));
    EXPECT_EQ(response.rows(0).entry_index(), i);
  }
  ASSERT_TRUE(call->WritesDone());
  EXPECT_FALSE(call->Read(&response));
  EXPECT_TRUE(call->Finish().ok());
}

TEST_F(CodeListHandlersTest, EndsCallsThatBreakTheRulesOrAreCancelled) {
  const auto stub = v1::Releases::NewStub(fixture_.server().InProcessChannel());
  {
    grpc::ClientContext context;
    const auto call = stub->CheckCodeList(&context);
    call->WritesDone();
    EXPECT_EQ(ReasonIn(call->Finish()), "ARGUMENT_INVALID");
  }
  {
    grpc::ClientContext context;
    const auto call = stub->CheckCodeList(&context);
    ASSERT_TRUE(call->Write(Pins("2025", "2026")));
    // The server reads on when what it wrote was read, at least in process.
    v1::CheckCodeListResponse response;
    ASSERT_TRUE(call->Read(&response));
    ASSERT_TRUE(call->Write(Pins("2025", "2026")));
    EXPECT_FALSE(call->Read(&response));
    EXPECT_EQ(ReasonIn(call->Finish()), "ARGUMENT_INVALID");
  }
  {
    // gRPC's own reading of messages would tell of it as of the end of the list.
    grpc::ClientContext context;
    const auto call = stub->CheckCodeList(&context);
    ASSERT_TRUE(call->Write(Pins("2025", "2026")));
    v1::CheckCodeListResponse response;
    ASSERT_TRUE(call->Read(&response));
    call->Write(Entries({"A\xff"}));
    call->WritesDone();
    EXPECT_FALSE(call->Read(&response));
    EXPECT_EQ(ReasonIn(call->Finish()), "ARGUMENT_INVALID");
  }
  for (const bool before_entries : {true, false}) {
    grpc::ClientContext context;
    const auto call = stub->CheckCodeList(&context);
    ASSERT_TRUE(call->Write(Pins("2025", "2026")));
    v1::CheckCodeListResponse response;
    ASSERT_TRUE(call->Read(&response));
    // More than is ever read: the server is in the midst of writing.
    if (!before_entries) {
      ASSERT_TRUE(call->Write(Entries(std::vector<std::string>(1000, "A00-T88"))));
    }
    context.TryCancel();
    EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
}

}  // namespace
}  // namespace codeset::server
