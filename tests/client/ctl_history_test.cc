#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/codesetctl/history_output.h"
#include "client/codesetctl/table.h"
#include "client/codesetctl/timeline.h"
#include "client/codesetctl/validity_output.h"
#include "client/cpp/error.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::HistorySpan Span(const std::string& release, const std::string& from, const std::string& until,
                     bool after_gap = false, bool in_gap = false) {
  v1::HistorySpan span;
  span.set_from_release_id(release);
  span.set_from_date(from);
  span.set_until_date(until);
  span.set_begins_after_gap(after_gap);
  span.set_ends_in_gap(in_gap);
  return span;
}

void AddStatus(v1::CodeHistory* history, v1::CodeStatus status, const v1::HistorySpan& span) {
  v1::StatusSpan* item = history->add_statuses();
  item->set_status(status);
  *item->mutable_span() = span;
}

void AddTitle(v1::CodeHistory* history, const std::string& title, const v1::HistorySpan& span) {
  v1::TitleSpan* item = history->add_titles();
  item->set_title(title);
  item->set_short_title("short " + title);
  *item->mutable_span() = span;
}

// A code that came with 2021, was retitled with 2022, is unknown in the time of 2023-04, which
// nobody loaded, and is a header after it.
v1::GetHistoryResponse Life() {
  v1::GetHistoryResponse response;
  response.set_as_of("2024-04-01");
  for (const auto& [id, from, until] :
       {std::tuple{"2020", "2019-10-01", "2020-10-01"},
        std::tuple{"2021", "2020-10-01", "2021-10-01"},
        std::tuple{"2022", "2021-10-01", "2023-04-01"}, std::tuple{"2024", "2023-10-01", ""}}) {
    v1::HistoryRelease* release = response.add_releases();
    release->set_release_id(id);
    release->set_from_date(from);
    release->set_until_date(until);
  }
  v1::HistoryGap* gap = response.add_gaps();
  gap->set_from_date("2023-04-01");
  gap->set_until_date("2023-10-01");
  gap->add_facet_groups(v1::FACET_GROUP_ORDER);
  gap->add_unloaded_editions("2023-04");
  v1::CodeHistory* history = response.mutable_history();
  history->set_id("U07.1");
  history->set_first_release_id("2021");
  history->set_last_release_id("2024");
  AddStatus(history, v1::CODE_STATUS_ABSENT, Span("2020", "2019-10-01", "2020-10-01"));
  AddStatus(history, v1::CODE_STATUS_BILLABLE,
            Span("2021", "2020-10-01", "2023-04-01", false, true));
  AddStatus(history, v1::CODE_STATUS_NOT_KNOWN, Span("", "2023-04-01", "2023-10-01"));
  AddStatus(history, v1::CODE_STATUS_HEADER, Span("2024", "2023-10-01", "", true));
  AddTitle(history, "Virus", Span("2021", "2020-10-01", "2021-10-01"));
  AddTitle(history, "COVID-19", Span("2022", "2021-10-01", "2023-04-01", false, true));
  AddTitle(history, "COVID-19", Span("2024", "2023-10-01", "", true));
  v1::PoaSpan* poa = history->add_poa();
  poa->set_state(v1::POA_STATE_NOT_KNOWN);
  *poa->mutable_span() = Span("2021", "2020-10-01", "2023-04-01");
  return response;
}

TEST(TimelineTest, PutsYearsAndSegmentsAtTheirDays) {
  const absl::CivilDay begin(2019, 10, 1);
  // Ten cells a year, so that a cell is 36.5 days.
  const Timeline timeline(begin, begin + 3650, 100);
  EXPECT_EQ(timeline.FiscalYears().substr(0, 25), "2020      2021      2022 ");
  const absl::CivilDay year2 = begin + 365;
  EXPECT_EQ(timeline.Bar({{begin, year2, ".", ".", true}, {year2, begin + 730, "-", "1", true}}),
            "..........1---------");
  // A gap of one day is drawn, over what is known.
  EXPECT_EQ(
      timeline.Bar({{begin + 40, begin + 41, "?", "?", false}, {begin, year2, "#", "#", true}}),
      "#?########");
}

TEST(TimelineTest, LeavesOutYearsWithoutRoom) {
  const absl::CivilDay begin(2019, 10, 1);
  EXPECT_EQ(Timeline(begin, begin + 3650, 20).FiscalYears(), "2020  2023  2026");
  EXPECT_FALSE(DayOf("2019-13-01").has_value());
  EXPECT_FALSE(DayOf("").has_value());
}

