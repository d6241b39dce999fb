#include "storage/query/effective_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/image/concept.h"
#include "storage/query/concept_view.h"
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

model::Diag Diag(const std::string& code, std::vector<model::Note> notes) {
  model::Diag diag;
  diag.code = code;
  diag.title = code;
  diag.facts.notes = std::move(notes);
  return diag;
}

const model::OrderFacts& Codes() {
  static const model::OrderFacts order = Order({{"L55", true, "Sunburn"},
                                                {"T20", false, "Burn of head"},
                                                {"T25", false, "Burn of ankle and foot"},
                                                {"T250", false, "Burn of ankle"},
                                                {"T2501", true, "Burn of right ankle"},
                                                {"T31", true, "Burns by extent"},
                                                {"T36", true, "Poisoning"}});
  return order;
}

// Chapter 19 with the wide section T20-T32, in it T20-T25 with T25.0, and T30-T32.
model::Tabular Burns() {
  model::TabularSection wide = Section("T20-T32", "Burns and corrosions", {});
  wide.facts.notes = {
      PlainNote(NoteKind::kExcludes2, {"sunburn (L55.-)", "burn of ankle (T25.0-)"}),
      PlainNote(NoteKind::kInclusionTerm, {"scald"})};
  model::TabularSection narrow = Section("T20-T25", "Burns by site", {"T20"});
  narrow.facts.notes = {
      PlainNote(NoteKind::kUseAdditionalCode, {"code from category T31 to identify extent"})};
  model::TabularCategory category{"T25", {}};
  model::Note excludes{NoteKind::kExcludes1,
                       {{"burns of:", {"foot (T25.0-)", "head (T20.-)", "both (T20.-, T25.01)"}},
                        {"conditions in T25:", {"of any kind"}}}};
  category.diags = {
      Diag("T25", {excludes, PlainNote(NoteKind::kCodeAlso, {"poisoning (T36.-)"}),
                   PlainNote(NoteKind::kCodeFirst, {"sunburn (L55)"})}),
      Diag("T250", {PlainNote(NoteKind::kExcludes1, {"burn of ankle and foot (T25.-)"}),
                    PlainNote(NoteKind::kInclusionTerm, {"Scald of ankle"}),
                    PlainNote(NoteKind::kCodeFirst, {"the cause"})})};
  category.diags[0].facts.seventh_characters = {{}, {{"A", "initial encounter", {}}}};
  category.diags[1].facts.seventh_characters = {{}, {{"D", "subsequent encounter", {}}}};
  narrow.categories.push_back(category);
  model::TabularChapter chapter = Chapter("19", "Injury",
                                          {wide, narrow, Section("T30-T32", "Extent", {"T31"}),
                                           Section("T36-T50", "Poisoning", {"T36"})});
  chapter.facts.notes = {PlainNote(NoteKind::kNote, {"Codes from T20-T25 are acute"})};
  return {{Chapter("12", "Skin", {Section("L55-L59", "Radiation", {"L55"})}), chapter}};
}

class EffectiveNotesTest : public ::testing::Test {
 protected:
  v1::Concept View(const std::string& key, v1::ConceptView view = v1::CONCEPT_VIEW_EFFECTIVE) {
    const auto node = image_->Find(key);
    EXPECT_TRUE(node.has_value()) << key;
    return ViewConcept(*image_, *node, view);
  }

  // `T25 excludes1 burns of: head (T20.-) / …`, one a note.
  std::vector<std::string> Notes(const std::string& key) {
    std::vector<std::string> lines;
    const v1::Concept item = View(key);
    for (const v1::EffectiveNote& note : item.effective_notes()) {
      std::string line = absl::StrCat(
          note.origin_id(), " ", model::NoteKindName(static_cast<NoteKind>(note.note().kind())));
      for (const v1::NoteGroup& group : note.note().groups()) {
        absl::StrAppend(&line, " ", group.heading(), absl::StrJoin(group.items(), "/"));
      }
      lines.push_back(line);
    }
    return lines;
  }

  const model::Tabular tabular_ = Burns();
  MemoryPages pages_;
  std::shared_ptr<const image::Image> image_ = *pages_.BuildImage("2026", Codes(), &tabular_);
};

TEST_F(EffectiveNotesTest, InheritsNotesNearestFirstThroughWideSections) {
  EXPECT_THAT(Notes("T31"), ElementsAre("T20-T32 excludes2 sunburn (L55.-)/burn of ankle (T25.0-)",
                                        "19 notes Codes from T20-T25 are acute"));
  EXPECT_THAT(Notes("T20"),
              ElementsAre("T20-T25 useAdditionalCode code from category T31 to identify extent",
                          "T20-T32 excludes2 sunburn (L55.-)/burn of ankle (T25.0-)",
                          "19 notes Codes from T20-T25 are acute"));
  EXPECT_THAT(Notes("L55"), IsEmpty());
}

TEST_F(EffectiveNotesTest, KeepsInclusionTermsToTheConceptOnWhichTheyStand) {
  EXPECT_THAT(Notes("T20-T32"),
              ElementsAre("T20-T32 excludes2 sunburn (L55.-)/burn of ankle (T25.0-)",
                          "T20-T32 inclusionTerm scald", "19 notes Codes from T20-T25 are acute"));
  EXPECT_THAT(Notes("T2501"), ::testing::Not(::testing::Contains(::testing::HasSubstr("Scald"))));
}

