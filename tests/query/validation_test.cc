#include "storage/query/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using image::Image;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;

// Three releases: 2023 without its neighbour 2022, 2025 after a gap, 2026 next to it.
class ValidationTest : public ::testing::Test {
 protected:
  ValidationTest() {
    tabular_.chapters.push_back(testing::Chapter(
        "1", "All",
        {testing::Section("A04-T81", "All", {"A04", "E11", "I10", "M99", "S06", "T81"})}));
    auto& categories = tabular_.chapters[0].sections[0].categories;
    for (const size_t i : {4, 5}) {
      model::SeventhCharacters definition;
      definition.characters = {{"A", "initial encounter", {}}, {"D", "subsequent", {}}};
      categories[i].diags[0].facts.seventh_characters = definition;
    }
    Add("2023",
        Order({{"A04", false, "Intestinal"},
               {"A047", true, "Enterocolitis"},
               {"E11", true, "Diabetes"},
               {"I10", true, "Hypertension"},
               {"M99", false, "Lesions"},
               {"M998", false, "Other lesions"},
               {"M9986", true, "Other lesions of arm"},
               {"S06", false, "Brain"},
               {"S060X7", false, "Concussion"},
               {"S060X7A", true, "Concussion, initial"},
               {"T81", false, "Complications"},
               {"T814", false, "Infection"},
               {"T814XXA", true, "Infection, initial"},
               {"T814XXD", true, "Infection, subsequent"}}),
        &tabular_);
    Add("2025",
        Order({{"A04", false, "Intestinal"},
               {"A047", false, "Enterocolitis"},
               {"A0471", true, "Recurrent"},
               {"A0472", true, "Not recurrent"},
               {"I10", true, "Hypertension"},
               {"T814", false, "Infection"},
               {"T814XXA", true, "Infection, initial"},
               {"T814XXD", true, "Infection, subsequent"}}),
        nullptr);
    Add("2026",
        Order({{"A04", false, "Intestinal"},
               {"A047", false, "Enterocolitis"},
               {"A0471", true, "Recurrent"},
               {"A0472", true, "Not recurrent"},
               {"I10", true, "Hypertension"},
               {"I101", true, "Newer"},
               {"K00", false, "Teeth"},
               {"K00L", false, "Lost ones"},
               {"K00L1", true, "Lost one"}}),
        nullptr);
    const auto editions = model::EditionRegister::BuiltIn();
    model::Timeline timeline = model::MakeTimeline(
        {{Id("2023"), Id("2023").DefaultEffectiveDate(), {model::FacetGroup::kOrder}},
         {Id("2025"), Id("2025").DefaultEffectiveDate(), {model::FacetGroup::kOrder}},
         {Id("2026"), Id("2026").DefaultEffectiveDate(), {model::FacetGroup::kOrder}}},
        editions, model::Date(2026, 3, 1));
    validity_ = std::make_shared<const Validity>(timeline, images_);
  }

  static model::ReleaseId Id(absl::string_view text) { return *model::ReleaseId::Parse(text); }

  void Add(const std::string& id, const model::OrderFacts& order, const model::Tabular* tabular) {
    auto image = pages_.BuildImage(id, order, tabular);
    ASSERT_TRUE(image.ok()) << image.status();
    images_.push_back(*std::move(image));
  }

  v1::CodeValidation Tell(size_t release, absl::string_view text) {
    const Image& image = *images_[release];
    const model::ReleaseId id = Id(image.release_id());
    CodeValidator validator(image, {id.DefaultEffectiveDate(), 0},
                            {[&] { return validity_; }, replacements_});
    auto told = validator.Validate(text);
    EXPECT_TRUE(told.ok()) << told.status();
    // What is suggested can be submitted.
    if (!told->suggested_id().empty()) {
      EXPECT_EQ(validator.Validate(told->suggested_id())->outcome(),
                v1::VALIDATION_OUTCOME_BILLABLE)
          << told->suggested_id();
    }
    return *told;
  }