TEST(HistoryOutputTest, DrawsALifeWithItsGapWithinEightyColumns) {
  const std::string text = FormatHistory(Life(), std::nullopt);
  EXPECT_THAT(text, ::testing::StartsWith("U07.1  COVID-19\nfirst in release 2021, last in 2024; "
                                          "told on 2024-04-01 along 4 releases\n\nFY       2020"));
  // From 2019-10-01 to 183 days after 2024-04-01 are 1827 days over 71 cells: 2020-10-01 lies in
  // cell 14, 2023-04-01 in cell 49, 2023-10-01 in cell 56.
  std::string bar;
  for (int i = 0; i < 14; ++i) bar += "·";
  for (int i = 14; i < 49; ++i) bar += "█";
  for (int i = 49; i < 57; ++i) bar += "?";
  for (int i = 57; i < 71; ++i) bar += "▒";
  EXPECT_THAT(text, HasSubstr("\nstatus   " + bar + "\n"));
  EXPECT_THAT(text,
              HasSubstr("\nstatus    2019-10-01 to 2020-10-01  2020      not in the code set\n"));
  EXPECT_THAT(text, HasSubstr("2020-10-01 to ≥2023-04-01 2021      billable\n"));
  EXPECT_THAT(text, HasSubstr("≤2023-10-01 on             2024      header\n"));
  EXPECT_THAT(text, HasSubstr("\ntitle 2   2021-10-01 to ≥2023-04-01 2022      COVID-19 (short:"));
  EXPECT_THAT(text, HasSubstr("\ngap       2023-04-01 to 2023-10-01"));
  EXPECT_THAT(text, HasSubstr("order facts not known; not loaded,\n"));
  // What is back after the gap is seen to be the same.
  EXPECT_THAT(text, HasSubstr("≤2023-10-01 on             2024      the same as before\n"));
  EXPECT_THAT(text, HasSubstr("≤ it may have begun earlier"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(DisplayWidth(line), 80) << line;
}

TEST(HistoryOutputTest, TellsSpansAndGapsAsCsv) {
  const v1::GetHistoryResponse life = Life();
  EXPECT_EQ(GapsCsv(life.gaps()),
            "*,GAP_ORDER,NOT_KNOWN,2023-04-01,2023-10-01,,false,false,,"
            "\"order facts not known; not loaded, or held back: 2023-04\"\r\n");
  const std::string csv = HistoryCsv(life.history());
  EXPECT_THAT(csv, HasSubstr("U07.1,STATUS,BILLABLE,2020-10-01,2023-04-01,2021,false,true,,\r\n"));
  EXPECT_THAT(csv, HasSubstr("U07.1,TITLE,KNOWN,2020-10-01,2021-10-01,2021,false,false,"
                             "short Virus,Virus\r\n"));
  EXPECT_THAT(csv, HasSubstr("U07.1,POA,NOT_KNOWN,2020-10-01,2023-04-01,2021,false,false,,\r\n"));
}

TEST(ValidityTest, CutsStatusesAtTitlesAndNamesWhatIsNotKnown) {
  client::HistoryHeader header;
  header.gaps.push_back(Life().gaps(0));
  v1::HistoryGap tabular;
  tabular.add_facet_groups(v1::FACET_GROUP_TABULAR);
  header.gaps.push_back(tabular);
  EXPECT_EQ(ValidityCsvHeading(header),
            "code,status,from_date,until_date,from_release,begins_after_gap,ends_in_gap,"
            "short_title,title\r\n"
            "*,NOT_KNOWN,2023-04-01,2023-10-01,,false,false,,\r\n");
  EXPECT_EQ(ValidityCsv(Life().history()),
            "U07.1,BILLABLE,2020-10-01,2021-10-01,2021,false,false,short Virus,Virus\r\n"
            "U07.1,BILLABLE,2021-10-01,2023-04-01,2022,false,true,short COVID-19,COVID-19\r\n"
            "U07.1,NOT_KNOWN,2023-04-01,2023-10-01,,false,false,,\r\n"
            "U07.1,HEADER,2023-10-01,,2024,true,false,short COVID-19,COVID-19\r\n");
}

TEST(ValidityTest, TellsAGapOnlyWhereTheCodeIsKnownBesideIt) {
  v1::CodeHistory history;
  AddStatus(&history, v1::CODE_STATUS_NOT_KNOWN, Span("", "2018-10-01", "2019-10-01"));
  AddStatus(&history, v1::CODE_STATUS_ABSENT, Span("2020", "2019-10-01", "2020-10-01"));
  AddStatus(&history, v1::CODE_STATUS_NOT_KNOWN, Span("", "2020-10-01", "2021-10-01"));
  AddStatus(&history, v1::CODE_STATUS_BILLABLE, Span("2022", "2021-10-01", "", true));
  const std::vector<ValidityRow> rows = ValidityRows(history);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].status, v1::CODE_STATUS_NOT_KNOWN);
  EXPECT_EQ(rows[0].from_date, "2020-10-01");
  // No title is told for it, and that loses nothing else.
  EXPECT_EQ(rows[1].status, v1::CODE_STATUS_BILLABLE);
  EXPECT_TRUE(rows[1].begins_after_gap);
  EXPECT_EQ(rows[1].from_release_id, "2022");
}

