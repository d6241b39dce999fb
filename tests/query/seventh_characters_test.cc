#include "storage/query/seventh_characters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using image::Image;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;

model::SeventhCharacters Definition(std::vector<std::pair<std::string, std::string>> characters) {
  model::SeventhCharacters definition;
  for (auto& [character, meaning] : characters) {
    definition.characters.push_back({std::move(character), std::move(meaning), {}});
  }
  return definition;
}

model::Diag DiagWith(const std::string& code, model::SeventhCharacters definition) {
  model::Diag diag;
  diag.code = code;
  diag.title = code;
  diag.facts.seventh_characters = std::move(definition);
  return diag;
}

// A fracture, whose parts have characters of their own; an injury of which one part takes A
// alone, by a rule that is only told in prose; gout; a code of seven characters without any;
// and a category that the order file does not have a row of.
class SeventhCharactersTest : public ::testing::Test {
 protected:
  SeventhCharactersTest() {
    const model::OrderFacts order = Order({{"C44", false, "Skin"},
                                           {"C44102", false, "Skin, right lid"},
                                           {"C441021", true, "Skin, right upper lid"},
                                           {"C441022", true, "Skin, right lower lid"},
                                           {"I10", true, "Hypertension"},
                                           {"M1A", false, "Gout"},
                                           {"M1A00", false, "Gout, unspecified site"},
                                           {"M1A00X0", true, "Gout, without tophus"},
                                           {"M1A00X1", true, "Gout, with tophus"},
                                           {"M1A01", false, "Gout, shoulder"},
                                           {"M1A011", false, "Gout, right shoulder"},
                                           {"M1A0111", true, "Gout, with tophus"},
                                           {"S06", false, "Brain"},
                                           {"S060X7", false, "Concussion, death"},
                                           {"S060X7A", true, "Concussion, death, initial"},
                                           {"S52", false, "Forearm"},
                                           {"S5201", false, "Torus"},
                                           {"S52011", false, "Torus, right"},
                                           {"S52011G", true, "Torus, right, delayed"},
                                           {"S52011A", true, "Torus, right, initial"},
                                           {"S5202", false, "Olecranon"},
                                           {"S52021", false, "Olecranon, right"},
                                           {"S52021A", true, "Olecranon, initial"},
                                           {"S52021D", true, "Olecranon, subsequent"},
                                           {"S52021S", true, "Olecranon, sequela"},
                                           {"T814", false, "Infection"},
                                           {"T814XXA", true, "Infection, initial"},
                                           {"T814XXD", true, "Infection, subsequent"},
                                           {"W38XXXA", true, "Explosion, initial"}});
    auto known = pages_.BuildImage("2023", order, TabularOf());
    auto codes_alone = pages_.BuildImage("2024", order);
    known_ = *known;
    codes_alone_ = *codes_alone;
  }

  static const model::Tabular* TabularOf() {
    static const model::Tabular* const kTabular = [] {
      auto* tabular = new model::Tabular();
      tabular->chapters.push_back(testing::Chapter(
          "1", "All",
          {testing::Section("C44-T81", "All", {"C44", "I10", "M1A", "S06", "S52", "T81", "W38"})}));
      auto& categories = tabular->chapters[0].sections[0].categories;
      const model::SeventhCharacters injury =
          Definition({{"A", "initial encounter"}, {"D", "subsequent"}, {"S", "sequela"}});
      categories[2].diags[0].facts.seventh_characters =
          Definition({{"0", "without tophus"}, {"1", "with tophus"}});
      categories[3].diags[0].facts.seventh_characters = injury;
      categories[4].diags[0].facts.seventh_characters = injury;
      categories[4].diags.push_back(
          DiagWith("S5201", Definition({{"G", "delayed healing"}, {"A", "closed fracture"}})));
      categories[5].diags[0].facts.seventh_characters = injury;
      categories[6].diags[0].facts.seventh_characters = injury;
      return tabular;
    }();
    return kTabular;
  }

  static std::vector<std::string> Complete(const Image& image, absl::string_view stem) {
    std::vector<std::string> told;
    for (const v1::CompletingCharacter& c : CompletingCharacters(image, stem)) {
      told.push_back(absl::StrCat(c.character(), " ", c.meaning(), " ", c.code_id()));
    }
    return told;
  }

  std::string Origin(absl::string_view code) const {
    const auto found = FindSeventhCharacters(*known_, code);
    return found.has_value() ? std::string(found->origin) : "";
  }

  static v1::SeventhCharacterUse Use(const Image& image, absl::string_view code) {
    return SeventhCharacterUseOf(image, *image.Find(code));
  }

  MemoryPages pages_;
  std::shared_ptr<const Image> known_;
  std::shared_ptr<const Image> codes_alone_;
};

TEST_F(SeventhCharactersTest, TheNearestDefinitionApplies) {
  EXPECT_EQ(Origin("S52021A"), "S52");
  EXPECT_EQ(Origin("S52011A"), "S5201");
  EXPECT_EQ(Origin("S5201"), "S5201");
  EXPECT_EQ(Origin("S52"), "S52");
  EXPECT_EQ(Origin("I10"), "");
}

TEST_F(SeventhCharactersTest, ADefinitionOnACodeThatTheOrderFileLeavesOutApplies) {
  ASSERT_FALSE(known_->Find("W38").has_value());
  EXPECT_EQ(Origin("W38XXXA"), "W38");
  EXPECT_EQ(Use(*known_, "W38XXXA"), v1::SEVENTH_CHARACTER_USE_PRESENT);
  EXPECT_THAT(Complete(*known_, "W38"), ElementsAre("A initial encounter W38.XXXA"));
}

