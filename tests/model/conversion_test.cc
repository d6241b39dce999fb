// Cells of conversion tables, and the canonical form of the group `conversion`.
#include "storage/model/conversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "storage/model/canonical.h"
#include "storage/model/error.h"
#include "tests/support/status_is.h"

namespace codeset::model {
namespace {

using codeset::testing::FailsWith;
using ::testing::ElementsAre;

// `A + B | C`: alternatives, and what was reported together; `?` if the cell is not read.
std::string Shown(absl::string_view cell) {
  const auto sets = ParsePreviousCell(cell);
  if (!sets.has_value()) return "?";
  return absl::StrJoin(*sets, " | ", [](std::string* out, const PreviousCodes& codes) {
    out->append(absl::StrJoin(codes, " + ", [](std::string* part, const PreviousTerm& term) {
      part->append(FormatPreviousTerm(term));
      if (term.kind == PreviousTerm::Kind::kBelow) part->append(".-");
    }));
  });
}

TEST(PreviousCellTest, IsReadInEveryFormThatWasPublished) {
  const struct {
    const char* cell;
    const char* says;
  } cases[] = {
      {"A04.7", "A04.7"},
      {" M93.001 ", "M93.001"},
      {"None", ""},
      {"", ""},
      {"C50.919, C50.929", "C50.919 | C50.929"},
      {"G93.3; R53.82", "G93.3 | R53.82"},
      {"C56.1 and C56.2", "C56.1 + C56.2"},
      {"I63.011 AND I63.012", "I63.011 + I63.012"},
      {"M96.89 & Y84.8", "M96.89 + Y84.8"},
      {"G11.8 and E23.0 and K00.0", "G11.8 + E23.0 + K00.0"},
      {"H02.201, H02.202, H02.204 and H02.205", "H02.201 + H02.202 + H02.204 + H02.205"},
      {"H02.201, H02.202, and H02.205", "H02.201 + H02.202 + H02.205"},
      {"H02.101-H02.106; H02.109", "H02.101-H02.106 | H02.109"},
      {"K72.90-K72.91", "K72.90-K72.91"},
      {"I10-I15.9", "I10-I15.9"},
      {"H44.20-H44.23 and H35.051-H35.059", "H44.20-H44.23 + H35.051-H35.059"},
      {"H44.20-H44.23 and H33.2", "H44.20-H44.23 + H33.2"},
      {"I63.- and P91.88", "I63.- + P91.88"},
      {"K31.89 and a code from R11-", "K31.89 + R11.-"},
      {"K59.09 AND Code from categories T36-T50", "K59.09 + T36-T50"},
      {"Codes in Categories T15-T19", "T15-T19"},
      {"W453XXA", "W45.3XXA"},
  };
  for (const auto& test : cases) EXPECT_EQ(Shown(test.cell), test.says) << test.cell;
}

TEST(PreviousCellTest, IsNotReadInPart) {
  for (const char* cell : {"see note", "A04.7 or A04.8", "A04.7,", "A04.7; ", "and A04.7",
                           "A04.9-A04.7", "A04.7 to A04.9", "a04.7", "A0.47", "NoneA04.7"}) {
    EXPECT_EQ(Shown(cell), "?") << cell;
  }
}

TEST(EffectiveCellTest, IsACalendarYearOrASerialOfADay) {
  EXPECT_EQ(ParseEffectiveCell("2016"), Date(2016, 10, 1));
  EXPECT_EQ(ParseEffectiveCell("43922"), Date(2020, 4, 1));
  EXPECT_EQ(ParseEffectiveCell("44197"), Date(2021, 1, 1));
  EXPECT_EQ(ParseEffectiveCell("44652"), Date(2022, 4, 1));
  EXPECT_EQ(ParseEffectiveCell("45017"), Date(2023, 4, 1));
  for (const char* cell : {"", "soon", "0", "-1", "1989", "2101", "32000", "99999", "2147483647",
                           "99999999999", "2016.5", "2016-10-01"}) {
    EXPECT_EQ(ParseEffectiveCell(cell), std::nullopt) << cell;
  }
}

ConversionTable Table() {
  const Date day(2017, 10, 1);
  return {{{3, "A0472", "A04.72", day, "A04.7"},
           {4, "A0471", "A04.71", day, "A04.7"},
           {5, "W453XXA", "W453XXA", Date(2016, 10, 1), "None"},
           {6, "A9250", "A92.50", day, ""}}};
}

TEST(ConversionPagesTest, AreTheGrammarsText) {
  const PageSet set = EncodeConversion(Table());
  std::vector<std::string> nodes, texts;
  for (const Page& page : set.pages) {
    nodes.push_back(page.node);
    texts.push_back(page.text);
    EXPECT_EQ(page.digest, DigestOf(page.text));
  }
  EXPECT_THAT(nodes, ElementsAre("A04", "A92", "A", "W45", "W", ""));
  EXPECT_EQ(texts[0],
            "codeset/1 conversion category A04\n3\tA04.72\t2017-10-01\tA04.7\n"
            "4\tA04.71\t2017-10-01\tA04.7\n");
  EXPECT_EQ(texts[3], "codeset/1 conversion category W45\n5\tW453XXA\t2016-10-01\tNone\n");
  EXPECT_EQ(texts[4],
            "codeset/1 conversion block W\nW45\t" + FormatDigest(set.pages[3].digest) + "\n");
  EXPECT_EQ(texts[5], "codeset/1 conversion root\nA\t" + FormatDigest(set.pages[2].digest) +
                          "\nW\t" + FormatDigest(set.pages[4].digest) + "\n");
}

TEST(ConversionPagesTest, AreReadBack) {
  const PageSet set = EncodeConversion(Table());
  std::vector<ConversionRow> rows;
  for (const int place : {0, 1, 3}) {
    const auto page = DecodeConversionCategory(set.pages[place].text);
    ASSERT_TRUE(page.ok()) << page.status();
    rows.insert(rows.end(), page->begin(), page->end());
  }
  const ConversionTable table = Table();
  EXPECT_THAT(rows, ElementsAre(table.rows[0], table.rows[1], table.rows[3], table.rows[2]));
  const auto root = DecodeInner(set.pages.back().text);
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->children[1].kind, "block");
  const auto block = DecodeInner(set.pages[2].text);
  ASSERT_TRUE(block.ok()) << block.status();
  EXPECT_EQ(block->children[1].id, "A92");
}

TEST(ConversionPagesTest, AreRefusedWhereNoPageReadsSo) {
  const std::string head = "codeset/1 conversion category A04\n";
  for (const std::string& text :
       {std::string("codeset/1 poa category A04\nA047\n"), head, head + "3\tA04.71\t2017-10-01\tA",
        head + "3\tA04.71\t2017-10-01\n", head + "03\tA04.71\t2017-10-01\tA04.7\n",
        head + "3\tA05.1\t2017-10-01\tA04.7\n", head + "3\tA04.71\t2017-02-30\tA04.7\n",
        head + "0\tA04.71\t2017-10-01\tA04.7\n",
        head + "3\tA04.71\t2017-10-01\tA04.7\n3\tA04.72\t2017-10-01\tA04.7\n"}) {
    EXPECT_TRUE(FailsWith(DecodeConversionCategory(text).status(), Reason::kDataDamaged, "", ""))
        << text;
  }
}

}  // namespace
}  // namespace codeset::model