TEST(ValidityTest, CutsATitleAtAChangeOfStatus) {
  v1::CodeHistory history;
  AddStatus(&history, v1::CODE_STATUS_BILLABLE, Span("2020", "2019-10-01", "2020-10-01"));
  AddStatus(&history, v1::CODE_STATUS_HEADER, Span("2021", "2020-10-01", ""));
  AddTitle(&history, "T", Span("2020", "2019-10-01", ""));
  const std::vector<ValidityRow> rows = ValidityRows(history);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].until_date, "2020-10-01");
  EXPECT_EQ(rows[1].from_release_id, "2021");
  EXPECT_EQ(rows[1].title, "T");
}

class HistoryCommandTest : public CtlTest {};

TEST_F(HistoryCommandTest, TellsTheLivesItFindsAndSaysNoForTheRest) {
  EXPECT_CALL(*connection_, GetHistory)
      .WillRepeatedly([](const client::CallOptions&, const v1::GetHistoryRequest& request)
                          -> absl::StatusOr<v1::GetHistoryResponse> {
        if (request.id() == "U07.1") return Life();
        return client::MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_CONCEPT_NOT_FOUND,
                                 "no release has Z99.999", {});
      });
  EXPECT_EQ(Call({"history", "Z99.999", "U07.1", "--output", "json"}), ExitCode::kNo);
  EXPECT_THAT(out_.str(), ::testing::StartsWith("{\"history\":{\"id\":\"U07.1\""));
  EXPECT_THAT(err_.str(), HasSubstr("no release has Z99.999"));
  EXPECT_EQ(Call({"history", "U07.1", "--release", "2026"}), ExitCode::kUsage);
}

TEST_F(HistoryCommandTest, ExportsLivesInBothFormats) {
  EXPECT_CALL(*connection_, StreamHistories)
      .WillRepeatedly([](const client::CallOptions&, const v1::StreamHistoriesRequest& request) {
        EXPECT_EQ(request.pattern(), "U07.-");
        EXPECT_TRUE(request.billable_only());
        v1::StreamHistoriesResponse first;
        *first.mutable_gaps() = Life().gaps();
        first.set_as_of("2024-04-01");
        v1::StreamHistoriesResponse second;
        *second.add_histories() = Life().history();
        return std::make_unique<client::ListedStream<v1::StreamHistoriesResponse>>(
            std::vector<v1::StreamHistoriesResponse>{first, second});
      });
  EXPECT_EQ(Call({"export", "validity", "--prefix", "U07.-", "--billable"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), ::testing::StartsWith("code,status,"));
  EXPECT_THAT(out_.str(), HasSubstr("\r\n*,NOT_KNOWN,"));
  EXPECT_THAT(out_.str(), HasSubstr("\r\nU07.1,HEADER,"));
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(Call({"export", "validity", "--format", "jsonl", "--prefix", "U07.-", "--billable",
                  "--verbose"}),
            ExitCode::kDone);
  EXPECT_THAT(out_.str(), ::testing::StartsWith("{\"gaps\":["));
  EXPECT_THAT(out_.str(), HasSubstr("\"asOf\":\"2024-04-01\"}\n{\"id\":\"U07.1\""));
  EXPECT_EQ(err_.str(), "\r1 codes\n");
}

}  // namespace
}  // namespace codeset::ctl
