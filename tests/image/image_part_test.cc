// Parts of images, held against the whole ones: the same bytes of every code.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/image/categories.h"
#include "storage/image/concept.h"
#include "storage/image/structure.h"
#include "storage/image/tabular_wire.h"
#include "tests/support/hand_made.h"

namespace codeset::image {
namespace {

using model::Reason;
using model::ReasonOf;
using testing::Chapter;
using testing::Order;
using testing::PlainNote;
using testing::Section;

// G36 has no concept of its own, as in the order file of 2013, K6A is in no tabular list, and T25's
// section stands outside of its range.
model::OrderFacts Facts() {
  return Order({{"G35", false, "Multiple sclerosis"},
                {"G350", true, "Relapsing"},
                {"G351", true, "Progressive"},
                {"G360", true, "Neuromyelitis"},
                {"G3680", true, "Other"},
                {"K65", true, "Peritonitis"},
                {"K6A", true, "New between two"},
                {"K66", true, "Other of peritoneum"},
                {"K9A", true, "New at the end"},
                {"T20", false, "Burn of head"},
                {"T200", false, "Unspecified degree"},
                {"T200X5A", true, "Burn of head, initial encounter"},
                {"T25", true, "Burn of ankle"}});
}

model::Tabular List() {
  model::Tabular tabular;
  tabular.chapters.push_back(
      Chapter("6", "Nervous system", {Section("G35-G37", "Demyelinating", {"G35", "G36"})}));
  tabular.chapters.push_back(
      Chapter("11", "Digestive", {Section("K65-K68", "Peritoneum", {"K65", "K66"})}));
  tabular.chapters.push_back(Chapter(
      "19", "Injury",
      {Section("T20-T32", "Burns", {}), Section("T20-T24", "External burns", {"T20", "T25"}),
       Section("T30-T32", "Unspecified burns", {"T30"})}));
  tabular.chapters[2].sections[0].facts.notes.push_back(
      PlainNote(model::NoteKind::kExcludes2, {"sunburn (L55.-)", "sclerosis (G35.-)"}));
  model::TabularCategory& category = tabular.chapters[0].sections[0].categories[0];
  category.diags[0].facts.notes.push_back(PlainNote(
      model::NoteKind::kExcludes1, {"burn (T20.0)", "both (K65-T25)", "the other way (T25-K65)",
                                    "no code (A00.1)", "itself (G35.1)", "no concept (G36.-)"}));
  model::Diag below;
  below.code = "G351";
  below.title = "Progressive, as the list has it";
  below.placeholder = true;
  below.facts.notes.push_back(PlainNote(model::NoteKind::kCodeFirst, {"burn (T20.0-)"}));
  category.diags.push_back(below);
  return tabular;
}

class ImagePartTest : public ::testing::Test {
 protected:
  ImagePartTest() {
    spec_.release_id = "2026";
    spec_.effective = model::Date(2025, 10, 1);
    spec_.groups.emplace_back(model::FacetGroup::kOrder, pages_.Add(model::EncodeOrder(Facts())));
    list_ = pages_.Add(model::EncodeTabular(List()));
  }

  void OwnList() { spec_.groups.emplace_back(model::FacetGroup::kTabular, list_); }
  void ListOnLoan() { spec_.lender = {"2025", list_}; }

  absl::StatusOr<std::shared_ptr<const Image>> Part(absl::string_view category) {
    PageCache cache;
    return Image::BuildPart(spec_, pages_, cache, category, rows_);
  }

  // A category as its part tells it.
  v1::Concept Told(absl::string_view category, v1::ConceptView view) {
    const auto part = Part(category);
    EXPECT_TRUE(part.ok()) << part.status();
    return ToConcept(**part, (*part)->Find(category).value(), view);
  }

  // Holds the parts of all categories against the whole image.
  void ExpectPartsTellTheSame() {
    PageCache cache;
    const auto whole = Image::Build(spec_, pages_, cache);
    ASSERT_TRUE(whole.ok()) << whole.status();
    for (const CategoryPages& category : (*whole)->categories()) {
      SCOPED_TRACE(std::string(category.key));
      const auto part = Part(category.key);
      ASSERT_TRUE(part.ok()) << part.status();
      for (NodeIndex node = category.first; node < category.end; ++node) {
        const absl::string_view key = (*whole)->node(node).key;
        const std::optional<NodeIndex> found = (*part)->Find(key);
        ASSERT_TRUE(found.has_value()) << key;
        for (const v1::ConceptView view : {v1::CONCEPT_VIEW_BASIC, v1::CONCEPT_VIEW_FULL}) {
          EXPECT_EQ(ToConcept(**part, *found, view).ShortDebugString(),
                    ToConcept(**whole, node, view).ShortDebugString());
        }
        EXPECT_EQ((*part)->tabular_wire().Of(*found), (*whole)->tabular_wire().Of(node)) << key;
      }
    }
  }

