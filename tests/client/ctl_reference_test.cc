#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>

#include "client/cpp/error.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Return;

class CtlReferenceTest : public CtlTest {
 protected:
  // What the file at `path` holds.
  static std::string ReadFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

v1::GetReferenceResponse Page() {
  v1::GetReferenceResponse answer;
  answer.mutable_release()->set_release_id("2026");
  answer.mutable_reference()->set_code("M99.86");
  answer.mutable_reference()->mutable_summary()->set_text(
      "Twenty words or so, which are long enough to be wrapped at forty columns and not at one "
      "hundred and twenty.");
  answer.mutable_revision()->set_number(2);
  answer.mutable_verification()->set_revision(2);
  answer.mutable_verification()->set_status(v1::VERIFICATION_STATUS_UNVERIFIED);
  return answer;
}

TEST_F(CtlReferenceTest, ShowIsAsWideAsTheTerminalElseAsColumnsSays) {
  EXPECT_CALL(*connection_, GetReference)
      .Times(3)
      .WillRepeatedly([](const client::CallOptions&, const v1::GetReferenceRequest& request) {
        EXPECT_EQ(request.code(), "M99.86");
        EXPECT_EQ(request.revision(), 2);
        EXPECT_EQ(request.as_of(), "2026-05-08");
        EXPECT_EQ(request.release().release(), "2026");
        return Page();
      });
  const std::vector<std::string> args = {"reference", "show",       "M99.86",    "--revision", "2",
                                         "--as-of",   "2026-05-08", "--release", "2026"};
  columns_ = 40;
  EXPECT_EQ(Call(args), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\n  Twenty words or so, which are long\n"));
  columns_.reset();
  variables_["COLUMNS"] = "120";
  EXPECT_EQ(Call(args), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("not at one hundred and twenty.\n"));
  variables_.clear();
  EXPECT_EQ(Call(args), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("to be wrapped at forty columns and\n"));
}

TEST_F(CtlReferenceTest, ShowHasDataForProgramsAndSaysNoWithoutAPage) {
  EXPECT_CALL(*connection_, GetReference)
      .WillOnce(Return(Page()))
      .WillOnce(Return(client::MakeError(absl::StatusCode::kNotFound,
                                         v1::ERROR_REASON_REFERENCE_NOT_FOUND, "no page", {})));
  EXPECT_EQ(Call({"reference", "show", "M99.86", "--output", "json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(),
              HasSubstr("\"verification\":{\"status\":\"VERIFICATION_STATUS_UNVERIFIED"));
  EXPECT_EQ(Call({"reference", "show", "I10"}), ExitCode::kNo);
  EXPECT_THAT(err_.str(), HasSubstr("codesetctl reference import PATH…"));
}

TEST_F(CtlReferenceTest, ExportGivesWhatImportTakes) {
  const v1::Reference page = Page().reference();
  EXPECT_CALL(*connection_, StreamReferences)
      .Times(3)
      .WillRepeatedly([&](const client::CallOptions&, const v1::StreamReferencesRequest& request) {
        EXPECT_THAT(request.codes(), ElementsAre("M99.86"));
        EXPECT_THAT(request.states(), ElementsAre(v1::REFERENCE_STATE_PUBLISHED));
        v1::StreamReferencesResponse message;
        *message.add_references() = page;
        message.add_revisions();
        return std::make_unique<client::ListedStream<v1::StreamReferencesResponse>>(
            std::vector{message});
      });
  const std::vector<std::string> args = {"reference", "export", "M99.86", "--state", "published"};
  const std::string text = page.summary().text();
  const std::string line =
      absl::StrCat("{\"code\":\"M99.86\",\"summary\":{\"text\":\"", text, "\"}}\n");
  EXPECT_EQ(Call(args), ExitCode::kDone);
  EXPECT_EQ(out_.str(), line);
  std::vector<std::string> pretty = args;
  pretty.push_back("--pretty");
  EXPECT_EQ(Call(pretty), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("{\n \"code\": \"M99.86\","));
  std::vector<std::string> to_file = args;
  const std::string path = WriteFile("out.jsonl", "old");
  to_file.insert(to_file.end(), {"--to", path});
  EXPECT_EQ(Call(to_file), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(ReadFile(path), line);
}

TEST_F(CtlReferenceTest, AnExportThatFailsLeavesTheFileAsItWas) {
  EXPECT_CALL(*connection_, StreamReferences)
      .WillOnce([](const client::CallOptions&, const v1::StreamReferencesRequest&) {
        v1::StreamReferencesResponse message;
        message.add_references();
        message.add_revisions();
        return std::make_unique<client::ListedStream<v1::StreamReferencesResponse>>(
            std::vector{message}, absl::DataLossError("damaged"));
      });
  const std::string path = WriteFile("out.jsonl", "old");
  EXPECT_EQ(Call({"reference", "export", "--to", path}), ExitCode::kRefused);
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_FALSE(std::filesystem::exists(path + ".unfinished"));
  EXPECT_EQ(Call({"reference", "export", "--to", "/nowhere/at/all"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"reference", "export", "--output", "csv"}), ExitCode::kUsage);
}

TEST_F(CtlReferenceTest, HistoryHasRevisionsAndVerificationsByTime) {
  v1::ListReferenceRevisionsResponse revisions;
  v1::ReferenceRevision* first = revisions.add_revisions();
  first->set_number(1);
  first->set_recorded_at("2026-05-01T00:00:00Z");
  first->set_recorded_by("jane");
  first->set_state(v1::REFERENCE_STATE_DRAFT);
  first->set_source_count(4);
  first->set_digest("0123456789abcdef");
  v1::ReferenceRevision* second = revisions.add_revisions();
  second->set_number(2);
  second->set_recorded_at("2026-06-01T00:00:00Z");
  second->set_digest("fedcba9876543210");
  EXPECT_CALL(*connection_, ListReferenceRevisions).WillRepeatedly(Return(revisions));
  v1::ListVerificationsResponse verifications;
  v1::Verification* verification = verifications.add_verifications();
  verification->set_number(1);
  verification->set_recorded_at("2026-05-08T00:00:00Z");
  verification->set_release_id("2026");
  verification->set_corrected_by_id("e2");
  v1::NewVerification* event = verification->mutable_event();
  event->set_id("e1");
  event->set_revision(1);
  event->set_date("2026-05-08");
  event->set_verifier("john");
  event->set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
  EXPECT_CALL(*connection_, ListVerifications).WillRepeatedly(Return(verifications));
  EXPECT_EQ(Call({"reference", "history", "M99.86"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "RECORDED              WHAT            BY    DETAIL\n"
            "2026-05-01T00:00:00Z  revision 1      jane  draft, 4 sources, 0 procedures, digest "
            "0123456789ab\n"
            "2026-05-08T00:00:00Z  verification 1  john  confirmed revision 1 on May 8, 2026 "
            "against release 2026, the whole page; counts no more: e2 took its place (e1)\n"
            "2026-06-01T00:00:00Z  revision 2            unspecified, 0 sources, 0 procedures, "
            "digest fedcba987654\n");
  EXPECT_EQ(Call({"reference", "history", "M99.86", "--output", "csv"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(),
              HasSubstr("\r\nREVISION,1,2026-05-01T00:00:00Z,jane,1,0123456789abcdef,DRAFT,"
                        ",,,,,,,,\r\n"
                        "VERIFICATION,1,2026-05-08T00:00:00Z,john,1,,,2026-05-08,"
                        "CONFIRMED,,,,2026,e1,,e2\r\n"));
}

TEST_F(CtlReferenceTest, EditionsAreTheRegister) {
  v1::ListSourceEditionsResponse answer;
  v1::SourceEdition* guidelines = answer.add_editions();
  guidelines->set_kind(v1::SOURCE_KIND_GUIDELINES);
  guidelines->set_edition("2025");
  guidelines->set_effective_date("2024-10-01");
  guidelines->set_superseded_on("2025-10-01");
  guidelines->set_superseded_by("2026");
  v1::SourceEdition* book = answer.add_editions();
  book->set_kind(v1::SOURCE_KIND_PUBLICATION);
  book->set_series("coding-book");
  book->set_edition("12");
  book->set_effective_date("2026-03-15");
  EXPECT_CALL(*connection_, ListSourceEditions).WillRepeatedly(Return(answer));
  EXPECT_EQ(Call({"reference", "editions"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "SERIES       EDITION  IN FORCE FROM  SUPERSEDED ON  SUPERSEDED BY\n"
            "guidelines   2025     2024-10-01     2025-10-01     2026\n"
            "coding-book  12       2026-03-15\n");
}

TEST_F(CtlReferenceTest, LookUpTellsOfVerificationInALine) {
  v1::BatchGetConceptsResponse answer;
  answer.mutable_release()->set_release_id("2026");
  v1::ConceptResult* with_page = answer.add_results();
  with_page->mutable_found()->set_id("M99.86");
  with_page->mutable_verification()->set_status(v1::VERIFICATION_STATUS_STALE_SOURCE);
  with_page->mutable_verification()->set_last_verified("2026-05-08");
  with_page->mutable_verification()->set_source_count(4);
  answer.add_results()->mutable_found()->set_id("I10");
  std::vector<bool> asked;
  EXPECT_CALL(*connection_, BatchGetConcepts)
      .WillRepeatedly([&](const client::CallOptions&, const v1::BatchGetConceptsRequest& request) {
        asked.push_back(request.include_verification());
        return answer;
      });
  EXPECT_EQ(Call({"lookup", "M99.86", "I10", "--verification"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(),
              HasSubstr("\n  verification   Verified May 8, 2026 · 4 sources · STALE\n"));
  EXPECT_THAT(out_.str(), HasSubstr("\n  verification   no page\n"));
  EXPECT_EQ(Call({"lookup", "M99.86", "I10", "--verification", "--output", "csv"}),
            ExitCode::kDone);
  EXPECT_THAT(out_.str(),
              HasSubstr(",verification_status,verification_reasons,last_verified,verifier,"
                        "verified_release_id,source_count\r\n"));
  EXPECT_THAT(out_.str(), HasSubstr(",STALE_SOURCE,,2026-05-08,,,4\r\n"));
  EXPECT_THAT(out_.str(), HasSubstr(",NO_PAGE,,,,,\r\n"));
  EXPECT_EQ(Call({"lookup", "M99.86"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), Not(HasSubstr("verification")));
  EXPECT_THAT(asked, ElementsAre(true, true, false));
}

TEST_F(CtlReferenceTest, AReleaseThatTheLedgerNamesSaysWhy) {
  EXPECT_CALL(*admin_, DeleteRelease)
      .WillOnce(Return(client::MakeError(absl::StatusCode::kFailedPrecondition,
                                         v1::ERROR_REASON_RELEASE_IN_USE, "in use",
                                         {{"verifications", "3"}})));
  EXPECT_EQ(Call({"release", "delete", "2026", "--admin-server", "a"}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("verifications: 3"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("label set")));
}

}  // namespace
}  // namespace codeset::ctl
