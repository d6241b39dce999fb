// What stands for a code, over releases typed by hand.
#include "storage/query/replacements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/model/conversion.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using model::Date;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;
using ImagePtr = Replacements::ImagePtr;

struct TableLine {
  const char* current;
  int year;
  const char* previous;
};

class ReplacementsTest : public ::testing::Test {
 protected:
  // The release in force from 1 October of a year.
  ImagePtr Build(int year, const model::OrderFacts& order,
                 std::initializer_list<TableLine> table = {}) {
    image::ImageSpec spec;
    spec.release_id = absl::StrCat(year + 1);
    spec.effective = Date(year, 10, 1);
    spec.groups.emplace_back(model::FacetGroup::kOrder, pages_.Add(model::EncodeOrder(order)));
    model::ConversionTable rows;
    for (const TableLine& line : table) {
      rows.rows.push_back({static_cast<int>(rows.rows.size()) + 3, model::CodeOfCell(line.current),
                           line.current, Date(line.year, 10, 1), line.previous});
    }
    if (!rows.rows.empty()) {
      spec.groups.emplace_back(model::FacetGroup::kConversion,
                               pages_.Add(model::EncodeConversion(rows)));
    }
    auto image = image::Image::Build(std::move(spec), pages_, cache_);
    EXPECT_TRUE(image.ok()) << image.status();
    return *image;
  }

  MemoryPages pages_;
  image::PageCache cache_;
};

// `A04.71: HEADERS_CHILD 2017 row 3 lossy`, hops with `, ` between them.
std::string Shown(const v1::Replacement& item) {
  return absl::StrCat(
      item.id(), ": ", absl::StrJoin(item.hops(), ", ", [](std::string* out, const auto& hop) {
        absl::StrAppend(out, v1::ReplacementKind_Name(hop.kind()).substr(17), " ",
                        hop.effective_date().substr(0, 4),
                        hop.derived() ? " derived" : absl::StrCat(" row ", hop.row().row()),
                        hop.lossy() ? " lossy" : "");
        for (const std::string& id : hop.combined_with_ids()) absl::StrAppend(out, " with ", id);
      }));
}

std::vector<std::string> Shown(const std::vector<v1::Replacement>& items) {
  std::vector<std::string> shown;
  for (const v1::Replacement& item : items) shown.push_back(Shown(item));
  return shown;
}

