#include "storage/query/referencing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using model::NoteKind;
using testing::Chapter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;
using testing::PlainNote;
using testing::Section;

model::OrderFacts Codes() {
  return Order({{"I10", true, "Hypertension"},
                {"I60", false, "Haemorrhage"},
                {"I601", true, "of one artery"},
                {"I61", true, "Intracerebral"},
                {"I69", false, "Sequelae"},
                {"I6912", false, "Speech"},
                {"I69120", true, "Aphasia"},
                {"I69123", true, "Fluency"},
                {"J00", true, "Cold"}});
}

model::Tabular Notes() {
  model::TabularSection section = Section("I60-I69", "Cerebrovascular", {"I60", "I61", "I69"});
  section.facts.notes = {PlainNote(NoteKind::kUseAdditionalCode, {"hypertension (I10)"})};
  model::TabularSection cold = Section("J00-J06", "Upper respiratory", {"J00"});
  cold.categories[0].diags[0].facts.notes = {
      PlainNote(NoteKind::kExcludes1, {"bleeding (I60-I69)", "bleeding (I60-I61, I60.1)",
                                       "fluency (I69.- with final characters -23)",
                                       "none (I61-I60)", "none (I62.-)", "none (I60-I62)"})};
  return {{Chapter("9", "Circulatory", {Section("I10-I16", "Pressure", {"I10"}), section}),
           Chapter("10", "Respiratory", {cold})}};
}

class ReferencingTest : public ::testing::Test {
 protected:
  // `J00 item 1 I60-I61 within`, one a reference.
  std::vector<std::string> Who(const std::string& key, const ReferencingFilter& filter = {}) {
    std::vector<std::string> lines;
    for (const ReferencingNote& found : FindReferencing(*image_, *image_->Find(key), filter)) {
      const v1::Referencing message = ToMessage(found);
      lines.push_back(absl::StrCat(
          message.concept_id(), " ",
          message.text().substr(
              static_cast<size_t>(message.reference().begin()),
              static_cast<size_t>(message.reference().end() - message.reference().begin())),
          message.match() == v1::REFERENCING_MATCH_NAMED ? " named" : " within"));
    }
    return lines;
  }

  MemoryPages pages_;
  const model::Tabular tabular_ = Notes();
  std::shared_ptr<const image::Image> image_ = *pages_.BuildImage("2026", Codes(), &tabular_);
};

TEST_F(ReferencingTest, TellsWhatNamesAConceptFromWhatItLiesIn) {
  EXPECT_THAT(Who("I601"),
              ElementsAre("J00 I60-I69 within", "J00 I60-I61 within", "J00 I60.1 named"));
  EXPECT_THAT(Who("I60"), ElementsAre("J00 I60-I69 within", "J00 I60-I61 within"));
  EXPECT_THAT(Who("I61"), ElementsAre("J00 I60-I69 within", "J00 I60-I61 within"));
  EXPECT_THAT(Who("I10"), ElementsAre("I60-I69 I10 named"));
}

TEST_F(ReferencingTest, TakesARangeForTheSectionOfThatName) {
  EXPECT_THAT(Who("I60-I69"), ElementsAre("J00 I60-I69 named"));
  EXPECT_THAT(Who("9"), IsEmpty());
}

TEST_F(ReferencingTest, HoldsPatternsAgainstTheCharactersOfTheCode) {
  EXPECT_THAT(Who("I69123"),
              ElementsAre("J00 I60-I69 within", "J00 I69.- with final characters -23 within"));
  EXPECT_THAT(Who("I69120"), ElementsAre("J00 I60-I69 within"));
  EXPECT_THAT(Who("I69"), ElementsAre("J00 I60-I69 within"));
}

TEST_F(ReferencingTest, FiltersByKindAndByName) {
  EXPECT_THAT(Who("I601", {{}, true}), ElementsAre("J00 I60.1 named"));
  EXPECT_THAT(Who("I601", {{v1::NOTE_KIND_CODE_FIRST}, false}), IsEmpty());
  EXPECT_THAT(Who("I10", {{v1::NOTE_KIND_USE_ADDITIONAL_CODE}, false}),
              ElementsAre("I60-I69 I10 named"));
}

TEST_F(ReferencingTest, FindsNothingWithoutATabularList) {
  MemoryPages pages;
  image_ = *pages.BuildImage("2026", Codes());
  EXPECT_THAT(Who("I10"), IsEmpty());
}

}  // namespace
}  // namespace codeset::query
