#include "client/codesetctl/codesetctl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "client/cpp/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/client/mock_connection.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Return;

absl::Status ServerError(grpc::StatusCode code, const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("codeset");
  (*info.mutable_metadata())["edition"] = "2023-04";
  google::rpc::Status status;
  status.add_details()->PackFrom(info);
  return client::FromGrpcStatus(grpc::Status(code, "the message", status.SerializeAsString()));
}

class CodesetctlTest : public ::testing::Test {
 protected:
  ExitCode Call(const std::vector<std::string>& args) {
    out_.str("");
    err_.str("");
    return ctl::Run(
        args, {out_, err_, std::nullopt, false, [](const std::string&) { return ""; },
               [this](const std::string&, const client::ConnectionOptions&) { return connection_; },
               [this](const std::string&, const client::ConnectionOptions&) { return admin_; },
               [this] { return reader_gone_; }});
  }

  std::shared_ptr<::testing::NiceMock<client::MockConnection>> connection_ =
      std::make_shared<::testing::NiceMock<client::MockConnection>>();
  std::shared_ptr<::testing::NiceMock<client::MockAdminConnection>> admin_ =
      std::make_shared<::testing::NiceMock<client::MockAdminConnection>>();
  bool reader_gone_ = false;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CodesetctlTest, EndsWithTheExitCodeOfTheError) {
  const struct {
    absl::Status status;
    ExitCode want;
    const char* next;
  } cases[] = {
      {ServerError(grpc::StatusCode::NOT_FOUND, "CONCEPT_NOT_FOUND"), ExitCode::kNo,
       "[CONCEPT_NOT_FOUND]"},
      {ServerError(grpc::StatusCode::NOT_FOUND, "RELEASE_NOT_FOUND"), ExitCode::kRefused,
       "release list"},
      {ServerError(grpc::StatusCode::INVALID_ARGUMENT, "CONCEPT_ID_INVALID"), ExitCode::kUsage,
       "[CONCEPT_ID_INVALID]"},
      {ServerError(grpc::StatusCode::FAILED_PRECONDITION, "RELEASE_NOT_LOADED"), ExitCode::kRefused,
       "release load 2023-04"},
      {ServerError(grpc::StatusCode::FAILED_PRECONDITION, "STRUCTURE_NOT_KNOWN"),
       ExitCode::kRefused, "a release that has a tabular list"},
      {absl::UnavailableError("refused"), ExitCode::kRefused, "is codesetd running"},
      {absl::DeadlineExceededError(""), ExitCode::kRefused, "DEADLINE_EXCEEDED"},
  };
  for (const auto& test : cases) {
    EXPECT_CALL(*connection_, ListRelatives).WillOnce(Return(test.status));
    EXPECT_EQ(Call({"children", "M99"}), test.want) << test.status;
    EXPECT_EQ(out_.str(), "");
    EXPECT_THAT(err_.str(), ::testing::StartsWith("codesetctl: "));
    EXPECT_THAT(err_.str(), HasSubstr(test.next));
  }
}

TEST_F(CodesetctlTest, LookupPrintsWhatIsThereAndSaysNoForTheRest) {
  v1::BatchGetConceptsResponse answer;
  answer.mutable_release()->set_release_id("2026");
  answer.add_results()->mutable_found()->set_id("M99");
  v1::ConceptFailure* failure = answer.add_results()->mutable_failure();
  failure->set_id("Z99.999");
  failure->set_reason(v1::ERROR_REASON_CONCEPT_NOT_FOUND);
  failure->set_message("release 2026 has no concept Z99.999");
  EXPECT_CALL(*connection_, BatchGetConcepts).WillRepeatedly(Return(answer));
  EXPECT_EQ(Call({"lookup", "M99", "Z99.999"}), ExitCode::kNo);
  EXPECT_THAT(out_.str(), ::testing::StartsWith("M99  "));
  EXPECT_THAT(err_.str(), HasSubstr("release 2026"));
  EXPECT_THAT(err_.str(), HasSubstr("Z99.999 [CONCEPT_NOT_FOUND]"));
  EXPECT_EQ(Call({"lookup", "M99", "Z99.999", "--output", "json"}), ExitCode::kNo);
  EXPECT_THAT(out_.str(), HasSubstr("\"failure\":{\"id\":\"Z99.999\""));
  EXPECT_THAT(out_.str(), ::testing::Not(HasSubstr("complete")));
  // Named as it was typed.
  answer.mutable_results(1)->mutable_failure()->set_id("z99999");
  EXPECT_CALL(*connection_, BatchGetConcepts).WillRepeatedly(Return(answer));
  EXPECT_EQ(Call({"lookup", "M99", "z99999"}), ExitCode::kNo);
  EXPECT_THAT(err_.str(), HasSubstr("has no concept z99999 ["));
  // What is not known is not "no".
  answer.mutable_results(1)->mutable_failure()->set_reason(v1::ERROR_REASON_STRUCTURE_NOT_KNOWN);
  EXPECT_CALL(*connection_, BatchGetConcepts).WillOnce(Return(answer));
  EXPECT_EQ(Call({"lookup", "M99", "13"}), ExitCode::kRefused);
}