  static std::vector<std::string> Characters(const v1::CodeValidation& told) {
    std::vector<std::string> characters;
    for (const auto& c : told.seventh_characters()) {
      characters.push_back(absl::StrCat(c.character(), " ", c.meaning(), " ", c.code_id()));
    }
    return characters;
  }

  static std::vector<std::string> Ids(
      const google::protobuf::RepeatedPtrField<v1::CodeChoice>& of) {
    std::vector<std::string> ids;
    for (const v1::CodeChoice& choice : of) ids.push_back(choice.id());
    return ids;
  }

  MemoryPages pages_;
  model::Tabular tabular_;
  std::vector<std::shared_ptr<const Image>> images_;
  std::shared_ptr<const Validity> validity_;
  decltype(OtherReleases::replacements) replacements_;
};

constexpr size_t k2023 = 0;
constexpr size_t k2025 = 1;
constexpr size_t k2026 = 2;

TEST_F(ValidationTest, ABillableCodeIsBillableInAnySpelling) {
  for (const char* text : {"M99.86", "m9986", " M99.86 ", "t81.4xxa"}) {
    const v1::CodeValidation told = Tell(k2023, text);
    EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_BILLABLE) << text;
    EXPECT_EQ(told.suggested_id(), "");
    EXPECT_NE(told.title(), "");
  }
  EXPECT_EQ(Tell(k2023, "m9986").id(), "M99.86");
}

TEST_F(ValidationTest, AHeaderHasItsChoices) {
  const v1::CodeValidation told = Tell(k2026, "A04");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_HEADER);
  EXPECT_THAT(Ids(told.choices()), ElementsAre("A04.71", "A04.72"));
  EXPECT_EQ(told.choice_count(), 2);
  EXPECT_EQ(told.suggested_id(), "");
  EXPECT_EQ(told.valid_until(), "");
}

TEST_F(ValidationTest, AHeaderWithOneBillableCodeSuggestsIt) {
  const v1::CodeValidation told = Tell(k2023, "M99");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_HEADER);
  EXPECT_EQ(told.suggested_id(), "M99.86");
}

TEST_F(ValidationTest, AHeaderThatIsAStemHasItsSeventhCharacters) {
  const v1::CodeValidation told = Tell(k2023, "T81.4");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_HEADER);
  EXPECT_THAT(Characters(told),
              ElementsAre("A initial encounter T81.4XXA", "D subsequent T81.4XXD"));
  EXPECT_FALSE(told.from_codes_alone());
}

TEST_F(ValidationTest, AHeaderThatWasBillableTellsUntilWhen) {
  const v1::CodeValidation told = Tell(k2026, "A04.7");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_HEADER);
  EXPECT_EQ(told.valid_until(), "2023-04-01");
  EXPECT_EQ(told.valid_until_release_id(), "2023");
  EXPECT_TRUE(told.validity_not_exact());
  EXPECT_EQ(told.suggested_id(), "");
}

TEST_F(ValidationTest, APaddedStemLacksItsSeventhCharacter) {
  for (const char* text : {"T81.4X", "T814XX"}) {
    const v1::CodeValidation told = Tell(k2023, text);
    EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_MISSING) << text;
    EXPECT_THAT(Characters(told),
                ElementsAre("A initial encounter T81.4XXA", "D subsequent T81.4XXD"));
  }
}

TEST_F(ValidationTest, WithoutATabularListSeventhCharactersComeFromCodesAlone) {
  const v1::CodeValidation told = Tell(k2025, "T81.4XX");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_MISSING);
  EXPECT_TRUE(told.from_codes_alone());
  EXPECT_THAT(Characters(told), ElementsAre("A  T81.4XXA", "D  T81.4XXD"));
}