// T25.01 lies under T25.0 and T25; an item that names it beside T20 cannot be taken apart, and
// a heading that names what it lies under takes its items along.
TEST_F(EffectiveNotesTest, LeavesOutWhatExcludesTheConceptItself) {
  EXPECT_THAT(
      Notes("T2501"),
      ElementsAre("T25.0 codeFirst the cause", "T25 excludes1 burns of:head (T20.-)",
                  "T25 codeAlso poisoning (T36.-)", "T25 codeFirst sunburn (L55)",
                  "T20-T25 useAdditionalCode code from category T31 to identify extent",
                  "T20-T32 excludes2 sunburn (L55.-)", "19 notes Codes from T20-T25 are acute"));
  // Of T25.0's own Excludes nothing is left; what stands on it is told unabridged.
  EXPECT_THAT(
      Notes("T250"),
      ElementsAre("T25.0 inclusionTerm Scald of ankle", "T25.0 codeFirst the cause",
                  "T25 excludes1 burns of:head (T20.-)/both (T20.-, T25.01)",
                  "T25 codeAlso poisoning (T36.-)", "T25 codeFirst sunburn (L55)",
                  "T20-T25 useAdditionalCode code from category T31 to "
                  "identify extent",
                  "T20-T32 excludes2 sunburn (L55.-)", "19 notes Codes from T20-T25 are acute"));
  EXPECT_EQ(View("T250").notes(0).kind(), v1::NOTE_KIND_EXCLUDES1);
}

TEST_F(EffectiveNotesTest, CountsTheItemsThatAreLeftInReferences) {
  const v1::Concept item = View("T2501");
  const v1::NoteGroup& group = item.effective_notes(1).note().groups(0);
  ASSERT_EQ(group.references_size(), 1);
  EXPECT_EQ(group.references(0).first_id(), "T20");
  EXPECT_EQ(group.references(0).item(), 0);
}

TEST_F(EffectiveNotesTest, OrdersWhatIsAddedByKindThenByNearness) {
  const v1::Concept item = View("T2501");
  EXPECT_THAT(item.add_on_order(), ElementsAre(0, 3, 4, 2));
}

TEST_F(EffectiveNotesTest, TakesTheNearest7thCharactersWhole) {
  const v1::Concept item = View("T2501");
  EXPECT_EQ(item.effective_seventh_characters().origin_id(), "T25.0");
  ASSERT_EQ(item.effective_seventh_characters().definition().characters_size(), 1);
  EXPECT_EQ(item.effective_seventh_characters().definition().characters(0).character(), "D");
  EXPECT_FALSE(item.has_seventh_characters());
  EXPECT_FALSE(View("T31").has_effective_seventh_characters());
}

TEST_F(EffectiveNotesTest, CarriesReferencesBesideTheTextInTheFullView) {
  const v1::Concept item = View("T25", v1::CONCEPT_VIEW_FULL);
  EXPECT_EQ(item.effective_notes_size(), 0);
  EXPECT_FALSE(item.has_facts());
  const v1::NoteGroup& group = item.notes(0).groups(0);
  ASSERT_EQ(group.references_size(), 4);
  EXPECT_EQ(group.references(3).first_id(), "T25.01");
  EXPECT_TRUE(group.references(3).resolved());
  EXPECT_EQ(group.items(2).substr(static_cast<size_t>(group.references(3).begin()), 6), "T25.01");
  const v1::NoteGroup& second = item.notes(0).groups(1);
  ASSERT_EQ(second.references_size(), 1);
  EXPECT_FALSE(second.references(0).has_item());
}

// As in 2013, whose order file leaves out headers.
TEST_F(EffectiveNotesTest, InheritsFromWhatTheOrderFileLeavesOut) {
  MemoryPages pages;
  image_ = *pages.BuildImage("2013",
                             Order({{"L55", true, "Sunburn"},
                                    {"T20", true, "Burn of head"},
                                    {"T2501", true, "Burn of right ankle"},
                                    {"T31", true, "Burns by extent"},
                                    {"T36", true, "Poisoning"}}),
                             &tabular_);
  ASSERT_FALSE(image_->Find("T25").has_value());
  EXPECT_THAT(
      Notes("T2501"),
      ElementsAre("T25.0 codeFirst the cause", "T25 excludes1 burns of:head (T20.-)",
                  "T25 codeAlso poisoning (T36.-)", "T25 codeFirst sunburn (L55)",
                  "T20-T25 useAdditionalCode code from category T31 to identify extent",
                  "T20-T32 excludes2 sunburn (L55.-)", "19 notes Codes from T20-T25 are acute"));
  EXPECT_EQ(View("T2501").effective_seventh_characters().origin_id(), "T25.0");
}

TEST_F(EffectiveNotesTest, ClaimsNothingOfAReleaseWithoutTabularList) {
  MemoryPages pages;
  image_ = *pages.BuildImage("2026", Codes());
  const v1::Concept item = View("T2501");
  EXPECT_EQ(item.tabular_state(), v1::TABULAR_STATE_NOT_KNOWN);
  EXPECT_EQ(item.effective_notes_size(), 0);
  EXPECT_FALSE(item.has_effective_seventh_characters());
}

}  // namespace
}  // namespace codeset::query
