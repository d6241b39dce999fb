#include "storage/model/source_editions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/model/error.h"

namespace codeset::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "edition day > next on day", of a series, in order.
std::vector<std::string> Told(const SourceEditions& editions, absl::string_view series) {
  std::vector<std::string> told;
  for (const SourceEdition& edition : editions.editions()) {
    if (edition.ref.series != series) continue;
    std::string text = edition.ref.edition + " " + FormatDate(edition.effective);
    if (edition.superseded_by.has_value()) {
      text += " > " + *edition.superseded_by + " on " + FormatDate(*edition.superseded_on);
    }
    told.push_back(text);
  }
  return told;
}

SourceEditions BuiltIn() { return SourceEditions::BuiltIn(EditionRegister::BuiltIn()); }

std::pair<ReleaseId, Date> Release(absl::string_view id, absl::string_view day) {
  return {*ReleaseId::Parse(id), *ParseDate(day)};
}

TEST(SourceEditionsTest, KnowsTheGuidelinesOfEveryYearAndThoseWithinYears) {
  EXPECT_THAT(Told(BuiltIn(), kGuidelinesSeries),
              ElementsAre("2014 2013-10-01 > 2015 on 2014-10-01",     //
                          "2015 2014-10-01 > 2016 on 2015-10-01",     //
                          "2016 2015-10-01 > 2017 on 2016-10-01",     //
                          "2017 2016-10-01 > 2018 on 2017-10-01",     //
                          "2018 2017-10-01 > 2019 on 2018-10-01",     //
                          "2019 2018-10-01 > 2020 on 2019-10-01",     //
                          "2020 2019-10-01 > 2020-04 on 2020-04-01",  //
                          "2020-04 2020-04-01 > 2021 on 2020-10-01",  //
                          "2021 2020-10-01 > 2021-01 on 2021-01-01",  //
                          "2021-01 2021-01-01 > 2022 on 2021-10-01",  //
                          "2022 2021-10-01 > 2022-04 on 2022-04-01",  //
                          "2022-04 2022-04-01 > 2023 on 2022-10-01",  //
                          "2023 2022-10-01 > 2023-04 on 2023-04-01",  //
                          "2023-04 2023-04-01 > 2024 on 2023-10-01",  //
                          "2024 2023-10-01 > 2024-04 on 2024-04-01",  //
                          "2024-04 2024-04-01 > 2025 on 2024-10-01",  //
                          "2025 2024-10-01 > 2026 on 2025-10-01",     //
                          "2026 2025-10-01 > 2027 on 2026-10-01",     //
                          "2027 2026-10-01"));
}

TEST(SourceEditionsTest, TakesTheTabularListsEditionsFromTheEditionRegister) {
  const SourceEditions editions = BuiltIn();
  const SourceEdition* april = editions.Find({"tabular-list", "2025-04"});
  ASSERT_NE(april, nullptr);
  EXPECT_EQ(april->effective, Date(2025, 4, 1));
  EXPECT_EQ(april->superseded_by, "2026");
  EXPECT_EQ(april->superseded_on, Date(2025, 10, 1));
  EXPECT_EQ(editions.Find({"tabular-list", "2013"})->superseded_by, "2014");
  EXPECT_EQ(editions.Find({"tabular-list", "2027"})->superseded_by, std::nullopt);
  EXPECT_EQ(editions.Find({"tabular-list", "2012"}), nullptr);
  EXPECT_EQ(editions.Find({"guidelines", "2025-04"}), nullptr);
  EXPECT_TRUE(editions.HasSeries("tabular-list"));
  EXPECT_TRUE(editions.HasSeries("guidelines"));
  EXPECT_FALSE(editions.HasSeries("coding-book"));
}

TEST(SourceEditionsTest, AddsLoadedReleasesWithTheirCorrections) {
  const EditionRegister two({{*ReleaseId::Parse("2025"), Date(2024, 10, 1), {}},
                             {*ReleaseId::Parse("2026"), Date(2025, 10, 1), {}}});
  const SourceEditions editions = SourceEditions::BuiltIn(two).WithReleases(
      {Release("2025.10", "2024-10-01"), Release("2025.2", "2024-10-01"),
       Release("2026.1", "2026-01-15"),
       // The register's day stays.
       Release("2026", "2025-11-11")});
  EXPECT_THAT(Told(editions, kTabularListSeries),
              ElementsAre("2025 2024-10-01 > 2025.2 on 2024-10-01",     //
                          "2025.2 2024-10-01 > 2025.10 on 2024-10-01",  //
                          "2025.10 2024-10-01 > 2026 on 2025-10-01",    //
                          "2026 2025-10-01 > 2026.1 on 2026-01-15",     //
                          "2026.1 2026-01-15"));
}

TEST(SourceEditionsTest, IsExtendedByAnOperatorsText) {
  const auto editions = BuiltIn().Extend(
      "# ours\n"
      "coding-book 12 2026-03-15   # spring\n"
      "\n"
      "coding-book 11\t2025-03-15\n"
      "guidelines 2028 2027-10-01\n"
      "guidelines 2027 2026-11-01\n"
      // Neither of two on one day supersedes the other.
      "bulletin b 2026-01-01\n"
      "bulletin a 2026-01-01\n"
      "bulletin c 2026-02-01\n",
      "ours.txt");
  ASSERT_TRUE(editions.ok()) << editions.status();
  EXPECT_THAT(Told(*editions, "coding-book"),
              ElementsAre("11 2025-03-15 > 12 on 2026-03-15", "12 2026-03-15"));
  EXPECT_THAT(Told(*editions, "bulletin"),
              ElementsAre("a 2026-01-01 > c on 2026-02-01", "b 2026-01-01 > c on 2026-02-01",
                          "c 2026-02-01"));
  EXPECT_EQ(editions->Find({"guidelines", "2026"})->superseded_on, Date(2026, 11, 1));
  EXPECT_EQ(editions->Find({"guidelines", "2027"})->superseded_by, "2028");
  EXPECT_TRUE(editions->HasSeries("coding-book"));
  EXPECT_EQ(BuiltIn().editions().size() + 6, editions->editions().size());
}

TEST(SourceEditionsTest, NamesFileAndLineOfWhatCannotBeRead) {
  const auto why = [](absl::string_view text) {
    const absl::Status status = BuiltIn().Extend(text, "ours.txt").status();
    EXPECT_EQ(ReasonOf(status), Reason::kArgumentInvalid) << text;
    EXPECT_EQ(FactsOf(status)["file"], "ours.txt");
    return std::string(status.message());
  };
  EXPECT_THAT(why("guidelines 2028\n"), HasSubstr("ours.txt:1: "));
  EXPECT_THAT(why("\nguidelines 2028 2027-10-32\n"), HasSubstr("ours.txt:2: "));
  EXPECT_THAT(why("guidelines 2028 2027-10-01 more\n"), HasSubstr("series, edition and first day"));
  EXPECT_THAT(why("guidelines 2028 2027-10-01\nguidelines 2028 2027-10-02"),
              HasSubstr("ours.txt:2: edition 2028 of guidelines stands twice"));
  EXPECT_THAT(why("tabular-list 2028 2027-10-01"), HasSubstr("edition register"));
  EXPECT_THAT(why("b\xe9ook 1 2027-10-01"), HasSubstr("UTF-8"));
  EXPECT_THAT(why(std::string(65, 'b') + " 1 2027-10-01"), HasSubstr("more than 64 bytes"));
  EXPECT_THAT(why("b " + std::string(65, '1') + " 2027-10-01"), HasSubstr("more than 64 bytes"));
}

}  // namespace
}  // namespace codeset::model
