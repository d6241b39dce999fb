#include "storage/portable/canonical_check.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "tests/portable/hostile_pages.h"
#include "tests/portable/small_set.h"
#include "tests/support/status_is.h"

namespace codeset::portable {
namespace {

using model::FacetGroup;
using model::Reason;
using testing::FailsWith;

TEST(CanonicalCheckTest, TakesWhatIsEncoded) {
  const PortableSet set = SmallSet();
  for (const auto& [group, root] : set.releases[0].spec.groups) {
    EXPECT_TRUE(CheckCanonical(set.pages, group, root).ok()) << model::FacetGroupName(group);
  }
}

// Checks a group without sections of one block and one or two categories.
absl::Status CheckFlat(FacetGroup group, const std::string& first, const std::string& second = "",
                       const std::string& first_id = "A00", const std::string& second_id = "A01") {
  const std::string name(model::FacetGroupName(group));
  Pages pages;
  std::string block = absl::StrCat("codeset/1 ", name, " block A\n");
  const auto add = [&](const std::string& id, const std::string& rows) {
    const std::string text = absl::StrCat("codeset/1 ", name, " category ", id, "\n", rows);
    absl::StrAppend(&block, id, "\t", AddText(pages, group, text), "\n");
  };
  add(first_id, first);
  if (!second.empty()) add(second_id, second);
  const std::string root =
      AddText(pages, group,
              absl::StrCat("codeset/1 ", name, " root\nA\t", AddText(pages, group, block), "\n"));
  return CheckCanonical(pages, group, *model::ParseDigest(root));
}

TEST(CanonicalCheckTest, HoldsOrderPagesAgainstTheirRows) {
  EXPECT_TRUE(CheckFlat(FacetGroup::kOrder, "A00\t1\tx\ty\n", "A01\t1\tx\ty\n").ok());
  EXPECT_TRUE(FailsWith(CheckFlat(FacetGroup::kOrder, "A01\t1\tx\ty\n"), Reason::kDataDamaged,
                        "the pages of its group order are not in canonical form", "root page"));
  EXPECT_TRUE(FailsWith(CheckFlat(FacetGroup::kOrder, "A00\t1\tx\t\xff\n"), Reason::kDataDamaged,
                        "the pages of its group order", "order category A00\" is no UTF-8"));
}

TEST(CanonicalCheckTest, HoldsPoaPagesAgainstTheirCodes) {
  EXPECT_TRUE(CheckFlat(FacetGroup::kPoa, "A000\n", "A010\n").ok());
  EXPECT_TRUE(FailsWith(CheckFlat(FacetGroup::kPoa, "A010\n", "A000\n", "A01", "A00"),
                        Reason::kDataDamaged, "the pages of its group poa",
                        "A000 stands after A010"));
  EXPECT_TRUE(FailsWith(CheckFlat(FacetGroup::kPoa, "B000\n"), Reason::kDataDamaged, "",
                        "no code of its category"));
  // Its block is another than that of its codes.
  EXPECT_TRUE(FailsWith(CheckFlat(FacetGroup::kPoa, "B000\n", "", "B00"), Reason::kDataDamaged,
                        "the pages of its group poa", "root page"));
}

TEST(CanonicalCheckTest, HoldsConversionPagesAgainstTheirRows) {
  const std::string row = "\tA00.1\t2024-10-01\tA00.9\n";
  const std::string other = "\tA01.1\t2024-10-01\tA01.9\n";
  EXPECT_TRUE(
      CheckFlat(FacetGroup::kConversion, absl::StrCat(2, row), absl::StrCat(1, other)).ok());
  EXPECT_TRUE(FailsWith(
      CheckFlat(FacetGroup::kConversion, absl::StrCat(2, row), absl::StrCat(2, other)),
      Reason::kDataDamaged, "the pages of its group conversion", "two rows have the number 2"));
  // Categories stand in byte order, whatever the order of the rows.
  EXPECT_TRUE(FailsWith(CheckFlat(FacetGroup::kConversion, absl::StrCat(1, other),
                                  absl::StrCat(2, row), "A01", "A00"),
                        Reason::kDataDamaged, "the pages of its group conversion", "root page"));
}

// Checks a tabular list of one chapter, whose page has these lines after its title, and which has
// one section with these lines and category A00 with these.
absl::Status CheckTabular(const std::string& diags, const std::string& section_lines = "title\tx\n",
                          const std::string& chapter_lines = "",
                          const std::string& root_kind = "chapter") {
  constexpr FacetGroup kGroup = FacetGroup::kTabular;
  Pages pages;
  const std::string category =
      AddText(pages, kGroup, absl::StrCat("codeset/1 tabular category A00\n", diags));
  const std::string section =
      AddText(pages, kGroup,
              absl::StrCat("codeset/1 tabular section A00-A09\n", section_lines, "category\tA00\t",
                           category, "\n"));
  const std::string chapter =
      AddText(pages, kGroup,
              absl::StrCat("codeset/1 tabular chapter 1\ntitle\tx\n", chapter_lines,
                           "section\tA00-A09\t", section, "\n"));
  const std::string root = AddText(
      pages, kGroup, absl::StrCat("codeset/1 tabular root\n", root_kind, "\t1\t", chapter, "\n"));
  return CheckCanonical(pages, kGroup, *model::ParseDigest(root));
}

TEST(CanonicalCheckTest, HoldsTabularPagesAgainstWhatTheySay) {
  const std::string right = "diag\tA00\t0\tx\ndiag\tA000\t0\ty\nnote\tincludes\nitem\tz\n";
  EXPECT_TRUE(CheckTabular(right).ok()) << CheckTabular(right);
  const std::string note = "note\tincludes\nitem\tz\n";
  EXPECT_TRUE(CheckTabular(right, "title\tx\n" + note, note).ok());
  const struct {
    absl::Status status;
    const char* holds;
  } kTests[] = {
      {CheckTabular(""), "page of category A00 begins otherwise"},
      {CheckTabular("diag\tA000\t0\tx\n"), "page of category A00 begins otherwise"},
      {CheckTabular("diag\tA00\t0\tx\ndiag\tB000\t0\ty\n"), "page of category A00 has B000"},
      // Facts in another order than they are written, and a title after them.
      {CheckTabular("diag\tA00\t0\tx\nseventh\ninstruction\tz\n" + note), "root page"},
      {CheckTabular(right, note + "title\tx\n"), "root page"},
      {CheckTabular(right, ""), "root page"},
      {CheckTabular(right, "title\tx\xc3\n"), "is no UTF-8"},
      {CheckTabular(right, "title\tx\n", "category\tA01\t" + std::string(64, 'a') + "\n"),
       "chapter 1 has a category, A01"},
      {CheckTabular(right, "title\tx\n", "", "section"), "the root has a section, 1"},
  };
  for (const auto& test : kTests) {
    EXPECT_TRUE(FailsWith(test.status, Reason::kDataDamaged,
                          "the pages of its group tabular are not in canonical form", test.holds))
        << test.holds;
  }
}

}  // namespace
}  // namespace codeset::portable