TEST_F(CodesetctlTest, LookupPinsTheReleaseOfItsFirstBatch) {
  std::vector<std::string> args = {"lookup"};
  args.insert(args.end(), 1001, "M99");
  v1::BatchGetConceptsResponse answer;
  answer.mutable_release()->set_release_id("2026");
  std::vector<std::string> asked;
  EXPECT_CALL(*connection_, BatchGetConcepts)
      .WillRepeatedly([&](const client::CallOptions&, const v1::BatchGetConceptsRequest& request) {
        asked.push_back(request.release().release());
        return answer;
      });
  EXPECT_EQ(Call(args), ExitCode::kDone);
  EXPECT_THAT(asked, ::testing::ElementsAre("current", "2026"));
}

TEST_F(CodesetctlTest, TellsThatAListMayBeIncomplete) {
  v1::ListRelativesResponse page;
  page.mutable_release()->set_release_id("2025");
  page.set_complete(false);
  EXPECT_CALL(*connection_, ListRelatives).WillRepeatedly(Return(page));
  EXPECT_EQ(Call({"siblings", "U07"}), ExitCode::kDone);
  EXPECT_THAT(err_.str(), HasSubstr("may be incomplete"));
  EXPECT_EQ(Call({"siblings", "U07", "--output", "json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"complete\":false"));
  v1::ListConceptsResponse list;
  list.mutable_release()->set_release_id("2025");
  EXPECT_CALL(*connection_, ListConcepts).WillRepeatedly(Return(list));
  EXPECT_EQ(Call({"list", "--under", "13"}), ExitCode::kDone);
  EXPECT_THAT(err_.str(), HasSubstr("may be incomplete"));
  list.set_complete(true);
  EXPECT_CALL(*connection_, ListConcepts).WillRepeatedly(Return(list));
  EXPECT_EQ(Call({"list", "--under", "13"}), ExitCode::kDone);
  EXPECT_THAT(err_.str(), ::testing::Not(HasSubstr("may be incomplete")));
}

TEST_F(CodesetctlTest, CsvTellsTheReleaseEvenWithoutRecords) {
  v1::ListConceptsResponse list;
  list.mutable_release()->set_release_id("2025");
  list.mutable_release()->set_structure_from("2023");
  list.set_complete(true);
  EXPECT_CALL(*connection_, ListConcepts).WillOnce(Return(list));
  EXPECT_EQ(Call({"list", "--under", "13", "--output", "csv"}), ExitCode::kDone);
  EXPECT_THAT(err_.str(), HasSubstr("release 2025"));
  EXPECT_THAT(err_.str(), HasSubstr("BORROWED"));
  v1::GetCommonAncestorResponse none;
  none.mutable_release()->set_release_id("2025");
  EXPECT_CALL(*connection_, GetCommonAncestor).WillOnce(Return(none));
  EXPECT_EQ(Call({"common-ancestor", "A00", "M99", "--output", "csv"}), ExitCode::kNo);
  EXPECT_THAT(err_.str(), HasSubstr("release 2025"));
}

TEST_F(CodesetctlTest, CountsOfChildrenOnLoanMayBeTooLow) {
  v1::BatchGetConceptsResponse answer;
  answer.mutable_release()->set_release_id("2025");
  v1::Concept* item = answer.add_results()->mutable_found();
  item->set_id("13");
  item->set_kind(v1::CONCEPT_KIND_CHAPTER);
  item->set_placement(v1::PLACEMENT_BORROWED);
  item->set_child_count(18);
  EXPECT_CALL(*connection_, BatchGetConcepts).WillRepeatedly(Return(answer));
  v1::GetReleaseResponse release;
  EXPECT_CALL(*connection_, GetRelease).WillOnce(Return(release));
  EXPECT_EQ(Call({"lookup", "13"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("  18\n"));
  release.mutable_release()->add_unplaced_category_ids("U07");
  EXPECT_CALL(*connection_, GetRelease).WillOnce(Return(release));
  EXPECT_EQ(Call({"lookup", "13"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("  at least 18\n"));
}

TEST_F(CodesetctlTest, EndsSilentlyWhereNobodyReads) {
  for (const bool gone : {true, false}) {
    reader_gone_ = gone;
    v1::ListConceptsResponse list;
    list.add_concepts()->set_id("M99");
    EXPECT_CALL(*connection_, ListConcepts).WillOnce(Return(list));
    out_.setstate(std::ios::badbit);
    EXPECT_EQ(Call({"list", "--output", "json"}),
              gone ? ExitCode::kReaderGone : ExitCode::kRefused);
    EXPECT_EQ(err_.str(), gone ? "" : "codesetctl: cannot write to standard output\n");
    out_.clear();
  }
}

TEST_F(CodesetctlTest, TellsThatADiffMayLackChanges) {
  for (const bool complete : {false, true}) {
    v1::StreamDiffResponse first;
    first.mutable_from()->set_release_id("2025");
    first.mutable_to()->set_release_id("2026");
    first.set_complete(complete);
    EXPECT_CALL(*connection_, StreamDiff)
        .WillOnce([&](const client::CallOptions&, const v1::StreamDiffRequest&) {
          return std::make_unique<client::ListedStream<v1::StreamDiffResponse>>(
              std::vector<v1::StreamDiffResponse>{first});
        });
    EXPECT_EQ(Call({"diff", "2025", "2026", "--under", "13"}), ExitCode::kDone);
    EXPECT_EQ(err_.str().find("changes below 13 may be missing") != std::string::npos, !complete)
        << err_.str();
    v1::GetDiffSummaryResponse summary;
    summary.set_complete(complete);
    EXPECT_CALL(*connection_, GetDiffSummary).WillOnce(Return(summary));
    EXPECT_EQ(Call({"diff", "2025", "2026", "--under", "13", "--summary"}), ExitCode::kDone);
    EXPECT_EQ(err_.str().find("changes below 13 may be missing") != std::string::npos, !complete)
        << err_.str();
  }
}

TEST_F(CodesetctlTest, SubsumptionAnswersByExitCode) {
  const struct {
    v1::SubsumptionOutcome outcome;
    ExitCode want;
    const char* sentence;
  } cases[] = {
      {v1::SUBSUMPTION_OUTCOME_EQUIVALENT, ExitCode::kDone, "M99 and M99.8 are the same concept\n"},
      {v1::SUBSUMPTION_OUTCOME_SUBSUMES, ExitCode::kDone, "M99 subsumes M99.8\n"},
      {v1::SUBSUMPTION_OUTCOME_SUBSUMED_BY, ExitCode::kNo, "M99 is subsumed by M99.8\n"},
      {v1::SUBSUMPTION_OUTCOME_NOT_SUBSUMED, ExitCode::kNo,
       "neither M99 nor M99.8 subsumes the other\n"},
      {v1::SUBSUMPTION_OUTCOME_NOT_KNOWN, ExitCode::kRefused,
       "not known whether M99 subsumes M99.8\n"},
  };
  for (const auto& test : cases) {
    v1::GetSubsumptionResponse answer;
    answer.set_outcome(test.outcome);
    EXPECT_CALL(*connection_, GetSubsumption).WillOnce(Return(answer));
    EXPECT_EQ(Call({"subsumes", "M99", "M99.8"}), test.want) << test.outcome;
    EXPECT_EQ(out_.str(), test.sentence);
  }
}

TEST_F(CodesetctlTest, UnknownCommonAncestorIsNotNo) {
  v1::GetCommonAncestorResponse none;
  EXPECT_CALL(*connection_, GetCommonAncestor).WillOnce(Return(none));
  EXPECT_EQ(Call({"common-ancestor", "A00", "M99"}), ExitCode::kNo);
  none.set_not_known(true);
  EXPECT_CALL(*connection_, GetCommonAncestor).WillOnce(Return(none));
  EXPECT_EQ(Call({"common-ancestor", "A00", "M99"}), ExitCode::kRefused);
}

TEST_F(CodesetctlTest, AddendaAskForTheirFacetsAndPrintNothingElse) {
  EXPECT_CALL(*connection_, StreamDiff)
      .WillOnce([](const client::CallOptions&, const v1::StreamDiffRequest& request) {
        EXPECT_EQ(request.facets_size(), 4);
        EXPECT_EQ(request.from().release(), "2025");
        EXPECT_EQ(request.to().release(), "2026");
        v1::StreamDiffResponse first;
        first.mutable_from()->set_release_id("2025");
        first.mutable_to()->set_release_id("2026");
        return std::make_unique<client::ListedStream<v1::StreamDiffResponse>>(
            std::vector<v1::StreamDiffResponse>{first});
      });
  EXPECT_EQ(Call({"diff", "2025", "2026", "--format", "addenda"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), ::testing::StartsWith("\r\nHeaders\r\n"));
}

TEST_F(CodesetctlTest, VerificationSaysNoWhereTheAddendaDiffer) {
  v1::VerifyReleaseResponse answer;
  answer.mutable_release()->mutable_addenda()->set_outcome(v1::ADDENDA_OUTCOME_DIFFERS);
  EXPECT_CALL(*admin_, VerifyRelease).WillOnce(Return(answer));
  EXPECT_EQ(Call({"release", "verify", "2026", "--admin-server", "x:1"}), ExitCode::kNo);
}

TEST_F(CodesetctlTest, LoadWithoutAdminListenerOrFilesIsAUsageError) {
  EXPECT_EQ(Call({"release", "load", "2026", "file"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--data-dir"));
  EXPECT_EQ(Call({"release", "load", "2026", "/no/such/file", "--data-dir", "d"}),
            ExitCode::kUsage);
}

}  // namespace
}  // namespace codeset::ctl