TEST_F(ValidationTest, AnotherSeventhCharacterIsNotLegal) {
  v1::CodeValidation told = Tell(k2023, "T81.4XXS");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_NOT_LEGAL);
  EXPECT_EQ(told.seventh_characters_size(), 2);
  EXPECT_EQ(told.suggested_id(), "");
  told = Tell(k2023, "T81.4Q");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_NOT_LEGAL);
  // The definition has D, but there is no such code.
  told = Tell(k2023, "S06.0X7D");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_NOT_LEGAL);
  EXPECT_EQ(told.suggested_id(), "S06.0X7A");
}

TEST_F(ValidationTest, MissingPlaceholdersAreFilledIn) {
  for (const char* text : {"T81.4A", "T81.4XA", "t814a"}) {
    const v1::CodeValidation told = Tell(k2025, text);
    EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_PLACEHOLDER_MISSING) << text;
    EXPECT_EQ(told.suggested_id(), "T81.4XXA");
  }
}

TEST_F(ValidationTest, ACodeOfALaterReleaseIsNotYetValid) {
  v1::CodeValidation told = Tell(k2025, "I10.1");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_NOT_YET_VALID);
  EXPECT_EQ(told.valid_from(), "2025-10-01");
  EXPECT_EQ(told.valid_from_release_id(), "2026");
  EXPECT_FALSE(told.validity_not_exact());
  // Between 2023 and 2025 not all is loaded.
  told = Tell(k2023, "A04.71");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_NOT_YET_VALID);
  EXPECT_EQ(told.valid_from(), "2024-10-01");
  EXPECT_TRUE(told.validity_not_exact());
}

TEST_F(ValidationTest, ACodeOfAnEarlierReleaseIsNoLongerValid) {
  const v1::CodeValidation told = Tell(k2026, "T81.4XXA");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_NO_LONGER_VALID);
  EXPECT_EQ(told.valid_until(), "2025-10-01");
  EXPECT_EQ(told.valid_until_release_id(), "2025");
  EXPECT_FALSE(told.validity_not_exact());
  EXPECT_EQ(told.replacements_size(), 0);
}

TEST_F(ValidationTest, WhatStandsForACodeIsSuggestedIfItIsOneAndNothingIsLost) {
  bool lossy = false;
  KnownReplacements known{{}, true};
  replacements_ = [&](absl::string_view code,
                      const Image& from) -> absl::StatusOr<KnownReplacements> {
    EXPECT_EQ(code, "T814XXA");
    EXPECT_EQ(from.release_id(), "2025");
    for (v1::Replacement& replacement : known.found) {
      replacement.set_id("A04.71");
      replacement.set_lossy(lossy);
    }
    return known;
  };
  known.found.resize(1);
  EXPECT_EQ(Tell(k2026, "T81.4XXA").suggested_id(), "A04.71");
  lossy = true;
  EXPECT_EQ(Tell(k2026, "T81.4XXA").suggested_id(), "");
  EXPECT_EQ(Tell(k2026, "T81.4XXA").replacements_size(), 1);
  lossy = false;
  known.complete = false;
  EXPECT_EQ(Tell(k2026, "T81.4XXA").suggested_id(), "");
  known = {{}, true};
  known.found.resize(2);
  EXPECT_EQ(Tell(k2026, "T81.4XXA").suggested_id(), "");
}

TEST_F(ValidationTest, WhatNoReleaseHasIsUnknown) {
  const v1::CodeValidation told = Tell(k2026, "A04.79");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_UNKNOWN);
  EXPECT_EQ(told.id(), "A04.79");
  EXPECT_THAT(Ids(told.nearest()), ElementsAre("A04.7", "A04.71", "A04.72", "A04"));
  EXPECT_EQ(told.suggested_id(), "");
}

