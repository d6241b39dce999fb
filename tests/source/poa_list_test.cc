// The list of POA-exempt codes: reading it, telling it from lists of additions, and holding
// it against the order file and the publisher's read-me.
#include "storage/source/poa_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "storage/source/poa_check.h"
#include "storage/source/source.h"
#include "tests/support/hand_made.h"
#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHeading[] = "Order26\tPOAexemptCode\tDescription\r\n";

std::string List(const std::string& lines) { return absl::StrCat(kHeading, lines); }

TEST(PoaListTest, GivesCodesWithoutDotInByteOrder) {
  const auto listing = ParsePoaList("poa.txt",
                                    "\xEF\xBB\xBFOrdFY25 \tPOAexemptCode\tDescription\r\n"
                                    "00009\tZ99.89\t\"Dependence, on machines\"\r\n"
                                    "00002\tB90.0\tSequelae of tuberculosis\r\n"
                                    " 00001 \t I10 \tHypertension \t\r\n"
                                    "\r\n");
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_THAT(CodesOf(*listing).codes, ElementsAre("B900", "I10", "Z9989"));
  EXPECT_EQ(listing->rows.front().order_number, 2);
}

TEST(PoaListTest, SaysWhichLineBreaksTheLayout) {
  const struct {
    std::string text;
    std::string place;
    std::string why;
  } kCases[] = {
      {"", "poa.txt: ", "no code"},
      {List(""), "poa.txt: ", "no code"},
      {"Order\tCode\tTitle\r\n", "poa.txt:1: ", "expected the heading"},
      {List("00001\tB90.0\r\n"), "poa.txt:2: ", "found 2 cells"},
      {List("00001\tB90.0\tA\tB\r\n"), "poa.txt:2: ", "found 4 cells"},
      {List("1x\tB90.0\tA\r\n"), "poa.txt:2: ", "expected an order number, found \"1x\""},
      {List("0\tB90.0\tA\r\n"), "poa.txt:2: ", "expected an order number"},
      {List("1\tB900\tA\r\n"), "poa.txt:2: ", "expected a code with its dot, found \"B900\""},
      {List("1\tB9.00\tA\r\n"), "poa.txt:2: ", "expected a code with its dot"},
      {List("1\tb90.0\tA\r\n"), "poa.txt:2: ", "expected a code with its dot"},
      {List("1\tB90.0\tA\r\n2\tB90.0\tA\r\n"), "poa.txt:3: ", "B90.0 stands on line 2 already"},
  };
  for (const auto& test : kCases) {
    EXPECT_TRUE(FailsWith(ParsePoaList("poa.txt", test.text).status(), Reason::kSourceMalformed,
                          test.place, test.why))
        << test.text;
  }
}

TEST(PoaListTest, FindsTheCountOfTheListInAReadMe) {
  EXPECT_EQ(PoaReadMeCount("Present On Admission (POA) codes (38,349 codes).\r\n(12 codes)"),
            38349);
  EXPECT_EQ(PoaReadMeCount("list (1 code)"), 1);
  EXPECT_EQ(PoaReadMeCount("none (POA) here (12"), std::nullopt);
  EXPECT_EQ(PoaReadMeCount("(12 pages)"), std::nullopt);
}

// Of lists with one heading, the largest is the list, whatever comes first.
TEST(PoaListTest, TakesTheLargestListAndNotItsAdditions) {
  const std::string whole = List("1\tA00\tA\r\n2\tA01\tA\r\n3\tA02\tA\r\n");
  const std::string additions = List("2\tA01\tA\r\n");
  for (const bool whole_first : {true, false}) {
    std::vector<InputFile> inputs = {{"whole.txt", whole}, {"add.txt", additions}};
    if (!whole_first) std::swap(inputs[0], inputs[1]);
    const auto files = ReadSources(std::move(inputs));
    ASSERT_TRUE(files.ok()) << files.status();
    EXPECT_EQ(files->poa_file, "whole.txt");
    EXPECT_THAT(files->poa->rows, SizeIs(3));
    ASSERT_THAT(files->ignored, SizeIs(1));
    EXPECT_EQ(files->ignored[0].name, "add.txt");
    EXPECT_THAT(files->ignored[0].why, HasSubstr("all on whole.txt"));
    EXPECT_THAT(files->read, SizeIs(1));
  }
}