TEST_F(ReplacementsTest, TellsTheKindOfEachRowBothWays) {
  const ImagePtr old = Build(2017, Order({{"A00", false, "Old"},
                                          {"A000", true, "Renamed"},
                                          {"A001", true, "Split"},
                                          {"A002", true, "Merged, one"},
                                          {"A003", true, "Merged, two"},
                                          {"A004", true, "Header now"},
                                          {"A005", true, "Carved"},
                                          {"A006", true, "Left"},
                                          {"A007", true, "Right"},
                                          {"A009", true, "Gone"}}));
  const ImagePtr now = Build(2018,
                             Order({{"A00", false, "Now"},
                                    {"A004", false, "Header now"},
                                    {"A0041", true, "Child 1"},
                                    {"A0042", true, "Child 2"},
                                    {"A005", true, "Carved"},
                                    {"A006", true, "Left"},
                                    {"A007", true, "Right"},
                                    {"A008", true, "Both"},
                                    {"A01", false, "New"},
                                    {"A010", true, "Renamed"},
                                    {"A011", true, "Part 1"},
                                    {"A012", true, "Part 2"},
                                    {"A013", true, "Merged"},
                                    {"A015", true, "Carved out"}}),
                             {{"A01.0", 2018, "A00.0"},
                              {"A01.1", 2018, "A00.1"},
                              {"A01.2", 2018, "A00.1 "},
                              {"A01.3", 2018, "A00.2; A00.3"},
                              {"A00.41", 2018, "A00.4"},
                              {"A00.42", 2018, "A00.4"},
                              {"A01.5", 2018, "A00.5"},
                              {"A00.8", 2018, "A00.6 and A00.7"},
                              {"A01.5", 2018, "None"}});
  const Replacements between({old, now}, now);
  const struct {
    const char* code;
    std::vector<std::string> forward;
  } forwards[] = {
      {"A000", {"A01.0: ONE_TO_ONE 2018 row 3"}},
      {"A001", {"A01.1: SPLIT 2018 row 4 lossy", "A01.2: SPLIT 2018 row 5 lossy"}},
      {"A002", {"A01.3: MERGE 2018 row 6"}},
      {"A003", {"A01.3: MERGE 2018 row 6"}},
      {"A004",
       {"A00.41: HEADERS_CHILD 2018 row 7 lossy", "A00.42: HEADERS_CHILD 2018 row 8 lossy"}},
      {"A005", {"A01.5: CARVED_OUT 2018 row 9 lossy"}},
      {"A006", {"A00.8: CARVED_OUT 2018 row 10 lossy with A00.7"}},
      {"A009", {}},
  };
  for (const auto& test : forwards) EXPECT_EQ(Shown(between.Forward(test.code)), test.forward);
  const struct {
    const char* code;
    std::vector<std::string> backward;
  } backwards[] = {
      {"A010", {"A00.0: ONE_TO_ONE 2018 row 3"}},
      {"A011", {"A00.1: SPLIT 2018 row 4 lossy"}},
      {"A013", {"A00.2: MERGE 2018 row 6 lossy", "A00.3: MERGE 2018 row 6 lossy"}},
      {"A0041", {"A00.4: HEADERS_CHILD 2018 row 7 lossy"}},
      {"A015", {"A00.5: CARVED_OUT 2018 row 9 lossy"}},
      {"A008",
       {"A00.6: CARVED_OUT 2018 row 10 lossy with A00.7",
        "A00.7: CARVED_OUT 2018 row 10 lossy with A00.6"}},
      {"A005", {}},
  };
  for (const auto& test : backwards) EXPECT_EQ(Shown(between.Backward(test.code)), test.backward);
  EXPECT_EQ(OutcomeOf(*old, *now, "A005", between.Forward("A005")),
            v1::REPLACEMENT_OUTCOME_STILL_BILLABLE);
  EXPECT_EQ(OutcomeOf(*old, *now, "A000", between.Forward("A000")),
            v1::REPLACEMENT_OUTCOME_REPLACED);
  EXPECT_EQ(OutcomeOf(*old, *now, "A009", between.Forward("A009")),
            v1::REPLACEMENT_OUTCOME_NO_REPLACEMENT_KNOWN);
}

TEST_F(ReplacementsTest, TellsWhatARowIsAndWhereItsKindWasRead) {
  const ImagePtr old = Build(2017, Order({{"A00", false, "Old"}, {"A000", true, "Renamed"}}));
  const ImagePtr now = Build(2020, Order({{"A00", false, "Old"}, {"A001", true, "New name"}}),
                             {{"A00.1", 2018, "A00.0"}});
  const auto found = Replacements({old, now}, now).Forward("A000");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].title(), "New name");
  EXPECT_FALSE(found[0].lossy());
  const v1::ReplacementHop& hop = found[0].hops(0);
  EXPECT_EQ(hop.previous_id(), "A00.0");
  EXPECT_EQ(hop.current_id(), "A00.1");
  EXPECT_EQ(hop.before_release_id(), "2018");
  EXPECT_EQ(hop.after_release_id(), "2021");
  EXPECT_EQ(hop.row().release_id(), "2021");
  EXPECT_EQ(hop.row().row(), 3);
  EXPECT_EQ(hop.row().current_text(), "A00.1");
  EXPECT_EQ(hop.row().previous_text(), "A00.0");
  EXPECT_EQ(hop.row().effective_date(), "2018-10-01");
}

