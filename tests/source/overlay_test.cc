// Order addenda laid over a base: where added codes stand, and what does not fit.
#include "storage/source/overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/source/addenda_check.h"
#include "tests/support/hand_made.h"
#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

using model::AddendaAction;
using model::OrderFacts;
using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;

constexpr AddendaAction kAdd = AddendaAction::kAdd;
constexpr AddendaAction kDelete = AddendaAction::kDelete;

struct Line {
  AddendaAction action;
  bool billable;
  const char* code;
  const char* title;
};

// A line as published, `title` being both titles.
std::string TextOf(const Line& line) {
  return model::FormatAddendaLine({line.action, line.billable, line.code, line.title, line.title}) +
         "\r\n";
}

absl::StatusOr<OrderFacts> Lay(const OrderFacts& base, const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) text += TextOf(line);
  auto addenda = ReadOrderAddenda("add.txt", text, Trailer::kOptional);
  if (!addenda.ok()) return addenda.status();
  return LayOver("2020", base, *addenda);
}

// K31.B stands after K31.1, and C7A between C75 and C76, as in every year.
OrderFacts Base() {
  return testing::Order({{"C75", false, "c75"},
                         {"C750", true, "c750"},
                         {"C7A", true, "c7a"},
                         {"C76", true, "c76"},
                         {"K31", false, "k31"},
                         {"K310", true, "k310"},
                         {"K31B", true, "k31b"},
                         {"K312", true, "k312"},
                         {"Z99", false, "z99"},
                         {"Z990", false, "z990"},
                         {"Z9901", true, "z9901"},
                         {"Z9902", true, "z9902"}});
}

std::vector<std::string> CodesIn(const absl::StatusOr<OrderFacts>& order) {
  std::vector<std::string> codes;
  if (!order.ok()) return {order.status().ToString()};
  for (const model::OrderRow& row : order->rows) {
    codes.push_back(absl::StrCat(row.code, row.billable ? "" : "-"));
  }
  return codes;
}

TEST(OverlayTest, PutsAddedCodesAfterTheLastThatPrecedesThem) {
  EXPECT_THAT(CodesIn(Lay(Base(), {{kAdd, true, "K311", "new"}, {kAdd, true, "K319", "new"}})),
              ElementsAre("C75-", "C750", "C7A", "C76", "K31-", "K310", "K311", "K31B", "K312",
                          "K319", "Z99-", "Z990-", "Z9901", "Z9902"));
}

TEST(OverlayTest, PutsAddedCategoriesAmongThoseOfTheirLetter) {
  EXPECT_THAT(
      CodesIn(Lay(Base(), {{kAdd, true, "C00", "new"},
                           {kAdd, true, "C77", "new"},
                           {kAdd, true, "D10", "new"},
                           {kAdd, true, "A10", "new"},
                           {kAdd, false, "U07", "new"},
                           {kAdd, true, "U070", "new"},
                           {kAdd, true, "U071", "new"}})),
      ElementsAre("A10", "C00", "C75-", "C750", "C7A", "C76", "C77", "D10", "K31-", "K310", "K31B",
                  "K312", "Z99-", "Z990-", "Z9901", "Z9902", "U07-", "U070", "U071"));
}

TEST(OverlayTest, KeepsThePlaceOfACodeThatBecomesAHeader) {
  EXPECT_THAT(CodesIn(Lay(Base(), {{kDelete, true, "K31B", "k31b"},
                                   {kAdd, false, "K31B", "k31b"},
                                   {kAdd, true, "K31B1", "new"}})),
              ElementsAre("C75-", "C750", "C7A", "C76", "K31-", "K310", "K31B-", "K31B1", "K312",
                          "Z99-", "Z990-", "Z9901", "Z9902"));
}

TEST(OverlayTest, TakesAHeaderInAboveCodesThatAreThere) {
  OrderFacts base = testing::Order({{"S30", false, "s30"},
                                    {"S301XXA", true, "a"},
                                    {"S301XXD", true, "d"},
                                    {"S308XXA", true, "e"}});
  EXPECT_THAT(CodesIn(Lay(base, {{kAdd, false, "S301", "new"}})),
              ElementsAre("S30-", "S301-", "S301XXA", "S301XXD", "S308XXA"));
  std::swap(base.rows[2], base.rows[3]);
  EXPECT_TRUE(FailsWith(Lay(base, {{kAdd, false, "S301", "new"}}).status(),
                        Reason::kOverlayDoesNotFit, "add.txt:1: ", "would change its place"));
}

