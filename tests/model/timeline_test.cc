#include "storage/model/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace codeset::model {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// A release from its id and what else it has or is: `2021 tabular poa`, `2026.1 held`,
// `2026.1 from:2025-12-01`.
TimelineRelease ReleaseOf(absl::string_view text) {
  const std::vector<std::string> words = absl::StrSplit(text, ' ');
  const ReleaseId id = *ReleaseId::Parse(words[0]);
  TimelineRelease release{id, id.DefaultEffectiveDate(), {FacetGroup::kOrder}, false, false};
  for (const std::string& word : words) {
    absl::string_view day = word;
    if (word == "tabular") release.groups.push_back(FacetGroup::kTabular);
    if (word == "poa") release.poa_known = true;
    if (word == "held") release.held_back = true;
    if (absl::ConsumePrefix(&day, "from:")) release.effective = *ParseDate(day);
  }
  return release;
}

Timeline TimelineOf(const std::vector<std::string>& releases, absl::string_view editions,
                    absl::string_view today) {
  std::vector<TimelineRelease> loaded;
  loaded.reserve(releases.size());
  for (const std::string& release : releases) loaded.push_back(ReleaseOf(release));
  return MakeTimeline(std::move(loaded), *EditionRegister({}).Extend(editions, "a test"),
                      *ParseDate(today));
}

std::string Until(const std::optional<Date>& until) {
  return until.has_value() ? FormatDate(*until) : "";
}

// `2025-10-01..2026-04-01 2026 order tabular poa`, with what is known, and the editions that
// are not loaded after a bar.
std::string Show(const Timeline& timeline, const Period& period) {
  std::string text = absl::StrCat(FormatDate(period.from), "..", Until(period.until));
  absl::StrAppend(&text, " ",
                  period.release.has_value() ? timeline.releases[*period.release].id.ToString()
                                             : std::string("none"));
  for (const FacetGroup group : kFacetGroups) {
    if (period.Knows(group)) absl::StrAppend(&text, " ", FacetGroupName(group));
  }
  if (!period.unloaded.empty()) {
    absl::StrAppend(&text, " | ", absl::StrJoin(period.unloaded, " "));
  }
  return text;
}

struct Case {
  const char* name;
  std::vector<std::string> loaded;
  const char* editions;
  const char* today;
  std::vector<std::string> periods;
};

class TimelineTest : public ::testing::TestWithParam<Case> {};

TEST_P(TimelineTest, DividesTime) {
  const Case& test = GetParam();
  const Timeline timeline = TimelineOf(test.loaded, test.editions, test.today);
  std::vector<std::string> shown;
  for (const Period& period : timeline.periods) shown.push_back(Show(timeline, period));
  EXPECT_THAT(shown, ElementsAreArray(test.periods));
}

