#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;

class CtlReplacementsTest : public CtlTest {
 protected:
  CtlReplacementsTest() {
    ON_CALL(*connection_, GetReplacements)
        .WillByDefault([this](const client::CallOptions&, const v1::GetReplacementsRequest& request)
                           -> absl::StatusOr<v1::GetReplacementsResponse> {
          v1::GetReplacementsResponse answer;
          answer.mutable_from()->set_release_id(request.from().release());
          answer.mutable_to()->set_release_id(request.to().release());
          answer.set_id(request.id());
          answer.set_table_from(table_from_);
          answer.set_complete(uncovered_.empty());
          if (!uncovered_.empty()) answer.add_uncovered_editions(uncovered_);
          answer.set_outcome(v1::REPLACEMENT_OUTCOME_NO_REPLACEMENT_KNOWN);
          if (request.id() == "G56.01") AddReplacement(answer);
          return answer;
        });
  }

  static void AddReplacement(v1::GetReplacementsResponse& answer) {
    answer.set_outcome(v1::REPLACEMENT_OUTCOME_REPLACED);
    v1::Replacement& item = *answer.add_replacements();
    item.set_id("G56.031");
    item.set_title("Both, one");
    item.set_lossy(true);
    item.set_derived(true);
    v1::ReplacementHop* hop = item.add_hops();
    hop->set_previous_id("G56.01");
    hop->set_current_id("G56.03");
    hop->set_effective_date("2016-10-01");
    hop->set_kind(v1::REPLACEMENT_KIND_MERGE);
    hop->add_combined_with_ids("G56.02");
    hop->mutable_row()->set_row(821);
    hop = item.add_hops();
    hop->set_previous_id("G56.03");
    hop->set_current_id("G56.031");
    hop->set_effective_date("2025-10-01");
    hop->set_kind(v1::REPLACEMENT_KIND_HEADERS_CHILD);
    hop->set_derived(true);
  }

  std::string table_from_ = "2026";
  std::string uncovered_;
};

TEST_F(CtlReplacementsTest, TellsTheWayToEachCodeAndSaysNoWhereNothingIsKnown) {
  EXPECT_EQ(Call({"replacements", "G56.01", "--from", "2016", "--to", "2026"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), ::testing::StartsWith("CODE    OUTCOME   REPLACEMENT  LOSSY  WAY  "));
  EXPECT_THAT(out_.str(),
              ::testing::EndsWith(
                  "  TITLE\n"
                  "G56.01  replaced  G56.031      yes    G56.01 → G56.03: merge, 2016-10-01, "
                  "together with G56.02, row 821; G56.03 → G56.031: headers child, 2025-10-01, "
                  "derived  Both, one\n"));
  EXPECT_THAT(err_.str(), HasSubstr("conversion table of release 2026\n"));
  EXPECT_EQ(Call({"replacements", "G56.01", "A00", "--from", "2016", "--to", "2026"}),
            ExitCode::kNo);
  EXPECT_THAT(out_.str(), HasSubstr("\nA00     no replacement known\n"));
}

TEST_F(CtlReplacementsTest, WritesARecordForEachReplacement) {
  EXPECT_EQ(
      Call({"replacements", "G56.01", "A00", "--from", "2016", "--to", "2026", "--output", "csv"}),
      ExitCode::kNo);
  EXPECT_EQ(out_.str(),
            "code,outcome,replacement,title,lossy,derived,kinds,effective_dates,hops,rows,"
            "combined_with,table_from,complete,uncovered_editions,from_release_id,to_release_id\r\n"
            "G56.01,REPLACED,G56.031,\"Both, one\",true,true,MERGE HEADERS_CHILD,"
            "2016-10-01 2025-10-01,G56.01>G56.03 G56.03>G56.031,821 derived,G56.02 -,2026,true,,"
            "2016,2026\r\n"
            "A00,NO_REPLACEMENT_KNOWN,,,,,,,,,,2026,true,,2016,2026\r\n");
}

TEST_F(CtlReplacementsTest, WarnsOfWhatNoTableTells) {
  uncovered_ = "2027";
  EXPECT_EQ(Call({"replacements", "G56.01", "--from", "2016", "--to", "2027", "--output", "json"}),
            ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"uncoveredEditions\":[\"2027\"]"));
  EXPECT_THAT(err_.str(), HasSubstr("INCOMPLETE: no table that was read tells of 2027"));
  table_from_ = "";
  Call({"replacements", "G56.01", "--from", "2016", "--to", "2027"});
  EXPECT_THAT(err_.str(), HasSubstr("NOT_KNOWN: no conversion table is loaded"));
  EXPECT_EQ(Call({"replacements", "G56.01", "--from", "2016"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"replacements", "--from", "2016", "--to", "2027"}), ExitCode::kUsage);
}

}  // namespace
}  // namespace codeset::ctl
