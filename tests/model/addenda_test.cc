#include "storage/model/addenda.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codeset::model {
namespace {

using ::testing::ElementsAre;

constexpr AddendaAction kAdd = AddendaAction::kAdd;
constexpr AddendaAction kDelete = AddendaAction::kDelete;

OrderFacts Rows(std::vector<OrderRow> rows) { return {std::move(rows)}; }

TEST(AddendaTest, SeesNoDifferenceInWhiteSpace) {
  const struct {
    const char* a;
    const char* b;
    bool same;
  } kCases[] = {
      {"", "", true},        {"ab", "a b", true},  {" ab", "ab ", true},
      {"a  b", "a b", true}, {"ab", "abc", false}, {"abc", "ab", false},
      {"a-b", "a b", false}, {"a\tb", "ab", true}, {"Sezary", "Sézary", false},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(SameButForWhiteSpace(test.a, test.b), test.same) << test.a << "|" << test.b;
  }
}

TEST(AddendaTest, SaysABillableCodeThatBecomesAHeaderAsDeletionAndAddition) {
  const Addenda addenda = ComputeAddenda(
      Rows({{"G35", true, "MS", "Multiple sclerosis"}}),
      Rows({{"G35", false, "MS", "Multiple sclerosis"}, {"G35A", true, "RRMS", "Relapsing"}}));
  EXPECT_THAT(addenda.lines,
              ElementsAre(AddendaLine{kDelete, true, "G35", "MS", "Multiple sclerosis"},
                          AddendaLine{kAdd, false, "G35", "MS", "Multiple sclerosis"},
                          AddendaLine{kAdd, true, "G35A", "RRMS", "Relapsing"}));
  EXPECT_EQ(addenda.trailer.headers, (AddendaTally{0, 1, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(addenda.trailer.codes, (AddendaTally{1, 1, 1, 1, 0, 0, 0, 0}));
}

TEST(AddendaTest, CountsRevisionsByTheTitlesThatDiffer) {
  const struct {
    const char* short_title;
    const char* long_title;
    AddendaTally tally;
  } kCases[] = {
      {"Short", "Long", {1, 1, 0, 0, 0, 0, 0, 0}},
      {"Sh ort", "Lo ng", {1, 1, 0, 0, 0, 0, 0, 0}},
      {"Other", "Other", {1, 1, 0, 0, 1, 1, 0, 0}},
      {"Short", "Other", {1, 1, 0, 0, 1, 0, 1, 0}},
      {"Other", "Long", {1, 1, 0, 0, 1, 0, 0, 1}},
      // White space is no reason for a revision but counts where there is one: 2017's P04.4.
      {"Sh ort", "Other", {1, 1, 0, 0, 1, 1, 0, 0}},
      {"Other", "Lo ng", {1, 1, 0, 0, 1, 1, 0, 0}},
  };
  for (const auto& test : kCases) {
    const Addenda addenda =
        ComputeAddenda(Rows({{"M9986", true, "Short", "Long"}}),
                       Rows({{"M9986", true, test.short_title, test.long_title}}));
    EXPECT_EQ(addenda.trailer.codes, test.tally) << test.short_title << "|" << test.long_title;
    EXPECT_EQ(addenda.lines.size(), test.tally.revisions * 2u);
  }
}

TEST(AddendaTest, WritesLinesAndTrailerAsThePublisherDoes) {
  EXPECT_EQ(FormatAddendaLine({kDelete, true, "Z283", "Underimmunization", "Underimmunization"}),
            "Delete:      1 Z283    Underimmunization                                            "
            "Underimmunization");
  AddendaTrailer trailer{"old.txt", "new.txt", {22776, 22778, 2, 0, 1, 1, 0, 0}, {5, 4, 0, 1}};
  const std::string text = FormatAddendaTrailer(trailer);
  EXPECT_THAT(text, ::testing::StartsWith("\r\nHeaders\r\n  22776 headers in old.txt\r\n"
                                          "  22778 headers in new.txt\r\n      2 additions\r\n"));
  EXPECT_THAT(text, ::testing::EndsWith("      0 revisions to short title only\r\n"));
}

}  // namespace
}  // namespace codeset::model