TEST(PoaListTest, RefusesTwoDifferentLists) {
  const std::string one = List("1\tA00\tA\r\n2\tA01\tA\r\n3\tA02\tA\r\n");
  const struct {
    std::string why;
    std::string other;
  } kCases[] = {
      {"a code that is not on the first", List("4\tA03\tA\r\n")},
      {"nearly as many codes", List("1\tA00\tA\r\n2\tA01\tA\r\n")},
  };
  for (const auto& test : kCases) {
    EXPECT_TRUE(FailsWith(ReadSources({{"one.txt", one}, {"two.txt", test.other}}).status(),
                          Reason::kSourceMalformed, "two.txt: ", "lists of POA-exempt codes"))
        << test.why;
  }
}

TEST(PoaListTest, IgnoresAReadMeWithoutAList) {
  const auto files = ReadSources(
      {{"order.txt",
        "00001 I10     1 Hypertension                                                 Title\r\n"},
       {"readme.txt", "Description of Present On Admission (POA) files\r\n(3 codes)\r\n"}});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(files->poa_counts, IsEmpty());
  ASSERT_THAT(files->ignored, SizeIs(1));
  EXPECT_THAT(files->ignored[0].why, HasSubstr("no list that it would be about"));
}

// Names of the classes found.
std::vector<std::string> Found(const PoaListing& listing, std::vector<PoaCount> counts) {
  const model::OrderFacts order = testing::Order({{"A00", false, "Head"},
                                                  {"A000", true, "One"},
                                                  {"A001", true, "Two"},
                                                  {"I10", true, "Three"}});
  std::vector<std::string> names;
  for (const Disagreement& found : CheckPoaList(order, listing, counts)) {
    EXPECT_TRUE(found.fatal) << found.class_name;
    EXPECT_FALSE(found.examples.empty());
    names.push_back(found.class_name);
  }
  return names;
}

TEST(PoaCheckTest, HoldsAListAgainstTheOrderFile) {
  EXPECT_THAT(Found({{{"A000", 2}, {"I10", 4}}}, {{"readme", 2}}), IsEmpty());
  EXPECT_THAT(Found({{{"A000", 2}, {"A009", 3}}}, {}), ElementsAre("POA_CODE_NOT_BILLABLE"));
  EXPECT_THAT(Found({{{"A00", 1}}}, {}), ElementsAre("POA_CODE_NOT_BILLABLE"));
  EXPECT_THAT(Found({{{"A000", 3}, {"I10", 4}}}, {}), ElementsAre("POA_ORDER_DIFFERS"));
  EXPECT_THAT(Found({{{"A000", 2}}}, {{"readme", 1}, {"other", 2}}),
              ElementsAre("POA_COUNT_DIFFERS"));
}

// A few order numbers differ in every published list.
TEST(PoaCheckTest, ToleratesFewOrderNumbersThatDiffer) {
  model::OrderFacts order;
  PoaListing listing;
  for (int i = 1; i <= 100; ++i) {
    const std::string code = absl::StrCat("A", 10 + i / 10, i % 10);
    order.rows.push_back({code, true, "t", "t"});
    listing.rows.push_back({code, i});
  }
  listing.rows[0].order_number = 77;
  EXPECT_THAT(CheckPoaList(order, listing, {}), IsEmpty());
  listing.rows[1].order_number = 77;
  const auto found = CheckPoaList(order, listing, {});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].class_name, "POA_ORDER_DIFFERS");
  EXPECT_EQ(found[0].count, 2);
}

TEST(PoaCheckTest, TellsAListOfAdditionsByItsSize) {
  model::OrderFacts order;
  for (int i = 0; i < 41; ++i) {
    order.rows.push_back({absl::StrCat("A", 10 + i), true, "t", "t"});
  }
  PoaListing listing;
  for (int i = 0; i < 4; ++i) listing.rows.push_back({order.rows[i].code, i + 1});
  const auto found = CheckPoaList(order, listing, {});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].class_name, "POA_LIST_MUCH_SHORTER");
  listing.rows.push_back({order.rows[4].code, 5});
  EXPECT_THAT(CheckPoaList(order, listing, {}), IsEmpty());
}

}  // namespace
}  // namespace codeset::source