TEST(OverlayTest, RevisesAndDeletes) {
  const auto next = Lay(Base(), {{AddendaAction::kReviseFrom, true, "C76", "c76"},
                                 {AddendaAction::kReviseTo, true, "C76", "other"},
                                 {kDelete, true, "K312", "k312"}});
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->rows.size(), 11U);
  EXPECT_EQ(next->rows[3].long_title, "other");
}

TEST(OverlayTest, RefusesLinesThatDoNotFitTheBase) {
  const AddendaAction kFrom = AddendaAction::kReviseFrom;
  const AddendaAction kTo = AddendaAction::kReviseTo;
  const struct {
    const char* name;
    std::vector<Line> lines;
    const char* place;
    const char* why;
    const char* code;
  } kCases[] = {
      {"added and there",
       {{kAdd, true, "C76", "x"}},
       "add.txt:1: ",
       "C76 is added, but the base has it: billable, \"c76\"",
       "C76"},
      {"deleted and not there",
       {{kAdd, true, "C77", "x"}, {kDelete, true, "C78", "x"}},
       "add.txt:2: ",
       "is deleted, but the base does not have it",
       "C78"},
      {"deleted with another flag",
       {{kDelete, false, "C76", "c76"}},
       "add.txt:1: ",
       "is deleted as header, \"c76\", \"c76\", but the base has: billable",
       "C76"},
      {"deleted with another title",
       {{kDelete, true, "C76", "C76"}},
       "add.txt:1: ",
       "but the base has: billable, \"c76\"",
       "C76"},
      {"revised and not there",
       {{kFrom, true, "C78", "x"}, {kTo, true, "C78", "y"}},
       "add.txt:1: ",
       "is revised, but the base does not have it",
       "C78"},
      {"revised from another title",
       {{kFrom, true, "C76", "x"}, {kTo, true, "C76", "y"}},
       "add.txt:1: ",
       "is revised as billable, \"x\"",
       "C76"},
      {"revised with another flag",
       {{kFrom, false, "C76", "c76"}, {kTo, false, "C76", "y"}},
       "add.txt:1: ",
       "but the base has: billable",
       "C76"},
      {"added twice",
       {{kAdd, true, "C77", "x"}, {kAdd, true, "C77", "x"}},
       "add.txt:2: ",
       "changed by an earlier line",
       "C77"},
      {"deleted twice",
       {{kDelete, true, "C76", "c76"}, {kDelete, true, "C76", "c76"}},
       "add.txt:2: ",
       "changed by an earlier line",
       "C76"},
      {"revised and deleted",
       {{kFrom, true, "C76", "c76"}, {kTo, true, "C76", "y"}, {kDelete, true, "C76", "y"}},
       "add.txt:3: ",
       "changed by an earlier line",
       "C76"},
      {"deleted and added as it was",
       {{kDelete, true, "C76", "c76"}, {kAdd, true, "C76", "y"}},
       "add.txt:2: ",
       "that is a revision",
       "C76"},
      {"no category",
       {{kAdd, true, "U071", "x"}},
       "add.txt:1: ",
       "its category U07 is neither there nor added",
       "U07.1"},
      {"below a billable code",
       {{kAdd, true, "C760", "x"}},
       "add.txt:1: ",
       "lies below C76, which is billable in the base",
       "C76.0"},
      {"below an added billable code",
       {{kAdd, true, "U07", "x"}, {kAdd, true, "U071", "x"}},
       "add.txt:2: ",
       "lies below U07, which is billable by the addenda",
       "U07.1"},
      {"billable above a code that is there",
       {{kDelete, false, "Z990", "z990"}, {kAdd, true, "Z990", "z990"}},
       "add.txt:2: ",
       "is billable, but Z99.01 lies below it",
       "Z99.0"},
      {"a header without codes",
       {{kAdd, false, "U07", "x"}},
       "add.txt:1: ",
       "is a header, but no code lies below it",
       "U07"},
      {"all below a header deleted",
       {{kDelete, true, "Z9901", "z9901"}, {kDelete, true, "Z9902", "z9902"}},
       "add.txt:1: ",
       "is a header, but no code lies below it",
       "Z99.0"},
      {"deleted above a code that stays",
       {{kDelete, false, "Z990", "z990"}},
       "add.txt:1: ",
       "is deleted, but Z99.01 stays below it",
       "Z99.0"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = Lay(Base(), test.lines).status();
    EXPECT_TRUE(FailsWith(status, Reason::kOverlayDoesNotFit, test.place, test.why)) << test.name;
    const model::ErrorFacts facts = model::FactsOf(status);
    EXPECT_EQ(facts.count("line") + facts.count("file"), 2U) << test.name;
    EXPECT_EQ(facts.count("code") == 1 ? facts.at("code") : "", test.code) << test.name;
  }
}

TEST(OverlayTest, HoldsTheTrailerAgainstBaseAndResult) {
  const OrderFacts base = Base();
  model::AddendaTrailer trailer{"old.txt", "new.txt", {}, {}};
  trailer.headers.old_rows = trailer.headers.new_rows = 4;
  trailer.codes = {8, 9, 1, 0, 0, 0, 0, 0};
  const std::string line = TextOf({kAdd, true, "C77", "x"});
  const auto lay = [&] {
    return LayOver("2020", base,
                   *ReadOrderAddenda("add.txt", line + model::FormatAddendaTrailer(trailer),
                                     Trailer::kOptional));
  };
  EXPECT_TRUE(lay().ok()) << lay().status();
  trailer.codes.old_rows = 7;
  trailer.codes.new_rows = 8;
  EXPECT_TRUE(FailsWith(lay().status(), Reason::kOverlayDoesNotFit,
                        "add.txt:", "it counts 4 headers and 7 codes, but the base has 4 and 8"));
}

TEST(OverlayTest, NeedsAWholeTrailerOrNone) {
  const std::string line = TextOf({kAdd, true, "C77", "x"});
  EXPECT_TRUE(ReadOrderAddenda("add.txt", line, Trailer::kOptional).ok());
  EXPECT_TRUE(FailsWith(ReadOrderAddenda("add.txt", line, Trailer::kRequired).status(),
                        Reason::kSourceMalformed, "add.txt:", "trailer of counts is missing"));
  EXPECT_TRUE(
      FailsWith(ReadOrderAddenda("add.txt", line + "\r\nHeaders\r\n", Trailer::kOptional).status(),
                Reason::kSourceMalformed, "add.txt:", "cut off"));
  const std::string half = TextOf({AddendaAction::kReviseFrom, true, "C76", "c76"});
  EXPECT_TRUE(FailsWith(ReadOrderAddenda("add.txt", half, Trailer::kOptional).status(),
                        Reason::kSourceMalformed, "add.txt:1: ", "expected \"Revise to:\""));
}

// What TrailerOf counts is what a whole file's trailer would say, so that the addenda prove
// the result.
TEST(OverlayTest, CountsATrailerThatIsReproduced) {
  const OrderFacts base = Base();
  std::string text = TextOf({kAdd, true, "C77", "x"}) + TextOf({kDelete, true, "C76", "c76"});
  text += model::FormatAddendaLine({AddendaAction::kReviseFrom, true, "K310", "k310", "k310"}) +
          "\r\n" +
          model::FormatAddendaLine({AddendaAction::kReviseTo, true, "K310", "k310", "long"}) +
          "\r\n";
  auto addenda = ReadOrderAddenda("add.txt", text, Trailer::kOptional);
  ASSERT_TRUE(addenda.ok()) << addenda.status();
  const auto next = LayOver("2020", base, *addenda);
  ASSERT_TRUE(next.ok()) << next.status();
  addenda->addenda.trailer = TrailerOf(addenda->addenda.lines, base, *next);
  EXPECT_EQ(addenda->addenda.trailer.codes.long_only, 1);
  const auto check =
      CheckAddenda(*next, addenda->addenda, {{"2020", 4, 8, [&](const OrderFacts& later) {
                                                return absl::StatusOr<OrderChange>({base, later});
                                              }}});
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(check->outcome, AddendaOutcome::kReproduced) << check->difference;
}

}  // namespace
}  // namespace codeset::source