TEST_F(SeventhCharactersTest, WithoutATabularListNoDefinitionIsFound) {
  EXPECT_FALSE(FindSeventhCharacters(*codes_alone_, "S52021A").has_value());
  EXPECT_FALSE(FindSeventhCharacters(*codes_alone_, *codes_alone_->Find("S52")).has_value());
}

TEST_F(SeventhCharactersTest, CompletesStemsWithTheCodesThatThereAre) {
  EXPECT_THAT(Complete(*known_, "S52011"),
              ElementsAre("G delayed healing S52.011G", "A closed fracture S52.011A"));
  EXPECT_THAT(Complete(*known_, "S060X7"), ElementsAre("A initial encounter S06.0X7A"));
  for (const char* stem : {"T814", "T814X", "T814XX"}) {
    EXPECT_THAT(Complete(*known_, stem),
                ElementsAre("A initial encounter T81.4XXA", "D subsequent T81.4XXD"))
        << stem;
  }
}

TEST_F(SeventhCharactersTest, WhatIsNoStemIsNotCompleted) {
  for (const char* code : {"I10", "S52", "S5201", "S52011A", "C44102", "Z99", "T8", ""}) {
    EXPECT_THAT(Complete(*known_, code), IsEmpty()) << code;
  }
}

TEST_F(SeventhCharactersTest, CodesAloneCompleteWithoutMeanings) {
  EXPECT_THAT(Complete(*codes_alone_, "T814"), ElementsAre("A  T81.4XXA", "D  T81.4XXD"));
  EXPECT_THAT(Complete(*codes_alone_, "S52021"),
              ElementsAre("A  S52.021A", "D  S52.021D", "S  S52.021S"));
}

TEST_F(SeventhCharactersTest, CodesTellAnExtensionByPlaceholderOrEncounterOrCategory) {
  EXPECT_TRUE(CodesTellExtension(*codes_alone_, "T814XX"));
  EXPECT_TRUE(CodesTellExtension(*codes_alone_, "S52021"));
  EXPECT_TRUE(CodesTellExtension(*codes_alone_, "M1A011"));
  // A and G are no three of A, D and S, and no code of the category has a placeholder.
  EXPECT_FALSE(CodesTellExtension(*codes_alone_, "S52011"));
  EXPECT_FALSE(CodesTellExtension(*codes_alone_, "C44102"));
  EXPECT_FALSE(CodesTellExtension(*codes_alone_, "T815XX"));
  EXPECT_THAT(Complete(*codes_alone_, "C44102"), IsEmpty());
}

TEST_F(SeventhCharactersTest, TellsTheUseByDefinition) {
  EXPECT_EQ(Use(*known_, "I10"), v1::SEVENTH_CHARACTER_USE_NONE);
  EXPECT_EQ(Use(*known_, "C44"), v1::SEVENTH_CHARACTER_USE_NONE);
  EXPECT_EQ(Use(*known_, "C44102"), v1::SEVENTH_CHARACTER_USE_NONE);
  EXPECT_EQ(Use(*known_, "C441021"), v1::SEVENTH_CHARACTER_USE_NONE);
  EXPECT_EQ(Use(*known_, "S52"), v1::SEVENTH_CHARACTER_USE_BELOW);
  EXPECT_EQ(Use(*known_, "S52011"), v1::SEVENTH_CHARACTER_USE_REQUIRED);
  EXPECT_EQ(Use(*known_, "M1A00"), v1::SEVENTH_CHARACTER_USE_REQUIRED);
  EXPECT_EQ(Use(*known_, "S52011A"), v1::SEVENTH_CHARACTER_USE_PRESENT);
  EXPECT_EQ(Use(*known_, "1"), v1::SEVENTH_CHARACTER_USE_UNSPECIFIED);
  EXPECT_EQ(Use(*known_, "C44-T81"), v1::SEVENTH_CHARACTER_USE_UNSPECIFIED);
}

TEST_F(SeventhCharactersTest, TellsTheUseByCodesAloneWhereTheyTellIt) {
  EXPECT_EQ(Use(*codes_alone_, "I10"), v1::SEVENTH_CHARACTER_USE_NONE);
  EXPECT_EQ(Use(*codes_alone_, "C44"), v1::SEVENTH_CHARACTER_USE_NOT_KNOWN);
  EXPECT_EQ(Use(*codes_alone_, "C44102"), v1::SEVENTH_CHARACTER_USE_NOT_KNOWN);
  EXPECT_EQ(Use(*codes_alone_, "C441021"), v1::SEVENTH_CHARACTER_USE_NOT_KNOWN);
  EXPECT_EQ(Use(*codes_alone_, "S52"), v1::SEVENTH_CHARACTER_USE_BELOW);
  EXPECT_EQ(Use(*codes_alone_, "S52011"), v1::SEVENTH_CHARACTER_USE_NOT_KNOWN);
  EXPECT_EQ(Use(*codes_alone_, "S52021"), v1::SEVENTH_CHARACTER_USE_REQUIRED);
  EXPECT_EQ(Use(*codes_alone_, "S52021A"), v1::SEVENTH_CHARACTER_USE_PRESENT);
  EXPECT_EQ(Use(*codes_alone_, "M1A0111"), v1::SEVENTH_CHARACTER_USE_PRESENT);
  EXPECT_EQ(Use(*codes_alone_, "T814"), v1::SEVENTH_CHARACTER_USE_REQUIRED);
}

}  // namespace
}  // namespace codeset::query