INSTANTIATE_TEST_SUITE_P(
    All, TimelineTest,
    ::testing::Values(
        Case{"NothingKnownIsNoTime", {}, "", "2026-11-23", {}},
        Case{"OneReleaseLastsToTheEndOfItsYearAndOpenlyBeyondToday",
             {"2027 tabular poa"},
             "",
             "2026-11-23",
             {"2026-10-01.. 2027 order tabular poa"}},
        Case{"OnTheLastDayOfItsYearTheNextIsStillInTheFuture",
             {"2026"},
             "",
             "2026-09-30",
             {"2025-10-01.. 2026 order"}},
        Case{"AYearThatHasBegunUnloadedIsNamedByItsNumber",
             {"2026"},
             "",
             "2026-10-01",
             {"2025-10-01..2026-10-01 2026 order", "2026-10-01.. none | 2027"}},
        Case{"YearsBetweenLoadedOnesAreNamedToo",
             {"2024", "2027"},
             "",
             "2026-11-23",
             {"2023-10-01..2024-10-01 2024 order", "2024-10-01..2025-10-01 none | 2025",
              "2025-10-01..2026-10-01 none | 2026", "2026-10-01.. 2027 order"}},
        Case{"TheRegisterKnowsOfTheFuture",
             {"2026"},
             "2027 2026-10-01 order",
             "2025-12-01",
             {"2025-10-01..2026-10-01 2026 order", "2026-10-01.. none | 2027"}},
        Case{"TheRegisterKnowsOfTheTimeBefore",
             {"2017"},
             "2015 2014-10-01 -\n2016 2015-10-01 poa",
             "2017-01-01",
             {"2014-10-01..2015-10-01 none | 2015", "2015-10-01..2016-10-01 none | 2016",
              "2016-10-01.. 2017 order"}},
        Case{"AnEditionThatChangedCodesEndsWhatIsKnown",
             {"2020 tabular poa"},
             "2020-04 2020-04-01 order,tabular",
             "2020-07-01",
             {"2019-10-01..2020-04-01 2020 order tabular poa", "2020-04-01.. 2020 poa | 2020-04"}},
        Case{"AnEditionThatChangedNotesLeavesCodesKnown",
             {"2026 tabular poa"},
             "2026-04 2026-04-01 tabular",
             "2026-07-01",
             {"2025-10-01..2026-04-01 2026 order tabular poa",
              "2026-04-01.. 2026 order poa | 2026-04"}},
        Case{"AnEditionThatChangedNothingIsNamedAlone",
             {"2026 tabular"},
             "2026-04 2026-04-01 -",
             "2026-07-01",
             {"2025-10-01..2026-04-01 2026 order tabular",
              "2026-04-01.. 2026 order tabular | 2026-04"}},
        Case{"ALoadedEditionTakesOverFromAnUnloadedOne",
             {"2023", "2023-07"},
             "2023-04 2023-04-01 order\n2023-07 2023-07-01 order",
             "2023-08-01",
             {"2022-10-01..2023-04-01 2023 order", "2023-04-01..2023-07-01 2023 | 2023-04",
              "2023-07-01.. 2023-07 order"}},
        Case{"OfOneDaysCorrectionsTheNewestGovernsNumerically",
             {"2026.10", "2026", "2026.2"},
             "",
             "2026-01-01",
             {"2025-10-01.. 2026.10 order"}},
        Case{"ACorrectionOfALaterDayTakesOverFromThatDayOn",
             {"2026", "2026.1 from:2025-12-01"},
             "",
             "2026-01-01",
             {"2025-10-01..2025-12-01 2026 order", "2025-12-01.. 2026.1 order"}},
        Case{"OneThatIsHeldBackIsAsNotLoaded",
             {"2026", "2027 held"},
             "2027 2026-10-01 order",
             "2026-11-23",
             {"2025-10-01..2026-10-01 2026 order", "2026-10-01.. none | 2027"}},
        Case{"ACorrectionHeldBackLeavesTheFirstOneInForce",
             {"2026", "2026.1 held"},
             "2026 2025-10-01 order",
             "2026-01-01",
             {"2025-10-01.. 2026 order"}},
        Case{"AnEditionHeldBackWithinAYearIsNamed",
             {"2026 tabular", "2026-04 tabular held"},
             "2026-04 2026-04-01 tabular",
             "2026-07-01",
             {"2025-10-01..2026-04-01 2026 order tabular", "2026-04-01.. 2026 order | 2026-04"}},
        Case{"AnEditionLoadedForALaterDayThanTheRegisterSaysIsMissingUntilThen",
             {"2026", "2026-04 from:2026-05-15"},
             "2026-04 2026-04-01 order",
             "2026-07-01",
             {"2025-10-01..2026-04-01 2026 order", "2026-04-01..2026-05-15 2026 | 2026-04",
              "2026-05-15.. 2026-04 order"}},
        Case{"AYearsFirstEditionThatIsNotLoadedDoesNotMatterToALaterOne",
             {"2022-04"},
             "2022 2021-10-01 order\n2022-04 2022-04-01 order",
             "2022-05-01",
             {"2021-10-01..2022-04-01 none | 2022", "2022-04-01.. 2022-04 order"}}),
    [](const ::testing::TestParamInfo<Case>& param) { return std::string(param.param.name); });