TEST_F(ValidationTest, AMalformedTextIsRepairedWhereOneReadingIsBillable) {
  const std::pair<const char*, const char*> cases[] = {
      {"M99 86", "M99.86"},
      {"M9.986", "M99.86"},
      {"M99,86", "M99.86"},
      {"T81.4xxA", "T81.4XXA"},
      {"I1O", "I10"},
      {"Il0", "I10"},
      {"110", "I10"},
      {"T81.4xA", "T81.4XXA"},
      {"M99.8.6", "M99.86"},
      {"I10.", "I10"},
      {"S06.Ox7A", "S06.0X7A"},
      {"E1l", "E11"},
      {"M99.8612345", ""},
      {"13", ""},
      {"M99-M99", ""},
      {"A04.-", ""},
      {"", ""},
  };
  for (const auto& [text, suggested] : cases) {
    const v1::CodeValidation told = Tell(k2023, text);
    EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_MALFORMED) << text;
    EXPECT_GE(told.faults_size(), 1) << text;
    EXPECT_EQ(told.id(), "") << text;
    EXPECT_EQ(told.suggested_id(), suggested) << text;
  }
}

// A letter that looks like a digit is one where any release has such a code, as 2027 of the
// published ones has Y93.L; be it a header there, so that no release has it as a billable one.
TEST_F(ValidationTest, ALetterThatIsOneInAnotherReleaseIsNoFault) {
  v1::CodeValidation told = Tell(1, "k00l");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_UNKNOWN);
  EXPECT_EQ(told.id(), "K00.L");
  EXPECT_EQ(told.faults_size(), 0);
  told = Tell(1, "K00.l1");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_NOT_YET_VALID);
  told = Tell(1, "k00l2");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_MALFORMED);
  ASSERT_EQ(told.faults_size(), 1);
  EXPECT_EQ(told.faults(0).kind(), v1::CODE_FAULT_KIND_LETTER_I);
}

TEST_F(ValidationTest, OfALongTextNothingIsTakenUp) {
  const v1::CodeValidation told = Tell(k2023, std::string(1 << 20, 'M'));
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_MALFORMED);
  EXPECT_EQ(told.faults_size(), 1);
  EXPECT_LT(told.ByteSizeLong(), 500U);
}

TEST_F(ValidationTest, ACodeEndsWithAReleaseThatLacksItEvenIfDatesDoNotResolveToThatOne) {
  // A correction of 2025 in force from 2025-02-01 that is held back: no part of the line.
  CodeValidator validator(*images_[k2026], {model::Date(2025, 2, 1), 1},
                          {[&] { return validity_; }, replacements_});
  const auto told = validator.Validate("T81.4XXA");
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->outcome(), v1::VALIDATION_OUTCOME_NO_LONGER_VALID);
  EXPECT_EQ(told->valid_until(), "2025-02-01");
  EXPECT_FALSE(told->validity_not_exact());
}

TEST_F(ValidationTest, PlaceholdersWithinACodeAreFilledInWhereThereIsOneWay) {
  Add("2027",
      Order({{"T36", false, "Poisoning"},
             {"T360", false, "By penicillins"},
             {"T360X", false, "By penicillins"},
             {"T360X1", false, "Accidental"},
             {"T360X1A", true, "Accidental, initial"},
             {"T360X1D", true, "Accidental, subsequent"},
             {"T360X1S", true, "Accidental, sequela"},
             {"T369", false, "By others"},
             {"T369X1", true, "By others"},
             {"T3691X", true, "By yet others"}}),
      nullptr);
  const size_t last = images_.size() - 1;
  v1::CodeValidation told = Tell(last, "T36.01A");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_PLACEHOLDER_MISSING);
  EXPECT_EQ(told.suggested_id(), "T36.0X1A");
  told = Tell(last, "T36.01");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_MISSING);
  EXPECT_EQ(told.suggested_id(), "");
  ASSERT_EQ(told.seventh_characters_size(), 3);
  EXPECT_EQ(told.seventh_characters(1).code_id(), "T36.0X1D");
  EXPECT_EQ(Tell(last, "T36.02A").outcome(), v1::VALIDATION_OUTCOME_UNKNOWN);
  // One too many is left out in the same way.
  told = Tell(last, "T36.0XX1A");
  EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_MALFORMED);
  EXPECT_EQ(told.suggested_id(), "T36.0X1A");
}

}  // namespace
}  // namespace codeset::query
