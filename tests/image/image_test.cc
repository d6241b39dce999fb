#include "storage/image/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/image/categories.h"
#include "storage/image/concept.h"
#include "tests/support/hand_made.h"

namespace codeset::image {
namespace {

using testing::Chapter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;
using testing::PlainNote;
using testing::Section;

// Burns: a wide section over a narrow one, beside a section outside of it.
model::Tabular Injuries() {
  model::Tabular tabular;
  tabular.chapters.push_back(Chapter("19", "Injury (S00-T88)",
                                     {Section("T15-T19", "Foreign body", {"T15", "T19"}),
                                      Section("T20-T32", "Burns and corrosions", {}),
                                      Section("T20-T25", "External burns", {"T20", "T25"}),
                                      Section("T30-T32", "Unspecified burns", {"T30"})}));
  tabular.chapters[0].sections[1].facts.notes.push_back(
      PlainNote(model::NoteKind::kExcludes2, {"sunburn (L55.-)"}));
  return tabular;
}

model::OrderFacts InjuryCodes() {
  return Order({{"T15", false, "Foreign body on eye"},
                {"T150", true, "Foreign body in cornea"},
                {"T19", true, "Foreign body elsewhere"},
                {"T20", true, "Burn of head"},
                {"T25", false, "Burn of ankle and foot"},
                {"T250", false, "Burn of ankle, unspecified degree"},
                {"T25011", false, "Burn of right ankle"},
                {"T25011A", true, "Burn of right ankle, initial encounter"},
                {"T251", true, "Burn of first degree"},
                {"T30", true, "Burn, body region unspecified"}});
}

std::vector<std::string> Ids(const Image& image) {
  std::vector<std::string> ids;
  for (NodeIndex i = 0; i < image.nodes().size(); ++i) ids.push_back(IdOf(image, i));
  return ids;
}

std::string ParentId(const Image& image, absl::string_view key) {
  const std::optional<NodeIndex> node = image.Find(key);
  if (!node.has_value()) return "(unknown)";
  const NodeIndex parent = image.node(*node).parent;
  return parent == kNoNode ? "" : IdOf(image, parent);
}

TEST(ImageTest, NestsSectionsByRangeThoughTheListIsFlat) {
  MemoryPages pages;
  const model::Tabular tabular = Injuries();
  const auto image = pages.BuildImage("2026", InjuryCodes(), &tabular);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_THAT(Ids(**image),
              ElementsAre("19", "T15-T19", "T15", "T15.0", "T19", "T20-T32", "T20-T25", "T20",
                          "T25", "T25.0", "T25.011", "T25.011A", "T25.1", "T30-T32", "T30"));
  EXPECT_EQ(ParentId(**image, "T20-T25"), "T20-T32");
  EXPECT_EQ(ParentId(**image, "T30-T32"), "T20-T32");
  EXPECT_EQ(ParentId(**image, "T15-T19"), "19");
  EXPECT_EQ(ParentId(**image, "T25"), "T20-T25");
  EXPECT_EQ(ParentId(**image, "T25011A"), "T25.011");
  EXPECT_EQ(ParentId(**image, "T25011"), "T25.0");
  EXPECT_EQ(ParentId(**image, "19"), "");
  EXPECT_EQ((*image)->order_rows(), 10);
  EXPECT_EQ((*image)->billable_rows(), 6);
}

TEST(ImageTest, KeepsTheOrderNumbersOfTheOrderFile) {
  MemoryPages pages;
  const model::OrderFacts order = InjuryCodes();
  const model::Tabular tabular = Injuries();
  const auto image = pages.BuildImage("2026", order, &tabular);
  ASSERT_TRUE(image.ok()) << image.status();
  for (size_t i = 0; i < order.rows.size(); ++i) {
    const std::optional<NodeIndex> node = (*image)->Find(order.rows[i].code);
    ASSERT_TRUE(node.has_value()) << order.rows[i].code;
    EXPECT_EQ((*image)->node(*node).order_number, i + 1) << order.rows[i].code;
  }
}

TEST(ImageTest, TakesTheSkeletonButNotTheNotesOnLoan) {
  MemoryPages pages;
  const model::Tabular tabular = Injuries();
  const model::Digest root = pages.Add(model::EncodeTabular(tabular));
  const auto image =
      pages.BuildImage("2027", InjuryCodes(), nullptr, ImageSpec::Lender{"2026", root});
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ((*image)->structure_from(), "2026");
  const v1::Concept section = ToConcept(**image, *(*image)->Find("T20-T32"), v1::CONCEPT_VIEW_FULL);
  EXPECT_EQ(section.title(), "Burns and corrosions");
  EXPECT_EQ(section.placement(), v1::PLACEMENT_BORROWED);
  EXPECT_EQ(section.tabular_state(), v1::TABULAR_STATE_NOT_KNOWN);
  EXPECT_EQ(section.notes_size(), 0);
}

TEST(ImageTest, DropsSectionsOnLoanInWhichNothingOfTheReleaseLies) {
  MemoryPages pages;
  const model::Digest root = pages.Add(model::EncodeTabular(Injuries()));
  const auto image = pages.BuildImage("2019", Order({{"T15", true, "Foreign body on eye"}}),
                                      nullptr, ImageSpec::Lender{"2026", root});
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_THAT(Ids(**image), ElementsAre("19", "T15-T19", "T15"));
}

TEST(ImageTest, PlacesANewCategoryByItsNeighboursThenByRangeAndListsTheRest) {
  MemoryPages pages;
  const model::Digest root = pages.Add(model::EncodeTabular(Injuries()));
  // T1A stands between two categories of T15-T19; T31 lies in the range of T30-T32; QA0 and
  // T7A cannot be told.
  const auto image = pages.BuildImage("2027",
                                      Order({{"QA0", false, "New chapter's category"},
                                             {"QA00", true, "New code"},
                                             {"T15", true, "Foreign body on eye"},
                                             {"T1A", true, "New between"},
                                             {"T19", true, "Foreign body elsewhere"},
                                             {"T20", true, "Burn of head"},
                                             {"T30", true, "Burn, unspecified"},
                                             {"T31", true, "New in range"},
                                             {"T7A", true, "New outside"}}),
                                      nullptr, ImageSpec::Lender{"2026", root});
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(ParentId(**image, "T1A"), "T15-T19");
  EXPECT_EQ(ParentId(**image, "T31"), "T30-T32");
  EXPECT_EQ(ParentId(**image, "QA0"), "");
  std::vector<std::string> unplaced;
  for (const NodeIndex node : (*image)->unplaced()) unplaced.push_back(IdOf(**image, node));
  EXPECT_THAT(unplaced, ElementsAre("QA0", "T7A"));
  const v1::Concept code = ToConcept(**image, *(*image)->Find("QA00"), v1::CONCEPT_VIEW_BASIC);
  EXPECT_EQ(code.placement(), v1::PLACEMENT_NOT_KNOWN);
  EXPECT_EQ(code.parent_id(), "QA0");
  EXPECT_EQ(code.chapter_id(), "");
}

TEST(ImageTest, LeavesAllCategoriesUnplacedWhereNobodyLends) {
  MemoryPages pages;
  const auto image = pages.BuildImage("2019", InjuryCodes());
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ((*image)->unplaced().size(), 5u);
  EXPECT_EQ((*image)->structure_from(), "");
}

// The order file of 2013 does so with 63 categories.
TEST(ImageTest, HangsCodesFromTheSectionWhereTheOrderFileLeavesTheirCategoryOut) {
  MemoryPages pages;
  const model::Tabular tabular = Injuries();
  const auto image = pages.BuildImage("2013",
                                      Order({{"T15", true, "Foreign body on eye"},
                                             {"T19XXXA", true, "Foreign body, initial"},
                                             {"T19XXXD", true, "Foreign body, subsequent"},
                                             {"T20", true, "Burn of head"}}),
                                      &tabular);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_FALSE((*image)->Find("T19").has_value());
  EXPECT_EQ(ParentId(**image, "T19XXXA"), "T15-T19");
  EXPECT_EQ(ParentId(**image, "T19XXXD"), "T15-T19");
  EXPECT_EQ((*image)->categories()[1].key, "T19");
  EXPECT_TRUE((*image)->unplaced().empty());
}

// What a few pages tell of a release is what its image tells.
TEST(ImageTest, IsNotNeededToTellWhatCouldNotBePlaced) {
  MemoryPages pages;
  const model::Tabular tabular = Injuries();
  const model::OrderFacts later = Order({{"QA0", false, "New chapter's category"},
                                         {"QA00", false, "New subcategory"},
                                         {"QA000", true, "New code"},
                                         {"T15", true, "Foreign body on eye"},
                                         {"T7A1", true, "New, its category left out"},
                                         {"T7A2", true, "New, its category left out"}});
  const auto lender = pages.BuildImage("2026", InjuryCodes(), &tabular);
  ASSERT_TRUE(lender.ok()) << lender.status();
  const ImageSpec::Lender loan{"2026", (*lender)->groups()[1].second};
  struct Case {
    absl::StatusOr<std::shared_ptr<const Image>> image;
    std::vector<std::string> unplaced;
  };
  const std::vector<Case> cases = {
      {lender, {}},
      {pages.BuildImage("2027", later, nullptr, loan), {"QA0", "T7A1", "T7A2"}},
      {pages.BuildImage("2027", later), {"QA0", "T15", "T7A1", "T7A2"}}};
  for (const Case& c : cases) {
    ASSERT_TRUE(c.image.ok()) << c.image.status();
    const auto told = ReadUnplaced((*c.image)->spec(), pages);
    ASSERT_TRUE(told.ok()) << told.status();
    EXPECT_EQ(*told, c.unplaced);
    std::vector<std::string> of_image;
    for (const NodeIndex node : (*c.image)->unplaced()) {
      of_image.emplace_back((*c.image)->node(node).key);
    }
    EXPECT_EQ(of_image, c.unplaced);
  }
}

TEST(ImageTest, TellsKindsByLengthAndFlag) {
  MemoryPages pages;
  const model::Tabular tabular = Injuries();
  const auto image = pages.BuildImage("2026", InjuryCodes(), &tabular);
  ASSERT_TRUE(image.ok()) << image.status();
  const struct {
    const char* key;
    v1::ConceptKind kind;
  } kCases[] = {{"19", v1::CONCEPT_KIND_CHAPTER},       {"T20-T32", v1::CONCEPT_KIND_SECTION},
                {"T25", v1::CONCEPT_KIND_CATEGORY},     {"T20", v1::CONCEPT_KIND_CATEGORY},
                {"T250", v1::CONCEPT_KIND_SUBCATEGORY}, {"T251", v1::CONCEPT_KIND_CODE}};
  for (const auto& test : kCases) {
    EXPECT_EQ((*image)->node(*(*image)->Find(test.key)).kind, test.kind) << test.key;
  }
}

TEST(ImageTest, RefusesToBuildWithAPageMissing) {
  MemoryPages pages;
  const model::PageSet set = model::EncodeOrder(InjuryCodes());
  ASSERT_TRUE(pages.BuildImage("2026", InjuryCodes()).ok());
  for (const model::Page& page : set.pages) {
    MemoryPages fresh;
    const model::Digest root = fresh.Add(set);
    fresh.Remove(page.digest);
    PageCache cache;
    ImageSpec spec;
    spec.release_id = "2026";
    spec.groups.emplace_back(model::FacetGroup::kOrder, root);
    const auto image = Image::Build(spec, fresh, cache);
    EXPECT_EQ(model::ReasonOf(image.status()), model::Reason::kDataDamaged) << page.node;
  }
}

TEST(ImageTest, SharesEqualPagesBetweenImages) {
  MemoryPages pages;
  const auto one = pages.BuildImage("2025", InjuryCodes());
  const auto two = pages.BuildImage("2026", InjuryCodes());
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ((*one)->node(0).row, (*two)->node(0).row);
}

TEST(ConceptTest, CarriesOwnNotesWithTheirHeadingsInTheFullViewOnly) {
  MemoryPages pages;
  model::Tabular tabular = Injuries();
  model::Diag& diag = tabular.chapters[0].sections[0].categories[0].diags[0];
  model::Note note;
  note.kind = model::NoteKind::kUseAdditionalCode;
  note.groups.push_back({std::nullopt, {"first"}});
  note.groups.push_back({"code to identify:", {"second", "third"}});
  diag.facts.notes.push_back(note);
  diag.facts.seventh_characters = model::SeventhCharacters{
      {"The appropriate 7th character is to be added"}, {{"A", "initial encounter", {"note"}}}};
  diag.placeholder = true;
  diag.title = "Foreign bödy on eye";
  const auto image = pages.BuildImage("2026", InjuryCodes(), &tabular);
  ASSERT_TRUE(image.ok()) << image.status();
  const NodeIndex node = *(*image)->Find("T15");
  const v1::Concept basic = ToConcept(**image, node, v1::CONCEPT_VIEW_BASIC);
  EXPECT_EQ(basic.notes_size(), 0);
  EXPECT_EQ(basic.tabular_state(), v1::TABULAR_STATE_NOT_REQUESTED);
  EXPECT_EQ(basic.tabular_title(), "Foreign bödy on eye");
  EXPECT_EQ(basic.child_count(), 1);
  EXPECT_EQ(basic.chapter_id(), "19");
  EXPECT_EQ(basic.section_id(), "T15-T19");
  const v1::Concept full = ToConcept(**image, node, v1::CONCEPT_VIEW_FULL);
  ASSERT_EQ(full.notes_size(), 1);
  EXPECT_EQ(full.notes(0).kind(), v1::NOTE_KIND_USE_ADDITIONAL_CODE);
  ASSERT_EQ(full.notes(0).groups_size(), 2);
  EXPECT_FALSE(full.notes(0).groups(0).has_heading());
  EXPECT_EQ(full.notes(0).groups(1).heading(), "code to identify:");
  EXPECT_THAT(full.notes(0).groups(1).items(), ElementsAre("second", "third"));
  EXPECT_EQ(full.seventh_characters().characters(0).notes(0), "note");
  EXPECT_TRUE(full.placeholder());
  // A code without a <diag> is known to carry nothing.
  const v1::Concept bare = ToConcept(**image, *(*image)->Find("T150"), v1::CONCEPT_VIEW_FULL);
  EXPECT_EQ(bare.tabular_state(), v1::TABULAR_STATE_KNOWN);
  EXPECT_THAT(bare.notes(), IsEmpty());
}

}  // namespace
}  // namespace codeset::image
