#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CtlQueueTest : public CtlTest {
 protected:
  CtlQueueTest() {
    ON_CALL(*connection_, ListVerificationQueue)
        .WillByDefault(
            [this](const client::CallOptions&, const v1::ListVerificationQueueRequest& request) {
              asked_ = request;
              v1::ListVerificationQueueResponse page;
              page.mutable_release()->set_release_id("2027");
              page.set_as_of("2026-11-24");
              page.set_pages(5);
              page.set_total_groups(2);
              v1::QueueGroup* notes = page.add_groups();
              notes->set_id("g1");
              notes->set_status(v1::VERIFICATION_STATUS_STALE_CONTENT);
              notes->set_facet_group(v1::FACET_GROUP_TABULAR);
              notes->set_facet(v1::FACET_NOTES);
              notes->set_level(v1::CHANGE_LEVEL_INHERITED);
              notes->set_origin_id("M99");
              notes->set_origin_title("Biomechanical lesions, not elsewhere classified");
              notes->set_verified_release_id("2026");
              notes->set_code_count(12);
              notes->set_usage(70);
              notes->add_first_codes("M99.86");
              v1::QueueGroup* source = page.add_groups();
              source->set_id("g2");
              source->set_status(v1::VERIFICATION_STATUS_STALE_SOURCE);
              source->mutable_source()->set_kind(v1::SOURCE_KIND_GUIDELINES);
              source->mutable_source()->set_edition("2025");
              source->mutable_source()->set_superseded_by("2026");
              source->mutable_source()->set_superseded_on("2025-10-01");
              source->set_code_count(1);
              source->add_first_codes("M99.89");
              return page;
            });
    ON_CALL(*connection_, ListQueueCodes)
        .WillByDefault(
            [this](const client::CallOptions&, const v1::ListQueueCodesRequest& request) {
              codes_asked_.push_back(request);
              v1::ListQueueCodesResponse page;
              page.mutable_release()->set_release_id("2027");
              v1::QueueCode* code = page.add_codes();
              code->set_code(request.group_id() == "g1" ? "M99.86" : "M99.89");
              code->set_title("A title, with a comma");
              if (request.group_id() == "g1") code->set_last_verified("2026-05-08");
              code->set_usage(7);
              return page;
            });
  }

  v1::ListVerificationQueueRequest asked_;
  std::vector<v1::ListQueueCodesRequest> codes_asked_;
};

TEST_F(CtlQueueTest, GroupsAreATableWithTheirCauses) {
  EXPECT_EQ(Call({"reference", "queue", "--release", "2027", "--as-of", "2026-11-24", "--status",
                  "stale-content", "--status", "stale-source", "--level", "inherited", "--facet",
                  "notes", "--under", "M99"}),
            ExitCode::kDone);
  EXPECT_EQ(asked_.release().release(), "2027");
  EXPECT_EQ(asked_.as_of(), "2026-11-24");
  EXPECT_THAT(asked_.statuses(), ElementsAre(v1::VERIFICATION_STATUS_STALE_CONTENT,
                                             v1::VERIFICATION_STATUS_STALE_SOURCE));
  EXPECT_THAT(asked_.levels(), ElementsAre(v1::CHANGE_LEVEL_INHERITED));
  EXPECT_THAT(asked_.facets(), ElementsAre(v1::FACET_NOTES));
  EXPECT_EQ(asked_.under(), "M99");
  EXPECT_THAT(out_.str(), HasSubstr("stale content  12     70     notes changed on M99 "
                                    "Biomechanical lesions, not elsewhere classified (inherited), "
                                    "verified against 2026"));
  EXPECT_THAT(out_.str(), HasSubstr("M99.86 …\n"));
  EXPECT_THAT(out_.str(), HasSubstr("guidelines 2025 superseded by 2026 on October 1, 2025"));
  EXPECT_THAT(err_.str(), HasSubstr("2 groups over 5 pages, reckoned from 2026-11-24\n"));
  EXPECT_TRUE(codes_asked_.empty());
}