TEST_F(ReplacementsTest, FollowsTheYearsThroughCodesThatCameAndWent) {
  const ImagePtr first = Build(2016, Order({{"A00", false, "A"}, {"A000", true, "First"}}));
  const ImagePtr second = Build(2017, Order({{"A00", false, "A"}, {"A001", true, "Second"}}));
  const ImagePtr third = Build(2018,
                               Order({{"A00", false, "A"},
                                      {"A001", false, "Second"},
                                      {"A0011", true, "Third 1"},
                                      {"A0012", true, "Third 2"},
                                      {"A002", true, "Away"}}),
                               {{"A00.1", 2017, "A00.0"},
                                {"A00.11", 2018, "A00.1"},
                                {"A00.2", 2018, "A00.1"},
                                {"A00.0", 2018, "A00.2"},
                                {"A00.9", 2016, "A00.0"},
                                {"A00.8", 2019, "A00.0"}});
  const Replacements all({first, second, third}, third);
  // No row leads to A00.12, which stands below what became a header.
  EXPECT_THAT(Shown(all.Forward("A000")),
              ElementsAre("A00.11: ONE_TO_ONE 2017 row 3, HEADERS_CHILD 2018 row 4 lossy",
                          "A00.12: ONE_TO_ONE 2017 row 3, HEADERS_CHILD 2018 derived lossy",
                          "A00.2: ONE_TO_ONE 2017 row 3, SPLIT 2018 row 5 lossy"));
  for (const char* code : {"A0011", "A0012", "A002"}) {
    const auto back = all.Backward(code);
    ASSERT_EQ(back.size(), 1U) << code;
    EXPECT_EQ(back[0].id(), "A00.0");
    EXPECT_EQ(back[0].hops_size(), 2);
    EXPECT_EQ(back[0].derived(), std::string(code) == "A0012");
  }
  // Without the release in between the rows tell the same; what it alone knows is derived
  // from where the change shows.
  EXPECT_THAT(Shown(Replacements({first, third}, third).Forward("A000")),
              ElementsAre("A00.11: ONE_TO_ONE 2017 row 3, HEADERS_CHILD 2018 row 4 lossy",
                          "A00.12: ONE_TO_ONE 2017 row 3, HEADERS_CHILD 2018 derived lossy",
                          "A00.2: ONE_TO_ONE 2017 row 3, SPLIT 2018 row 5 lossy"));
}

TEST_F(ReplacementsTest, OffersWhatLiesBelowACodeThatBecameAHeaderWithoutATable) {
  const ImagePtr old = Build(2017, Order({{"A00", false, "A"}, {"A000", true, "Code"}}));
  const ImagePtr now = Build(2018, Order({{"A00", false, "A"},
                                          {"A000", false, "Header"},
                                          {"A0001", false, "Header"},
                                          {"A00011", true, "Deep"},
                                          {"A0002", true, "Child"}}));
  const Replacements between({old, now}, nullptr);
  EXPECT_THAT(Shown(between.Forward("A000")),
              ElementsAre("A00.011: HEADERS_CHILD 2018 derived lossy",
                          "A00.02: HEADERS_CHILD 2018 derived lossy"));
  EXPECT_THAT(Shown(between.Backward("A00011")),
              ElementsAre("A00.0: HEADERS_CHILD 2018 derived lossy"));
  // A header that was one already did not become one.
  EXPECT_THAT(between.Forward("A00"), IsEmpty());
  EXPECT_THAT(between.Backward("A0001"), IsEmpty());
}

TEST_F(ReplacementsTest, OffersItTooWhereTheTableSlips) {
  const ImagePtr old =
      Build(2017, Order({{"A00", false, "A"}, {"A001", true, "Code"}, {"A002", true, "Code"}}));
  const ImagePtr now =
      Build(2018,
            Order({{"A00", false, "A"},
                   {"A001", false, "Header"},
                   {"A0010", true, "Child"},
                   {"A002", false, "Header"},
                   {"A0020", true, "Told"},
                   {"A0021", true, "None"},
                   {"A0022", true, "Silent"}}),
            {{"A00.10", 2018, "A10.0"}, {"A00.20", 2018, "A00.2"}, {"A00.21", 2018, "None"}});
  const Replacements between({old, now}, now);
  EXPECT_THAT(Shown(between.Forward("A001")), ElementsAre("A00.10: HEADERS_CHILD 2018 derived"));
  EXPECT_THAT(Shown(between.Backward("A0010")), ElementsAre("A00.1: HEADERS_CHILD 2018 derived"));
  EXPECT_THAT(Shown(between.Forward("A002")),
              ElementsAre("A00.20: HEADERS_CHILD 2018 row 4 lossy",
                          "A00.22: HEADERS_CHILD 2018 derived lossy"));
  EXPECT_THAT(between.Backward("A0021"), IsEmpty());
}

