#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/codesetctl/consulted_source.h"
#include "client/codesetctl/event_id.h"
#include "client/cpp/error.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

v1::NewVerification Event() {
  v1::NewVerification event;
  event.set_code("M99.86");
  event.set_revision(1);
  event.set_date("2026-05-08");
  event.set_verifier("Jane Doe");
  event.set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
  return event;
}

TEST(EventIdTest, IsTheSameForTheSameEvent) {
  v1::NewVerification event = Event();
  const std::string id = MakeEventId(event);
  EXPECT_THAT(id, MatchesRegex("M99\\.86/r1/2026-05-08/[0-9a-f]+"));
  EXPECT_EQ(id.size(), std::string("M99.86/r1/2026-05-08/").size() + 16);
  // What may be told better the second time is not in it.
  event.set_remark("typed again");
  event.set_revision_digest("d");
  EXPECT_EQ(MakeEventId(event), id);
  // The order in which a scope is typed says nothing.
  event.mutable_scope()->add_item_ids("a");
  event.mutable_scope()->add_item_ids("b");
  v1::NewVerification other = Event();
  other.mutable_scope()->add_item_ids("b");
  other.mutable_scope()->add_item_ids("a");
  EXPECT_EQ(MakeEventId(event), MakeEventId(other));
  EXPECT_NE(MakeEventId(event), id);
}

TEST(EventIdTest, DiffersWithEachPartThatTellsEventsApart) {
  std::vector<v1::NewVerification> events(9, Event());
  events[1].set_revision(2);
  events[2].set_date("2026-05-09");
  events[3].set_verifier("John Doe");
  events[4].mutable_scope()->add_sections(v1::REFERENCE_SECTION_SUMMARY);
  events[5].set_outcome(v1::VERIFICATION_OUTCOME_REJECTED);
  events[6].set_corrects_id("x");
  events[7].set_code("M99.89");
  events[8].mutable_release()->set_release("2027");
  std::set<std::string> ids;
  for (const v1::NewVerification& event : events) ids.insert(MakeEventId(event));
  EXPECT_EQ(ids.size(), events.size());
}

TEST(ConsultedSourceTest, ReadsEditionsAndTitles) {
  v1::ConsultedSource source = ReadConsulted("tabular-list@2026-04");
  EXPECT_EQ(source.kind(), v1::SOURCE_KIND_TABULAR_LIST);
  EXPECT_EQ(source.edition(), "2026-04");
  EXPECT_EQ(source.series(), "");
  source = ReadConsulted("guidelines@2025");
  EXPECT_EQ(source.kind(), v1::SOURCE_KIND_GUIDELINES);
  source = ReadConsulted("coding-book@12|The Book");
  EXPECT_EQ(source.kind(), v1::SOURCE_KIND_PUBLICATION);
  EXPECT_EQ(source.series(), "coding-book");
  EXPECT_EQ(source.edition(), "12");
  EXPECT_EQ(source.title(), "The Book");
  EXPECT_EQ(ReadConsulted("coding-book@12").title(), "coding-book");
  source = ReadConsulted("A page|https://www.cdc.gov/x");
  EXPECT_EQ(source.kind(), v1::SOURCE_KIND_WEB_PAGE);
  EXPECT_EQ(source.url(), "https://www.cdc.gov/x");
  EXPECT_EQ(source.title(), "A page");
  source = ReadConsulted("https://www.cdc.gov/x@y");
  EXPECT_EQ(source.kind(), v1::SOURCE_KIND_WEB_PAGE);
  EXPECT_EQ(source.title(), "https://www.cdc.gov/x@y");
  source = ReadConsulted("Letter of someone@somewhere");
  EXPECT_EQ(source.kind(), v1::SOURCE_KIND_OTHER);
  EXPECT_EQ(source.title(), "Letter of someone@somewhere");
}

class CtlVerifyTest : public CtlTest {
 protected:
  CtlVerifyTest() {
    ON_CALL(*connection_, GetReference)
        .WillByDefault([this](const client::CallOptions&, const v1::GetReferenceRequest& request)
                           -> absl::StatusOr<v1::GetReferenceResponse> {
          asked_.push_back(request);
          if (request.code() == "I10") {
            return client::MakeError(absl::StatusCode::kNotFound,
                                     v1::ERROR_REASON_REFERENCE_NOT_FOUND, "I10 has no page", {});
          }
          v1::GetReferenceResponse answer;
          answer.mutable_release()->set_release_id("2026");
          answer.mutable_reference()->set_code("M99.86");
          if (request.code() != "m9986") answer.mutable_reference()->set_code(request.code());
          answer.mutable_revision()->set_number(request.revision() == 0 ? 3 : request.revision());
          answer.mutable_revision()->set_digest("digest");
          return answer;
        });
    ON_CALL(*admin_, RecordVerification)
        .WillByDefault(
            [this](const client::CallOptions&, const v1::RecordVerificationRequest& request) {
              recorded_.push_back(request);
              v1::RecordVerificationResponse answer;
              for (const v1::NewVerification& event : request.verifications()) {
                v1::Verification& added = *answer.add_verifications();
                *added.mutable_event() = event;
                added.set_release_id("2026");
              }
              return answer;
            });
  }
  ExitCode Verify(std::vector<std::string> args) {
    args.insert(args.begin(), {"--admin-server", "a", "reference", "verify", "--by", "Jane Doe",
                               "--date", "2026-05-08"});
    return Call(args);
  }