TEST_F(CtlQueueTest, CsvHasARecordACodeAndAsksTheReleaseAndDayOfTheFirstAnswer) {
  EXPECT_EQ(Call({"reference", "queue", "--under", "M99", "--output", "csv"}), ExitCode::kDone);
  ASSERT_EQ(codes_asked_.size(), 2U);
  EXPECT_EQ(asked_.release().release(), "current");
  EXPECT_EQ(codes_asked_[0].release().release(), "2027");
  EXPECT_EQ(codes_asked_[0].as_of(), "2026-11-24");
  EXPECT_EQ(codes_asked_[0].under(), "M99");
  EXPECT_EQ(out_.str(),
            "status,facet_group,facet,level,origin_id,origin_title,verified_release_id,source,"
            "source_edition,superseded_by,superseded_on,group_id,code,title,last_verified,usage,"
            "release_id,as_of\r\n"
            "STALE_CONTENT,TABULAR,NOTES,INHERITED,M99,\"Biomechanical lesions, not elsewhere "
            "classified\",2026,,,,,g1,M99.86,\"A title, with a comma\",2026-05-08,7,2027,"
            "2026-11-24\r\n"
            "STALE_SOURCE,,,,,,,guidelines,2025,2026,2025-10-01,g2,M99.89,\"A title, with a "
            "comma\",,7,2027,2026-11-24\r\n");
}

TEST_F(CtlQueueTest, CodesAreListedBelowTheirGroup) {
  EXPECT_EQ(Call({"reference", "queue", "--codes"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("stale source: guidelines 2025 superseded by 2026 on October "
                                    "1, 2025\nCODE    LAST VERIFIED  USAGE  TITLE\n"
                                    "M99.89  never          7      A title, with a comma\n"));
  EXPECT_EQ(Call({"reference", "queue", "--codes", "--output", "json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"asOf\":\"2026-11-24\",\"pages\":5,\"totalGroups\":2}\n"));
  EXPECT_THAT(out_.str(), HasSubstr("{\"groupId\":\"g2\",\"code\":{\"code\":\"M99.89\""));
}

class CtlUsageTest : public CtlTest {
 protected:
  CtlUsageTest() {
    ON_CALL(*admin_, SetUsageCounts)
        .WillByDefault(
            [this](const client::CallOptions&, const v1::SetUsageCountsRequest& request) {
              set_ = request;
              v1::SetUsageCountsResponse answer;
              answer.set_codes(request.counts_size());
              return answer;
            });
  }
  ExitCode Usage(const std::string& content) {
    set_.reset();
    return Call({"reference", "usage", "--admin-server", "a", WriteFile("usage.csv", content)});
  }

  std::optional<v1::SetUsageCountsRequest> set_;
};

TEST_F(CtlUsageTest, CountsAreReadWithAndWithoutHeading) {
  for (const char* content : {"code,count\nM99.86,12\nI10,0\n", "M99.86,12\r\nI10,0\r\n"}) {
    EXPECT_EQ(Usage(content), ExitCode::kDone);
    ASSERT_TRUE(set_.has_value());
    ASSERT_EQ(set_->counts_size(), 2);
    EXPECT_EQ(set_->counts(0).code(), "M99.86");
    EXPECT_EQ(set_->counts(0).count(), 12);
    EXPECT_EQ(set_->counts(1).count(), 0);
  }
  EXPECT_EQ(out_.str(), "2 codes have a count now\n");
}

TEST_F(CtlUsageTest, AFileThatIsWrongSetsNothing) {
  const std::pair<const char*, const char*> cases[] = {
      {"code,count\nM99.86,x\n", "row 2: the count \"x\" is no whole number"},
      {"M99.86,1.5\n", "row 1: the count \"1.5\" is no whole number"},
      {"M99.86,-1\n", "row 1: the count -1 is negative"},
      {"M99.86,1,2\n", "row 1: it has 3 fields"},
      {"M99.86\n", "row 1: it has 1 fields"},
      {",1\n", "row 1: there is no code"},
      {"M99.86,1\nI10,2\nm9986,3\n", "row 3: m9986 has a count in row 1 already"},
      {"", "there is nothing in it"},
  };
  for (const auto& [content, says] : cases) {
    EXPECT_EQ(Usage(content), ExitCode::kUsage) << content;
    EXPECT_THAT(err_.str(), HasSubstr(says));
    EXPECT_FALSE(set_.has_value());
  }
}

}  // namespace
}  // namespace codeset::ctl