TEST_F(ReplacementsTest, TakesInWhatARangeHadInTheReleaseBefore) {
  const ImagePtr old = Build(2017, Order({{"A00", false, "A"},
                                          {"A000", true, "0"},
                                          {"A001", false, "1"},
                                          {"A0011", true, "11"},
                                          {"A0019", true, "19"},
                                          {"A002", true, "2"},
                                          {"S00", false, "S"},
                                          {"S000XXA", true, "A"},
                                          {"S000XXD", true, "D"},
                                          {"S001XXA", true, "A"}}));
  const ImagePtr now = Build(2018,
                             Order({{"A00", false, "A"},
                                    {"A009", true, "9"},
                                    {"A008", true, "8"},
                                    {"A007", true, "7"},
                                    {"S00", false, "S"},
                                    {"S009XXA", true, "A"}}),
                             {{"A00.9", 2018, "A00.0-A00.1"},
                              {"A00.8", 2018, "A00.2 and a code from A00.1-"},
                              {"A00.7", 2018, "A00.1"},
                              {"S00.9XXA", 2018, "S00.0XXA-S00.1XXA"}});
  const Replacements between({old, now}, now);
  EXPECT_THAT(Shown(between.Backward("A009")),
              ElementsAre("A00.0: MERGE 2018 row 3 lossy", "A00.11: SPLIT 2018 row 3 lossy",
                          "A00.19: SPLIT 2018 row 3 lossy"));
  EXPECT_THAT(Shown(between.Forward("A002")),
              ElementsAre("A00.8: MERGE 2018 row 4 lossy with A00.1"));
  EXPECT_THAT(
      Shown(between.Forward("A0011")),
      ElementsAre("A00.9: SPLIT 2018 row 3 lossy", "A00.8: SPLIT 2018 row 4 lossy with A00.2",
                  "A00.7: SPLIT 2018 row 5 lossy"));
  EXPECT_THAT(Shown(between.Backward("S009XXA")),
              ElementsAre("S00.0XXA: MERGE 2018 row 6 lossy", "S00.1XXA: MERGE 2018 row 6 lossy"));
  EXPECT_THAT(between.Forward("S000XXD"), IsEmpty());
}

TEST_F(ReplacementsTest, EndsWhereAWayGoesRoundAndLeavesOtherYearsAside) {
  const ImagePtr first = Build(2016, Order({{"A00", false, "A"}, {"A000", true, "0"}}));
  const ImagePtr second = Build(2017, Order({{"A00", false, "A"}, {"A001", true, "1"}}));
  const ImagePtr third = Build(2018, Order({{"A00", false, "A"}, {"A000", true, "0"}}),
                               {{"A00.1", 2017, "A00.0"}, {"A00.0", 2018, "A00.1"}});
  const Replacements all({first, second, third}, third);
  EXPECT_THAT(all.Forward("A000"), IsEmpty());
  EXPECT_THAT(all.Backward("A000"), IsEmpty());
  EXPECT_EQ(OutcomeOf(*second, *third, "A000", {}), v1::REPLACEMENT_OUTCOME_STILL_BILLABLE);
  EXPECT_THAT(Shown(Replacements({first, second}, third).Forward("A000")),
              ElementsAre("A00.1: ONE_TO_ONE 2017 row 3"));
  EXPECT_THAT(Replacements({second}, third).Forward("A001"), IsEmpty());
}

}  // namespace
}  // namespace codeset::query
