#include "storage/source/order_addenda.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

using model::AddendaAction;
using model::AddendaLine;
using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;

// Lines of changes: out of order, as 2019's are.
constexpr char kLines[] =
    "Revise from: 1 Z885    Allergy status to narcotic agent status                      "
    "Allergy status to narcotic agent status\r\n"
    "Revise to:   1 Z885    Allergy status to narcotic agent                             "
    "Allergy status to narcotic agent\r\n"
    "Delete:      1 G35     Multiple sclerosis                                           "
    "Multiple sclerosis\r\n"
    "Add:         0 G35     Multiple sclerosis                                           "
    "Multiple sclerosis\r\n"
    "Add:         1 G35D    Multiple sclerosis, unspecified                              "
    "Multiple sclerosis, unspecified\r\n";

std::string Trailer(int code_additions = 1, int both = 1, int long_only = 0, int short_only = 0) {
  const auto half = [](const std::string& title, const std::string& unit, int old_rows,
                       int new_rows, int added, int deleted, int revised, int of_both, int of_long,
                       int of_short) {
    return "\r\n" + title + "\r\n  " + std::to_string(old_rows) + " " + unit +
           " in old order.txt\r\n  " + std::to_string(new_rows) + " " + unit +
           " in new.txt\r\n      " + std::to_string(added) + " additions\r\n      " +
           std::to_string(deleted) + " deletions\r\n      " + std::to_string(revised) +
           " revisions\r\nof which\r\n      " + std::to_string(of_both) +
           " revisions to both long and short titles\r\n      " + std::to_string(of_long) +
           " revisions to long title only\r\n      " + std::to_string(of_short) +
           " revisions to short title only\r\n";
  };
  return half("Headers", "headers", 5, 6, 1, 0, 0, 0, 0, 0) +
         half("Codes", "codes", 70, 70, code_additions, 1, 1, both, long_only, short_only);
}

TEST(OrderAddendaTest, ReadsLinesSortedAndTheTrailer) {
  const auto addenda = ParseOrderAddenda("addenda.txt", kLines + Trailer());
  ASSERT_TRUE(addenda.ok()) << addenda.status();
  const std::string ms = "Multiple sclerosis";
  const std::string allergy = "Allergy status to narcotic agent";
  EXPECT_THAT(addenda->lines,
              ElementsAre(AddendaLine{AddendaAction::kDelete, true, "G35", ms, ms},
                          AddendaLine{AddendaAction::kAdd, false, "G35", ms, ms},
                          AddendaLine{AddendaAction::kAdd, true, "G35D", ms + ", unspecified",
                                      ms + ", unspecified"},
                          AddendaLine{AddendaAction::kReviseFrom, true, "Z885", allergy + " status",
                                      allergy + " status"},
                          AddendaLine{AddendaAction::kReviseTo, true, "Z885", allergy, allergy}));
  EXPECT_EQ(addenda->trailer.old_file, "old order.txt");
  EXPECT_EQ(addenda->trailer.new_file, "new.txt");
  EXPECT_EQ(addenda->trailer.headers, (model::AddendaTally{5, 6, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(addenda->trailer.codes, (model::AddendaTally{70, 70, 1, 1, 1, 1, 0, 0}));
}

TEST(OrderAddendaTest, ReadsATrailerAlone) {
  model::AddendaTrailer trailer{"a.txt", "b.txt", {9, 9}, {4, 4}};
  const auto addenda = ParseOrderAddenda("addenda.txt", model::FormatAddendaTrailer(trailer));
  ASSERT_TRUE(addenda.ok()) << addenda.status();
  EXPECT_TRUE(addenda->lines.empty());
  EXPECT_EQ(addenda->trailer.headers.old_rows, 9);
}

TEST(OrderAddendaTest, NamesLineAndReason) {
  const std::string lines = kLines;
  const std::string revise_from = lines.substr(0, lines.find("\r\n") + 2);
  const struct {
    const char* name;
    std::string text;
    const char* begins;
    const char* holds;
  } kCases[] = {
      {"not a change", "Changed: X\r\n" + lines + Trailer(), "a.txt:1: ", "expected a line of"},
      {"no trailer", lines, "a.txt:5: ", "the trailer of counts is missing or cut off"},
      {"half a trailer", lines + Trailer().substr(0, 120), "a.txt:", "missing or cut off"},
      {"change after trailer", Trailer() + lines, "a.txt:23: ", "after the trailer"},
      {"open revision", revise_from + Trailer(), "a.txt:3: ", "expected \"Revise to:\""},
      {"revision without its from", lines.substr(revise_from.size()) + Trailer(),
       "a.txt:1: ", "expected \"Revise to:\" after"},
      {"counts of lines", lines + Trailer(2),
       "a.txt:27: ", "the trailer says 2 additions of codes, but the lines hold 1"},
      {"kinds of revision", lines + Trailer(1, 0), "a.txt:27: ", "do not add up to 1"},
      {"not UTF-8", "Add\xE9\r\n", "a.txt:1: ", "not valid UTF-8"},
      {"unknown count", lines + "\r\nHeaders\r\n  5 foos in a.txt\r\n",
       "a.txt:8: ", "expected the trailer"},
  };
  for (const auto& test : kCases) {
    EXPECT_TRUE(FailsWith(ParseOrderAddenda("a.txt", test.text).status(), Reason::kSourceMalformed,
                          test.begins, test.holds))
        << test.name;
  }
}

TEST(OrderAddendaTest, RefusesRowCountsThatDoNotAddUp) {
  model::AddendaTrailer trailer{"a.txt", "b.txt", {9, 10}, {4, 4}};
  EXPECT_TRUE(FailsWith(ParseOrderAddenda("a.txt", model::FormatAddendaTrailer(trailer)).status(),
                        Reason::kSourceMalformed, "a.txt:", "9 + 0 - 0 is not 10"));
}

TEST(OrderAddendaTest, RefusesCountsWhoseSumWrapsAround) {
  // 2147483647 + 2147483647 + 3 is 1 in 32 bits, as many revisions as there are.
  const std::string trailer = Trailer(1, 2147483647, 2147483647, 3);
  EXPECT_TRUE(FailsWith(ParseOrderAddenda("addenda.txt", kLines + trailer).status(),
                        Reason::kSourceMalformed, "addenda.txt:", "do not add up to 1"));
}

TEST(OrderAddendaTest, TellsItsLinesFromThoseOfTheCodesAddenda) {
  EXPECT_TRUE(IsOrderAddendaLine(std::string(kLines).substr(0, 110)));
  EXPECT_FALSE(IsOrderAddendaLine("Delete:      B880    Other acariasis"));
  EXPECT_EQ(AddendaActionOf("Delete:      B880    Other acariasis"), "Delete:      ");
  EXPECT_EQ(AddendaActionOf("Deleted"), "");
}

}  // namespace
}  // namespace codeset::source
