#include "storage/source/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/source/generated_codes.h"
#include "storage/source/tabular_xml.h"
#include "tests/support/source_text.h"
#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

using model::OrderFacts;
using model::OrderRow;
using testing::DiagXml;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TabularXml;

const char kSeventh[] =
    "<sevenChrDef><extension char=\"A\">initial</extension>"
    "<extension char=\"D\">subsequent</extension></sevenChrDef>";

model::Tabular TabularOf(const std::string& diags) {
  auto document = ParseTabularXml("t.xml", TabularXml(diags));
  EXPECT_TRUE(document.ok()) << document.status();
  return document.ok() ? document->tabular : model::Tabular();
}

OrderFacts OrderOf(std::vector<std::pair<std::string, bool>> codes) {
  OrderFacts order;
  for (auto& [code, billable] : codes) order.rows.push_back({code, billable, "t", "t"});
  return order;
}

Reconciliation Compare(const std::string& id, const OrderFacts& order,
                       const model::Tabular* tabular) {
  const auto found = Reconcile(*model::ReleaseId::Parse(id), order, tabular, {}, {});
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() ? *found : Reconciliation();
}

// `CLASS: example; example` for each class found.
std::vector<std::string> Found(const Reconciliation& reconciliation) {
  std::vector<std::string> found;
  for (const Disagreement& disagreement : reconciliation.disagreements) {
    std::string text = disagreement.class_name + (disagreement.fatal ? "!" : "") + ":";
    for (const std::string& example : disagreement.examples) text += " " + example + ";";
    found.push_back(text);
  }
  return found;
}

std::vector<std::string> Generated(const std::string& diags) {
  std::vector<std::string> codes;
  for (const GeneratedCode& code : GenerateCodes(TabularOf(diags))) {
    codes.push_back(code.code + (code.billable ? "+" : "-"));
  }
  return codes;
}

TEST(GenerateCodesTest, TakesALeafWithoutDefinitionAsItself) {
  EXPECT_THAT(Generated(DiagXml("A00", "t", DiagXml("A00.0", "t") + DiagXml("A00.9", "t"))),
              ElementsAre("A00-", "A000+", "A009+"));
}

TEST(GenerateCodesTest, PadsStemsWithX) {
  EXPECT_THAT(Generated(DiagXml("A00", "t", kSeventh)),
              ElementsAre("A00-", "A00XXXA+", "A00XXXD+"));
  EXPECT_THAT(Generated(DiagXml("A00", "t", kSeventh + DiagXml("A00.123", "t"))),
              ElementsAre("A00-", "A00123-", "A00123A+", "A00123D+"));
}

TEST(GenerateCodesTest, TakesTheNearestDefinitionWhole) {
  const std::string nearer = "<sevenChrDef><extension char=\"0\">x</extension></sevenChrDef>";
  EXPECT_THAT(Generated(DiagXml("A00", "t",
                                kSeventh + DiagXml("A00.1", "t", nearer) + DiagXml("A00.2", "t"))),
              ElementsAre("A00-", "A001-", "A001XX0+", "A002-", "A002XXA+", "A002XXD+"));
}

TEST(GenerateCodesTest, LeavesACodeOfSevenCharactersAlone) {
  EXPECT_THAT(Generated(DiagXml("A00", "t", kSeventh + DiagXml("A00.1234", "t"))),
              ElementsAre("A00-", "A001234+"));
}

TEST(GenerateCodesTest, FollowsThePrefixWhereTheXmlNestsElsewhere) {
  // H54.512A stands under H54.511 in 2021 to 2023.
  EXPECT_THAT(Generated(DiagXml("A00", "t",
                                DiagXml("A00.1", "t", DiagXml("A00.21", "t")) +
                                    DiagXml("A00.2", "t", DiagXml("A00.22", "t")))),
              ElementsAre("A00-", "A001+", "A0021+", "A002-", "A0022+"));
}

TEST(ReconcileTest, FindsNothingWhereFilesAgree) {
  const model::Tabular tabular = TabularOf(DiagXml("A00", "t", DiagXml("A00.0", "t")));
  const Reconciliation found = Compare("2026", OrderOf({{"A00", false}, {"A000", true}}), &tabular);
  EXPECT_THAT(found.disagreements, IsEmpty());
  EXPECT_EQ(found.addenda.outcome, AddendaOutcome::kNoAddenda);
}

TEST(ReconcileTest, RefusesFilesOfDifferentEditions) {
  const model::Tabular tabular =
      TabularOf(DiagXml("A00", "t", DiagXml("A00.0", "t") + DiagXml("A00.1", "t")));
  const Reconciliation found =
      Compare("2026", OrderOf({{"A00", false}, {"A000", false}, {"A0000", true}}), &tabular);
  EXPECT_THAT(
      Found(found),
      ElementsAre("CODE_NOT_IN_ORDER!: A00.1, billable;", "CODE_NOT_GENERATED!: A00.00, billable;",
                  "FLAG_DIFFERS!: A00.0 is a header in the order file, billable by the "
                  "tabular list;"));
}