// What is loaded of 2019 to 2023, and what the register knows.
Timeline FiveYears() {
  return TimelineOf(
      {"2019 poa", "2020 poa", "2021 tabular poa", "2022 poa", "2022-04 poa", "2023 tabular"},
      "2018 2017-10-01 order,tabular,poa\n2020-04 2020-04-01 order,tabular\n"
      "2023-04 2023-04-01 order,tabular",
      "2023-06-01");
}

TEST(LineOfTest, HasEachReleaseForAsLongAsItSaysTrulyWhatCodesThereAre) {
  const Timeline timeline = FiveYears();
  std::vector<std::string> shown;
  for (const LineSpan& span : LineOf(timeline)) {
    shown.push_back(absl::StrCat(timeline.releases[span.release].id.ToString(), " ",
                                 FormatDate(span.from), "..", Until(span.until)));
  }
  EXPECT_THAT(shown, ElementsAre("2019 2018-10-01..2019-10-01", "2020 2019-10-01..2020-04-01",
                                 "2021 2020-10-01..2021-10-01", "2022 2021-10-01..2022-04-01",
                                 "2022-04 2022-04-01..2022-10-01", "2023 2022-10-01..2023-04-01"));
}

TEST(LineOfTest, LeavesOutWhatNeverGoverns) {
  const Timeline timeline = TimelineOf({"2026", "2026.1", "2027 held"}, "", "2025-12-01");
  const std::vector<LineSpan> line = LineOf(timeline);
  ASSERT_EQ(line.size(), 1);
  EXPECT_EQ(timeline.releases[line[0].release].id.ToString(), "2026.1");
}

TEST(LineOfTest, KeepsAReleaseWholeOverAnEditionThatChangedNotesAlone) {
  const Timeline timeline = TimelineOf({"2026"}, "2026-04 2026-04-01 tabular", "2026-07-01");
  const std::vector<LineSpan> line = LineOf(timeline);
  ASSERT_EQ(line.size(), 1);
  EXPECT_EQ(line[0].from, Date(2025, 10, 1));
  EXPECT_FALSE(line[0].until.has_value());
}

TEST(GapsOfTest, NamesGroupsEditionsAndReleasesThatLackThem) {
  const Timeline timeline = FiveYears();
  std::vector<std::string> shown;
  for (const Gap& gap : GapsOf(timeline)) {
    std::string text = absl::StrCat(FormatDate(gap.from), "..", Until(gap.until));
    for (const FacetGroup group : gap.groups) absl::StrAppend(&text, " ", FacetGroupName(group));
    absl::StrAppend(&text, " |");
    for (const std::string& edition : gap.unloaded) absl::StrAppend(&text, " ", edition);
    absl::StrAppend(&text, " |");
    for (const size_t release : gap.lacking) {
      absl::StrAppend(&text, " ", timeline.releases[release].id.ToString());
    }
    shown.push_back(text);
  }
  EXPECT_THAT(shown, ElementsAre("2017-10-01..2018-10-01 order tabular poa | 2018 |",
                                 "2018-10-01..2020-04-01 tabular | | 2019 2020",
                                 "2020-04-01..2020-10-01 order tabular | 2020-04 |",
                                 "2021-10-01..2022-10-01 tabular | | 2022 2022-04",
                                 "2022-10-01..2023-04-01 poa | | 2023",
                                 "2023-04-01.. order tabular poa | 2023-04 |"));
}

TEST(GapsOfTest, AreApartWhereAllIsKnownBetween) {
  const std::vector<Gap> gaps =
      GapsOf(TimelineOf({"2025 poa", "2026 poa tabular", "2027 poa"}, "", "2026-11-23"));
  ASSERT_EQ(gaps.size(), 2);
  EXPECT_EQ(gaps[0].until, Date(2025, 10, 1));
  EXPECT_EQ(gaps[1].from, Date(2026, 10, 1));
}

TEST(GapsOfTest, HasNoneWhereAllIsKnown) {
  EXPECT_THAT(GapsOf(TimelineOf({"2026 tabular poa", "2027 tabular poa"}, "", "2026-11-23")),
              IsEmpty());
}

}  // namespace
}  // namespace codeset::model