  ImageSpec spec_;
  model::Digest list_;
  testing::MemoryPages pages_;
  // Of G35, G36, K65, K6A, K66, K9A, T20 and T25.
  std::vector<uint32_t> rows_ = {3, 2, 1, 1, 1, 1, 3, 1};
};

TEST_F(ImagePartTest, TellsTheSameOfEveryCodeWithAListOfItsOwn) {
  OwnList();
  ExpectPartsTellTheSame();
}

TEST_F(ImagePartTest, TellsTheSameOfEveryCodeWithAListOnLoan) {
  ListOnLoan();
  ExpectPartsTellTheSame();
  // By hand, so that not all of it can be wrong in the same way.
  const v1::Concept k6a = Told("K6A", v1::CONCEPT_VIEW_BASIC);
  EXPECT_EQ(k6a.section_id(), "K65-K68");
  EXPECT_EQ(k6a.chapter_id(), "11");
  EXPECT_EQ(k6a.order_number(), 7);
  const v1::Concept k9a = Told("K9A", v1::CONCEPT_VIEW_BASIC);
  EXPECT_EQ(k9a.placement(), v1::PLACEMENT_NOT_KNOWN);
  EXPECT_EQ(k9a.section_id(), "");
}

TEST_F(ImagePartTest, TellsTheSameOfEveryCodeWithoutAnyList) { ExpectPartsTellTheSame(); }

TEST_F(ImagePartTest, TellsTheSameOfPoaExemption) {
  spec_.poa = {"2025", pages_.Add(model::EncodePoa({{"G350", "G3680", "J00", "T200X5A"}}))};
  OwnList();
  ExpectPartsTellTheSame();
}

TEST_F(ImagePartTest, ReadsWhatNotesNameInTheSameRelease) {
  OwnList();
  const v1::Concept category = Told("G35", v1::CONCEPT_VIEW_FULL);
  std::string resolved;
  for (const v1::NoteReference& reference : category.notes(0).groups(0).references()) {
    resolved += reference.resolved() ? "1" : "0";
  }
  // No release has A00.1, a range from T25 to K65 is none, and G36 is no concept.
  EXPECT_EQ(resolved, "110010");
}

TEST_F(ImagePartTest, HasNothingOfACategoryThatTheReleaseLacks) {
  OwnList();
  for (const char* category : {"T30", "A00"}) {
    const auto part = Part(category);
    ASSERT_TRUE(part.ok()) << part.status();
    EXPECT_FALSE((*part)->Find(category).has_value());
  }
}

TEST_F(ImagePartTest, RefusesRowsThatAreNotThoseOfThePages) {
  OwnList();
  rows_[6] = 4;
  EXPECT_EQ(ReasonOf(Part("T20").status()), Reason::kDataDamaged);
  // A category that a note names.
  EXPECT_EQ(ReasonOf(Part("G35").status()), Reason::kDataDamaged);
  EXPECT_TRUE(Part("K65").ok());
  rows_[6] = 3;
  rows_.pop_back();
  EXPECT_EQ(ReasonOf(Part("K65").status()), Reason::kDataDamaged);
  rows_.push_back(UINT32_MAX);
  EXPECT_EQ(ReasonOf(Part("K65").status()), Reason::kDataDamaged);
}

TEST_F(ImagePartTest, NeedsThePagesOfItsCategoryAndNotThoseOfOthers) {
  OwnList();
  const auto categories = ReadCategories(pages_, model::FacetGroup::kOrder, spec_.groups[0].second);
  ASSERT_TRUE(categories.ok());
  pages_.Remove(categories->at(2).digest);
  EXPECT_EQ(ReasonOf(Part("K65").status()), Reason::kDataDamaged);
  EXPECT_EQ(ReasonOf(Part("G35").status()), Reason::kDataDamaged);
  EXPECT_TRUE(Part("T20").ok());
  pages_.Remove(ReadStructure(pages_, list_)->categories.at("T20").digest);
  EXPECT_EQ(ReasonOf(Part("T20").status()), Reason::kDataDamaged);
  EXPECT_TRUE(Part("K66").ok());
}

TEST(StructureTest, FindsWhatACategoryLiesInByItsRange) {
  testing::MemoryPages pages;
  const model::Digest root = pages.Add(model::EncodeTabular(List()));
  const auto above = ReadStructureAbove(pages, root, "T20");
  ASSERT_TRUE(above.ok()) << above.status();
  ASSERT_TRUE(above->has_value());
  std::vector<std::string> ids;
  for (const StructureNode& node : (*above)->nodes) ids.push_back(node.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"19", "T20-T32", "T20-T24"}));
  EXPECT_EQ((*above)->categories.at("T20").section, 2);
  EXPECT_EQ((*above)->categories.at("T20").digest,
            ReadStructure(pages, root)->categories.at("T20").digest);
  // Outside the range of its section, and in none.
  for (const char* category : {"T25", "K6A", "Z00"}) {
    const auto nothing = ReadStructureAbove(pages, root, category);
    ASSERT_TRUE(nothing.ok()) << nothing.status();
    EXPECT_FALSE(nothing->has_value()) << category;
  }
}

}  // namespace
}  // namespace codeset::image