TEST(ReconcileTest, KnowsTheProseRuleOfS06) {
  const std::string diags = DiagXml("S06", "t", kSeventh + DiagXml("S06.1X7", "t"));
  model::Tabular tabular = TabularOf(diags);
  const OrderFacts order = OrderOf({{"S06", false}, {"S061X7", false}, {"S061X7A", true}});
  EXPECT_THAT(Found(Compare("2023", order, &tabular)),
              ElementsAre("S06_PROSE_RULE: S06.1X7D, billable;"));
  // No other category has such a rule.
  tabular = TabularOf(DiagXml("S07", "t", kSeventh + DiagXml("S07.1X7", "t")));
  const OrderFacts other = OrderOf({{"S07", false}, {"S071X7", false}, {"S071X7A", true}});
  EXPECT_THAT(Found(Compare("2023", other, &tabular)),
              ElementsAre("CODE_NOT_IN_ORDER!: S07.1X7D, billable;"));
}

TEST(ReconcileTest, ForgivesTheOrderFileOf2013ItsMissingHeadersOnly) {
  const model::Tabular tabular = TabularOf(DiagXml("A00", "t", DiagXml("A00.0", "t")));
  const OrderFacts order = OrderOf({{"A000", true}});
  EXPECT_THAT(Found(Compare("2013", order, &tabular)),
              ElementsAre("KNOWN_HEADERS_MISSING: A00, header;", "KNOWN_CATEGORY_MISSING: A00;"));
  EXPECT_THAT(Found(Compare("2014", order, &tabular)),
              ElementsAre("CODE_NOT_IN_ORDER!: A00, header;", "CATEGORY_MISSING!: A00;"));
  const OrderFacts without_code = OrderOf({{"A00", false}});
  EXPECT_THAT(Found(Compare("2013", without_code, &tabular)),
              ElementsAre("CODE_NOT_IN_ORDER!: A00.0, billable;"));
}

TEST(ReconcileTest, ListsTitlesAndParentsThatDiffer) {
  const model::Tabular tabular = TabularOf(DiagXml(
      "A00", "t", DiagXml("A00.1", "t", DiagXml("A00.11", "other") + DiagXml("A00.21", "t"))));
  const OrderFacts order =
      OrderOf({{"A00", false}, {"A001", false}, {"A0011", true}, {"A002", false}, {"A0021", true}});
  EXPECT_THAT(Found(Compare("2026", order, &tabular)),
              ElementsAre("PARENT_DIFFERS: A00.21 stands below A00.1, its prefix is A00.2;",
                          "TITLE_DIFFERS: A00.11: \"t\" in the order file, \"other\" in the "
                          "tabular list;",
                          "CODE_NOT_GENERATED!: A00.2, header;"));
}

TEST(ReconcileTest, CountsAllAndShowsFive) {
  OrderFacts order;
  for (char c = '0'; c <= '9'; ++c)
    order.rows.push_back({std::string("A0") + c + "0", true, "t", "t"});
  const Reconciliation found = Compare("2026", order, nullptr);
  ASSERT_THAT(found.disagreements, SizeIs(1));
  EXPECT_EQ(found.disagreements[0].class_name, "CATEGORY_MISSING");
  EXPECT_EQ(found.disagreements[0].count, 10);
  EXPECT_THAT(found.disagreements[0].examples, SizeIs(5));
  EXPECT_TRUE(IsDisagreementClass("CATEGORY_MISSING"));
  EXPECT_FALSE(IsDisagreementClass("CATEGORY"));
}

// Addenda from one order file to another, as their reader would give them.
NamedAddenda AddendaOf(const OrderFacts& base, const OrderFacts& next) {
  return {"addenda.txt", model::ComputeAddenda(base, next)};
}

BaseCandidate Candidate(const std::string& id, const OrderFacts& order) {
  BaseCandidate candidate{id, 0, 0, [order](const OrderFacts& next) {
                            return absl::StatusOr<OrderChange>({order, next});
                          }};
  for (const OrderRow& row : order.rows) ++(row.billable ? candidate.codes : candidate.headers);
  return candidate;
}