  std::vector<v1::GetReferenceRequest> asked_;
  std::vector<v1::RecordVerificationRequest> recorded_;
};

TEST_F(CtlVerifyTest, RecordsWhatThePageIs) {
  EXPECT_EQ(Verify({"m9986", "--release", "2026", "--source", "guidelines@2026", "--scope",
                    "common-pitfalls", "--scope", "header", "--role", "coder", "--method",
                    "assisted", "--second-reviewer", "J", "--remark", "r"}),
            ExitCode::kDone);
  ASSERT_EQ(recorded_.size(), 1U);
  const v1::NewVerification& event = recorded_[0].verifications(0);
  EXPECT_EQ(event.code(), "M99.86");
  EXPECT_EQ(event.revision(), 3);
  EXPECT_EQ(event.revision_digest(), "digest");
  EXPECT_EQ(event.date(), "2026-05-08");
  EXPECT_EQ(event.verifier(), "Jane Doe");
  EXPECT_EQ(event.release().release(), "2026");
  EXPECT_EQ(event.outcome(), v1::VERIFICATION_OUTCOME_CONFIRMED);
  EXPECT_EQ(event.method(), v1::VERIFICATION_METHOD_ASSISTED);
  EXPECT_EQ(event.role(), "coder");
  EXPECT_EQ(event.second_reviewer(), "J");
  EXPECT_EQ(event.remark(), "r");
  EXPECT_EQ(event.sources(0).edition(), "2026");
  EXPECT_THAT(event.scope().sections(), ElementsAre(v1::REFERENCE_SECTION_COMMON_PITFALLS));
  EXPECT_THAT(event.scope().item_ids(), ElementsAre("header"));
  EXPECT_EQ(event.id(), MakeEventId(event));
  EXPECT_THAT(out_.str(), HasSubstr("M99.86: revision 3 confirmed on May 8, 2026 by Jane Doe "
                                    "against release 2026, common pitfalls, item header"));
  EXPECT_THAT(err_.str(), HasSubstr("1 recorded"));
}

TEST_F(CtlVerifyTest, AllPagesAreJudgedAgainstTheReleaseOfTheFirst) {
  EXPECT_EQ(Verify({"M99.86", "M99.89", "--revision", "1"}), ExitCode::kDone);
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[0].release().release(), "current");
  EXPECT_EQ(asked_[1].release().release(), "2026");
  EXPECT_EQ(recorded_[0].verifications(0).revision(), 1);
  EXPECT_EQ(recorded_[0].verifications(1).release().release(), "2026");
}

TEST_F(CtlVerifyTest, ACodeWithoutAPageLeavesNothingRecorded) {
  EXPECT_EQ(Verify({"M99.86", "I10", "M99.89"}), ExitCode::kNo);
  EXPECT_TRUE(recorded_.empty());
  EXPECT_EQ(asked_.size(), 3U);
  EXPECT_THAT(err_.str(), HasSubstr("[REFERENCE_NOT_FOUND]"));
  EXPECT_THAT(err_.str(), HasSubstr("nothing was recorded"));
}

TEST_F(CtlVerifyTest, AFileOfCodesIsRecordedByTheThousand) {
  std::string codes = "code\n";
  for (int i = 0; i < 1001; ++i) codes += absl::StrCat("A", i, "\n");
  EXPECT_EQ(Verify({"--codes-file", WriteFile("codes.csv", codes)}), ExitCode::kDone);
  ASSERT_EQ(recorded_.size(), 2U);
  EXPECT_EQ(recorded_[0].verifications_size(), 1000);
  EXPECT_EQ(recorded_[1].verifications_size(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("1001 recorded"));
}

TEST_F(CtlVerifyTest, AnIdThatIsTakenSaysWhatToDo) {
  EXPECT_CALL(*admin_, RecordVerification)
      .WillOnce([](const client::CallOptions&, const v1::RecordVerificationRequest&) {
        return client::MakeError(absl::StatusCode::kAlreadyExists,
                                 v1::ERROR_REASON_VERIFICATION_ID_TAKEN, "taken", {});
      });
  EXPECT_EQ(Verify({"M99.86", "--id", "mine"}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("--corrects"));
  EXPECT_THAT(err_.str(), HasSubstr("0 of 1 were recorded"));
}

TEST_F(CtlVerifyTest, FlagsThatDoNotFitAreRefused) {
  EXPECT_EQ(Verify({}), ExitCode::kUsage);
  EXPECT_EQ(Verify({"M99.86", "--codes-file", "f"}), ExitCode::kUsage);
  EXPECT_EQ(Verify({"M99.86", "M99.89", "--id", "x"}), ExitCode::kUsage);
  EXPECT_EQ(Verify({"M99.86", "--outcome", "corrected"}), ExitCode::kUsage);
  EXPECT_EQ(Verify({"M99.86", "--corrected-revision", "2"}), ExitCode::kUsage);
  EXPECT_EQ(Verify({"M99.86", "--outcome", "maybe"}), ExitCode::kUsage);
  EXPECT_EQ(Verify({"M99.86", "--revision", "0"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"--admin-server", "a", "reference", "verify", "M99.86"}), ExitCode::kUsage);
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(Verify({"M99.86", "--outcome", "corrected", "--corrected-revision", "4"}),
            ExitCode::kDone);
  EXPECT_EQ(recorded_[0].verifications(0).corrected_revision(), 4);
}

}  // namespace
}  // namespace codeset::ctl
