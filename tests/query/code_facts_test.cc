#include "storage/query/code_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;

class CodeFactsTest : public ::testing::Test {
 protected:
  v1::CodeFacts Facts(const std::string& key) { return FactsOfCode(*image_, *image_->Find(key)); }

  // `M25.562 left|right side`: the sibling, its words, ours.
  std::vector<std::string> Siblings(const std::string& key) {
    std::vector<std::string> lines;
    const v1::CodeFacts facts = Facts(key);
    for (const v1::SiblingCode& sibling : facts.siblings()) {
      lines.push_back(absl::StrCat(sibling.id(), " ", sibling.its_words(), "|", sibling.own_words(),
                                   sibling.other_side() ? " side" : ""));
    }
    return lines;
  }

  MemoryPages pages_;
  // No chapter or section is known: a category has no parent.
  std::shared_ptr<const image::Image> image_ = *pages_.BuildImage(
      "2026",
      Order(
          {{"F02", false, "Dementia in other diseases classified elsewhere"},
           {"F028", true, "Dementia in other diseases classified elsewhere, unspecified severity"},
           {"B95", false, "Streptococcus as the cause of diseases classified elsewhere"},
           {"B951", true, "Streptococcus, group B, as the cause of diseases classified elsewhere"},
           {"B954", true, "Other streptococcus as the cause of diseases classified elsewhere"},
           {"H25", false, "Cataract"},
           {"H251", true, "Age-related cataract, right eye"},
           {"H252", true, "Age-related cataract, left eye"},
           {"H253", true, "Age-related cataract, bilateral"},
           {"H259", true, "Unspecified age-related cataract"},
           {"I50", false, "Heart failure"},
           {"I501", true, "Left ventricular failure, unspecified"},
           {"I508", true, "Right heart failure"},
           {"M01", false, "Infection of joint"},
           {"M011", true, "Infection in infectious and parasitic diseases classified elsewhere"},
           {"M25", false, "Other joint disorder, not elsewhere classified"},
           {"M2556", false, "Pain in knee"},
           {"M25561", true, "Pain in right knee"},
           {"M25562", true, "Pain in left knee"},
           {"M25569", true, "Pain in unspecified knee"},
           {"R10", false, "Pain other than of joints"},
           {"T25", false, "Burn of ankle and foot"},
           {"T2501", false, "Burn of unspecified degree of ankle"},
           {"T25011", false, "Burn of unspecified degree of right ankle"},
           {"T25011A", true, "Burn of unspecified degree of right ankle, initial encounter"},
           {"T25011D", true, "Burn of unspecified degree of right ankle, subsequent encounter"},
           {"T25019", false, "Burn of unspecified degree of unspecified ankle"},
           {"T25019A", true, "Burn of unspecified degree of unspecified ankle, initial encounter"},
           {"X00", false, "Fire"},
           {"X000XXA", true, "Fire, initial encounter"}}));
};

TEST_F(CodeFactsTest, TellsSiblingsApart) {
  EXPECT_THAT(Siblings("M25561"),
              ElementsAre("M25.562 left|right side", "M25.569 unspecified|right side"));
  EXPECT_THAT(Siblings("T25011A"), ElementsAre("T25.011D subsequent|initial"));
  EXPECT_THAT(Siblings("H251"),
              ElementsAre("H25.2 left|right side", "H25.3 bilateral|right eye side",
                          "H25.9 Unspecified age-related cataract|"
                          "Age-related cataract, right eye"));
  EXPECT_THAT(Siblings("H25"), IsEmpty());
}

TEST_F(CodeFactsTest, TellsTheSideWhereAnotherTitleNamesAnotherOne) {
  EXPECT_EQ(Facts("M25561").laterality(), v1::LATERALITY_RIGHT);
  EXPECT_EQ(Facts("M25569").laterality(), v1::LATERALITY_UNSPECIFIED_SIDE);
  EXPECT_EQ(Facts("M2556").laterality(), v1::LATERALITY_UNSPECIFIED);
  EXPECT_EQ(Facts("H252").laterality(), v1::LATERALITY_LEFT);
  EXPECT_EQ(Facts("H253").laterality(), v1::LATERALITY_BILATERAL);
  // A stem's side is its codes'.
  EXPECT_EQ(Facts("T25011D").laterality(), v1::LATERALITY_RIGHT);
  EXPECT_EQ(Facts("T25019A").laterality(), v1::LATERALITY_UNSPECIFIED_SIDE);
  // No side of the body.
  EXPECT_EQ(Facts("I508").laterality(), v1::LATERALITY_UNSPECIFIED);
}

TEST_F(CodeFactsTest, TellsWhatIsUnspecifiedFromAnUnspecifiedSide) {
  EXPECT_FALSE(Facts("M25569").unspecified());
  EXPECT_TRUE(Facts("H259").unspecified());
  EXPECT_TRUE(Facts("I501").unspecified());
  EXPECT_TRUE(Facts("T25011A").unspecified());
  EXPECT_TRUE(Facts("T25019A").unspecified());
}

TEST_F(CodeFactsTest, TellsWhatStandsForOthers) {
  EXPECT_TRUE(Facts("B954").other_specified());
  EXPECT_FALSE(Facts("B951").other_specified());
  EXPECT_TRUE(Facts("M25").other_specified());
  EXPECT_FALSE(Facts("F02").other_specified());
  EXPECT_FALSE(Facts("R10").other_specified());
}

TEST_F(CodeFactsTest, TellsManifestations) {
  EXPECT_TRUE(Facts("F028").manifestation());
  EXPECT_TRUE(Facts("M011").manifestation());
  EXPECT_FALSE(Facts("B951").manifestation());
  EXPECT_FALSE(Facts("M25").manifestation());
}

TEST_F(CodeFactsTest, TellsPlaceholdersAfterTheCategory) {
  const v1::CodeFacts code = Facts("X000XXA");
  EXPECT_THAT(code.placeholder_positions(), ElementsAre(5, 6));
  const v1::CodeFacts category = Facts("X00");
  EXPECT_THAT(category.placeholder_positions(), IsEmpty());
}

TEST_F(CodeFactsTest, TellsThe7thCharactersThatCompleteAStem) {
  const v1::CodeFacts facts = Facts("X000XXA");
  EXPECT_EQ(facts.seventh_character_use(), v1::SEVENTH_CHARACTER_USE_PRESENT);
  EXPECT_EQ(facts.seventh_characters_size(), 0);
}

}  // namespace
}  // namespace codeset::query