TEST(AddendaCheckTest, NamesTheNewestBaseThatReproduces) {
  const OrderFacts base = OrderOf({{"A00", true}, {"A01", true}});
  const OrderFacts unlike = OrderOf({{"B00", true}, {"B01", true}});
  const OrderFacts next = OrderOf({{"A00", false}, {"A000", true}, {"A01", true}});
  const auto check =
      CheckAddenda(next, AddendaOf(base, next).addenda,
                   {Candidate("2014", base), Candidate("2016", base), Candidate("2017", unlike)});
  ASSERT_TRUE(check.ok()) << check.status();
  EXPECT_EQ(check->outcome, AddendaOutcome::kReproduced);
  EXPECT_EQ(check->base_release_id, "2016");
  EXPECT_EQ(check->additions, 2);
  EXPECT_EQ(check->deletions, 1);
  EXPECT_EQ(check->revisions, 0);
}

TEST(AddendaCheckTest, ReadsOnlyCandidatesWithTheCountsOfTheBase) {
  const OrderFacts base = OrderOf({{"A00", true}});
  const OrderFacts next = OrderOf({{"A00", true}, {"A01", true}});
  BaseCandidate other{"2015", 7, 7,
                      [](const OrderFacts&) { return absl::InternalError("must not be read"); }};
  const auto check = CheckAddenda(next, AddendaOf(base, next).addenda, {other});
  ASSERT_TRUE(check.ok()) << check.status();
  EXPECT_EQ(check->outcome, AddendaOutcome::kBaseNotLoaded);
  other.headers = 0;
  other.codes = 1;
  EXPECT_EQ(CheckAddenda(next, AddendaOf(base, next).addenda, {other}).status().message(),
            "must not be read");
}

TEST(AddendaCheckTest, LeavesRevisionsOfWhiteSpaceApart) {
  // 2026's addenda list that of W44.G, 2022's leave out that of Z68.30.
  const OrderFacts base{{{"W44G", false, "s", "a natural  orifice"}, {"W44GX", true, "s", "t"}}};
  const OrderFacts next{{{"W44G", false, "s", "a natural orifice"}, {"W44GX", true, "s", "u"}}};
  NamedAddenda listed = AddendaOf(base, next);
  ASSERT_THAT(listed.addenda.lines, SizeIs(2));
  const auto left_out = CheckAddenda(next, listed.addenda, {Candidate("2025", base)});
  EXPECT_EQ(left_out->outcome, AddendaOutcome::kReproduced);
  listed.addenda.lines.insert(
      listed.addenda.lines.begin(),
      {{model::AddendaAction::kReviseFrom, false, "W44G", "s", "a natural  orifice"},
       {model::AddendaAction::kReviseTo, false, "W44G", "s", "a natural orifice"}});
  listed.addenda.trailer.headers.revisions = 1;
  listed.addenda.trailer.headers.long_only = 1;
  const auto check = CheckAddenda(next, listed.addenda, {Candidate("2025", base)});
  EXPECT_EQ(check->outcome, AddendaOutcome::kReproduced) << check->difference;
  EXPECT_EQ(check->revisions, 2);
}

TEST(AddendaCheckTest, RefusesAddendaThatNoCandidateReproduces) {
  const OrderFacts base = OrderOf({{"A00", true}});
  const OrderFacts next = OrderOf({{"A00", true}, {"A01", true}});
  const OrderFacts unlike = OrderOf({{"B00", true}});
  const auto found = Reconcile(*model::ReleaseId::Parse("2026"), next, nullptr,
                               {AddendaOf(base, next)}, {Candidate("2025", unlike)});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->addenda.outcome, AddendaOutcome::kDiffers);
  EXPECT_EQ(found->addenda.base_release_id, "2025");
  EXPECT_THAT(Found(*found),
              ElementsAre(::testing::StartsWith(
                  "ADDENDA_NOT_REPRODUCED!: addenda.txt: from 2025, not in the addenda: Add:    "
                  "     1 A00")));
}

TEST(AddendaCheckTest, RefusesAddendaOfAnotherEdition) {
  const OrderFacts base = OrderOf({{"A00", true}});
  const OrderFacts next = OrderOf({{"A00", true}, {"A01", true}});
  const auto found = Reconcile(*model::ReleaseId::Parse("2026"), base, nullptr,
                               {AddendaOf(base, next)}, {Candidate("2025", base)});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(Found(*found),
              ElementsAre("ADDENDA_COUNTS_DIFFER!: addenda.txt: the addenda end in 0 headers and "
                          "2 codes, the order file has 0 headers and 1 codes;"));
}

TEST(AddendaCheckTest, GivesTheCheckThatTellsMost) {
  const OrderFacts base = OrderOf({{"A00", true}});
  const OrderFacts next = OrderOf({{"A00", true}, {"A01", true}});
  const OrderFacts none = OrderOf({});
  const auto found =
      Reconcile(*model::ReleaseId::Parse("2026"), next, nullptr,
                {AddendaOf(base, next), AddendaOf(none, next)}, {Candidate("2025", base)});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->addenda.outcome, AddendaOutcome::kReproduced);
  EXPECT_THAT(found->disagreements, IsEmpty());
}

}  // namespace
}  // namespace codeset::source
