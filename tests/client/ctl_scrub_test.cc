#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cpp/error.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;
using Stream = client::ListedStream<v1::ScrubReleasesResponse>;

v1::ScrubReport Sound() {
  v1::ScrubReport report;
  report.set_started_at("2026-01-02T03:04:05Z");
  report.set_ended_at("2026-01-02T03:05:00Z");
  report.set_releases(17);
  report.set_pages(12345);
  return report;
}

v1::ScrubReport Damaged() {
  v1::ScrubReport report = Sound();
  v1::ScrubFinding& finding = *report.add_findings();
  finding.set_subject(v1::SCRUB_SUBJECT_KEPT_SOURCE);
  finding.add_release_ids("2025");
  finding.add_release_ids("2026");
  finding.set_message("kept source a.zip does not match its digest");
  finding.set_remedy("load it again");
  report.set_findings_left_out(2);
  return report;
}

class ScrubCommandTest : public CtlTest {
 protected:
  // The command with an answer of the server; `rate` gets what was asked.
  ExitCode Scrub(const std::vector<std::string>& more, const v1::ScrubReport& report,
                 int64_t* rate = nullptr) {
    EXPECT_CALL(*admin_, ScrubReleases)
        .WillOnce([&](const client::CallOptions&, const v1::ScrubReleasesRequest& request) {
          if (rate != nullptr) *rate = request.bytes_per_second();
          std::vector<v1::ScrubReleasesResponse> messages(2);
          messages[0].mutable_progress()->set_step("release 2025");
          messages[0].mutable_progress()->set_releases_total(17);
          *messages[1].mutable_report() = report;
          return std::make_unique<Stream>(std::move(messages));
        });
    std::vector<std::string> args = {"scrub", "--admin-server", "x:1"};
    args.insert(args.end(), more.begin(), more.end());
    return Call(args);
  }
};

TEST_F(ScrubCommandTest, SaysThatNothingIsDamaged) {
  int64_t rate = 7;
  EXPECT_EQ(Scrub({"--verbose"}, Sound(), &rate), ExitCode::kDone);
  EXPECT_EQ(rate, 0);
  EXPECT_THAT(out_.str(), HasSubstr("12345 pages of 17 releases"));
  EXPECT_THAT(out_.str(), HasSubstr("nothing is damaged\n"));
  EXPECT_EQ(err_.str(), "release 2025: 0 of 17 releases, 0 MiB proved, 0 damaged\n");
}

TEST_F(ScrubCommandTest, TellsOfDamageAndEndsWithOne) {
  EXPECT_EQ(Scrub({}, Damaged()), ExitCode::kNo);
  EXPECT_THAT(out_.str(), HasSubstr("damaged kept-source, of 2025, 2026: kept source a.zip does "
                                    "not match its digest\n  load it again\nand 2 more\n"));
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(Scrub({"--output", "csv"}, Damaged()), ExitCode::kNo);
  EXPECT_EQ(out_.str(),
            "subject,releases,code,message,remedy\r\n"
            "kept-source,2025 2026,,kept source a.zip does not match its digest,load it again\r\n");
  EXPECT_EQ(Scrub({"--output", "json"}, Damaged()), ExitCode::kNo);
  EXPECT_THAT(out_.str(), HasSubstr("\"subject\":\"SCRUB_SUBJECT_KEPT_SOURCE\""));
}

TEST_F(ScrubCommandTest, AsksForARate) {
  int64_t rate = 0;
  EXPECT_EQ(Scrub({"--mib-per-second", "3"}, Sound(), &rate), ExitCode::kDone);
  EXPECT_EQ(rate, 3 << 20);
  EXPECT_EQ(Scrub({"--mib-per-second", "0"}, Sound(), &rate), ExitCode::kDone);
  EXPECT_EQ(rate, -1);
  EXPECT_EQ(Call({"scrub", "--admin-server", "x:1", "--mib-per-second", "-1"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"scrub", "--admin-server", "x:1", "--last", "--mib-per-second", "1"}),
            ExitCode::kUsage);
  EXPECT_EQ(Call({"scrub"}), ExitCode::kUsage);
}

TEST_F(ScrubCommandTest, FailsWhereTheServerDoes) {
  EXPECT_CALL(*admin_, ScrubReleases).WillOnce([](const auto&, const auto&) {
    return std::make_unique<Stream>(std::vector<v1::ScrubReleasesResponse>(),
                                    absl::UnavailableError("another scrub is under way"));
  });
  EXPECT_EQ(Call({"scrub", "--admin-server", "x:1"}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("another scrub is under way"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ScrubCommandTest, TellsWhatTheLastOneCameTo) {
  v1::GetScrubReportResponse answer;
  EXPECT_CALL(*admin_, GetScrubReport).WillRepeatedly([&](const auto&, const auto&) {
    return answer;
  });
  const std::vector<std::string> args = {"scrub", "--last", "--admin-server", "x:1"};
  EXPECT_EQ(Call(args), ExitCode::kDone);
  EXPECT_EQ(err_.str(), "no scrub has ended since the server was started\n");
  *answer.mutable_report() = Damaged();
  answer.mutable_progress()->set_step("index");
  EXPECT_EQ(Call(args), ExitCode::kNo);
  EXPECT_THAT(err_.str(), HasSubstr("under way: index"));
  EXPECT_THAT(out_.str(), HasSubstr("damaged kept-source"));
}

}  // namespace
}  // namespace codeset::ctl
