// What an image says of POA exemption, from its own list and from one on loan.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "storage/image/concept.h"
#include "tests/support/hand_made.h"

namespace codeset::image {
namespace {

model::OrderFacts Facts() {
  return testing::Order({{"I10", true, "Hypertension"},
                         {"S06", false, "Injury"},
                         {"S060", true, "Concussion"},
                         {"S061", true, "Edema"},
                         {"Z99", false, "Dependence"},
                         {"Z990", true, "Aspirator"}});
}

class PoaImageTest : public ::testing::Test {
 protected:
  // The image of a release in which `list` of release `from` is in force.
  std::shared_ptr<const Image> Build(std::optional<model::PoaList> list, const std::string& from) {
    ImageSpec spec;
    spec.release_id = "2026";
    spec.groups.emplace_back(model::FacetGroup::kOrder, pages_.Add(model::EncodeOrder(Facts())));
    if (list.has_value()) {
      const model::Digest root = pages_.Add(model::EncodePoa(*list));
      if (from == spec.release_id) spec.groups.emplace_back(model::FacetGroup::kPoa, root);
      spec.poa = {from, root};
    }
    auto image = Image::Build(std::move(spec), pages_, cache_);
    EXPECT_TRUE(image.ok()) << image.status();
    return *std::move(image);
  }

  // `exempt`, `not exempt`, or `not known`.
  static std::string Exemption(const Image& image, const std::string& code) {
    const v1::Concept found = ToConcept(image, *image.Find(code), v1::CONCEPT_VIEW_BASIC);
    if (!found.has_poa_exempt()) return "not known";
    return found.poa_exempt() ? "exempt" : "not exempt";
  }

  testing::MemoryPages pages_;
  PageCache cache_;
};

TEST_F(PoaImageTest, TellsOfBillableCodesAlone) {
  const auto image = Build(model::PoaList{{"S060", "Z990"}}, "2026");
  EXPECT_EQ(Exemption(*image, "S060"), "exempt");
  EXPECT_EQ(Exemption(*image, "S061"), "not exempt");
  EXPECT_EQ(Exemption(*image, "Z990"), "exempt");
  // A category that the list does not have is known to have no exempt code.
  EXPECT_EQ(Exemption(*image, "I10"), "not exempt");
  EXPECT_EQ(Exemption(*image, "S06"), "not known");
  EXPECT_EQ(image->poa_from(), "2026");
}

TEST_F(PoaImageTest, SaysNothingWithoutAList) {
  const auto image = Build(std::nullopt, "");
  EXPECT_EQ(Exemption(*image, "S060"), "not known");
  EXPECT_EQ(image->poa_from(), "");
  for (const CategoryPages& category : image->categories()) EXPECT_FALSE(category.poa.has_value());
}

// A list on loan may be of an edition with other codes, other categories and other headers.
TEST_F(PoaImageTest, TakesFromAListOnLoanWhatItHas) {
  const auto image = Build(model::PoaList{{"A00", "S06", "S061", "S069", "Z99"}}, "2025");
  EXPECT_EQ(Exemption(*image, "S061"), "exempt");
  EXPECT_EQ(Exemption(*image, "S060"), "not exempt");
  EXPECT_EQ(Exemption(*image, "S06"), "not known");
  EXPECT_EQ(Exemption(*image, "Z990"), "not exempt");
  EXPECT_EQ(image->poa_from(), "2025");
  EXPECT_FALSE(image->Has(model::FacetGroup::kPoa));
}

TEST_F(PoaImageTest, GivesEqualDigestsToCategoriesWithEqualCodes) {
  const auto one = Build(model::PoaList{{"S060", "Z990"}}, "2026");
  const auto other = Build(model::PoaList{{"S060", "S061", "Z990"}}, "2025");
  const auto& a = one->categories();
  const auto& b = other->categories();
  ASSERT_EQ(a.size(), 3U);
  EXPECT_FALSE(a[0].poa.has_value());
  EXPECT_NE(a[1].poa, b[1].poa);
  ASSERT_TRUE(a[2].poa.has_value());
  EXPECT_EQ(a[2].poa, b[2].poa);
}

TEST_F(PoaImageTest, IsRefusedWhereAPageIsMissing) {
  const model::PageSet set = model::EncodePoa({{"S060", "Z990"}});
  ImageSpec spec;
  spec.release_id = "2026";
  spec.groups.emplace_back(model::FacetGroup::kOrder, pages_.Add(model::EncodeOrder(Facts())));
  spec.poa = {"2026", pages_.Add(set)};
  for (const model::Page& page : set.pages) {
    pages_.Remove(page.digest);
    PageCache cache;
    const auto image = Image::Build(spec, pages_, cache);
    EXPECT_EQ(model::ReasonOf(image.status()), model::Reason::kDataDamaged) << page.node;
    pages_.Add(set);
  }
}

}  // namespace
}  // namespace codeset::image
