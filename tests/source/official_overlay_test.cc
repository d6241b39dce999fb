// Overlays of published releases: the publisher's addenda laid over the order file that they
// start from must give the order file that was published, and 2020-04 what the next year's
// order file says of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/addenda.h"
#include "storage/source/input.h"
#include "storage/source/overlay.h"
#include "storage/source/source.h"
#include "tests/support/official_releases.h"

namespace codeset::source {
namespace {

using model::OrderFacts;
using model::OrderRow;

SourceFiles Read(const std::filesystem::path& folder) {
  auto inputs = ReadInputFiles({folder.string()});
  EXPECT_TRUE(inputs.ok()) << inputs.status();
  auto files = ReadSources(*std::move(inputs));
  EXPECT_TRUE(files.ok()) << folder << files.status();
  return *std::move(files);
}

std::map<std::string, OrderRow> ByCode(const OrderFacts& order) {
  std::map<std::string, OrderRow> rows;
  for (const OrderRow& row : order.rows) rows[row.code] = row;
  return rows;
}

// The codes of `order` that `other` has too, in its order.
std::vector<std::string> Common(const OrderFacts& order,
                                const std::map<std::string, OrderRow>& other) {
  std::vector<std::string> codes;
  for (const OrderRow& row : order.rows) {
    if (other.contains(row.code)) codes.push_back(row.code);
  }
  return codes;
}

// The codes by what they lie under: the longest prefix that is a code too, or nothing.
std::map<std::string, std::vector<std::string>> Siblings(const OrderFacts& order) {
  const std::map<std::string, OrderRow> rows = ByCode(order);
  std::map<std::string, std::vector<std::string>> siblings;
  for (const OrderRow& row : order.rows) {
    std::string parent = row.code.substr(0, row.code.size() - 1);
    while (parent.size() >= 3 && !rows.contains(parent)) parent.pop_back();
    siblings[parent.size() < 3 ? "" : parent].push_back(row.code);
  }
  return siblings;
}

// Under which codes the publisher's order is another.
std::vector<std::string> OtherwiseOrdered(const OrderFacts& built, const OrderFacts& published) {
  const auto theirs = Siblings(published);
  std::vector<std::string> parents;
  for (const auto& [parent, codes] : Siblings(built)) {
    if (theirs.at(parent) != codes) parents.push_back(parent);
  }
  return parents;
}

// `otherwise_ordered`: where the published order is not that of LayOver's rule. Mostly the
// publisher put a letter before 8 and 9 (S06.0XA) or after a code that it belongs to (H93.A
// after H93.1), which nothing in the addenda tells; V02.03 and V06.13 stood before V02.02 and
// V06.12 in 2021, and behind them from 2022 on.
struct Case {
  const char* id;
  const char* base;
  std::vector<std::string> otherwise_ordered;
};

class OfficialOverlayTest : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Published, OfficialOverlayTest,
    ::testing::Values(
        Case{"2017", "2016", {"H93", "O09"}}, Case{"2020", "2019", {}},
        Case{"2021", "2020", {"V020", "V061"}}, Case{"2021-01", "2020", {"V020", "V061"}},
        Case{"2022", "2021-01", {"M350", "V020", "V061"}}, Case{"2022-04", "2022", {}},
        Case{"2023", "2022-04", {"N80",   "N803",  "O35",   "S060X", "S061X", "S062X", "S0630",
                                 "S0631", "S0632", "S0633", "S0634", "S0635", "S0636", "S0637",
                                 "S0638", "S064X", "S065X", "S066X", "S068",  "S0681", "S0682",
                                 "S0689", "S068A", "S069X", "Z91"}},
        Case{"2024-04", "2024", {}}, Case{"2025", "2024-04", {}}, Case{"2025-04", "2025", {}},
        Case{"2026", "2025-04", {"L98", "Y93"}}),
    [](const auto& test) {
      std::string name = test.param.id;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST_P(OfficialOverlayTest, GivesThePublishedRows) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const SourceFiles base = Read(releases / GetParam().base);
  const SourceFiles next = Read(releases / GetParam().id);
  ASSERT_EQ(next.addenda.size(), 1u);
  const auto built = LayOver(GetParam().base, *base.order, next.addenda[0]);
  ASSERT_TRUE(built.ok()) << built.status();
  ASSERT_EQ(built->rows.size(), next.order->rows.size());
  const std::map<std::string, OrderRow> published = ByCode(*next.order);
  for (const OrderRow& row : built->rows) {
    ASSERT_TRUE(published.contains(row.code)) << row.code;
    const OrderRow& other = published.at(row.code);
    EXPECT_EQ(row.billable, other.billable) << row.code;
    // The publisher's comparison does not see edits of white space.
    EXPECT_TRUE(model::SameButForWhiteSpace(row.short_title, other.short_title)) << row.code;
    EXPECT_TRUE(model::SameButForWhiteSpace(row.long_title, other.long_title)) << row.code;
  }
  EXPECT_EQ(OtherwiseOrdered(*built, *next.order), GetParam().otherwise_ordered);
}

// 2020-04 was never published as an order file; 2021's has its three rows too.
TEST(OverlayTest, BuildsApril2020FromThreeLines) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const SourceFiles base = Read(releases / "2020");
  const SourceFiles later = Read(releases / "2021");
  const std::map<std::string, OrderRow> published = ByCode(*later.order);
  std::string text;
  for (const char* code : {"U07", "U070", "U071"}) {
    const OrderRow& row = published.at(code);
    absl::StrAppend(&text,
                    model::FormatAddendaLine({model::AddendaAction::kAdd, row.billable, row.code,
                                              row.short_title, row.long_title}),
                    "\r\n");
  }
  const auto addenda = ReadOrderAddenda("april.txt", text, Trailer::kOptional);
  ASSERT_TRUE(addenda.ok()) << addenda.status();
  const auto built = LayOver("2020", *base.order, *addenda);
  ASSERT_TRUE(built.ok()) << built.status();
  EXPECT_EQ(built->rows.size(), 94765u + 3);
  EXPECT_EQ(std::count_if(built->rows.begin(), built->rows.end(),
                          [](const OrderRow& row) { return row.billable; }),
            72184 + 2);
  EXPECT_EQ(built->rows.back().code, "U071");
  EXPECT_EQ(Common(*built, published), Common(*later.order, ByCode(*built)));
}

}  // namespace
}  // namespace codeset::source
