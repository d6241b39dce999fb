#include "storage/query/hierarchy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/image/concept.h"
#include "storage/query/listing.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using image::Image;
using image::NodeIndex;
using testing::Chapter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;
using testing::Section;

class HierarchyTest : public ::testing::Test {
 protected:
  HierarchyTest() {
    model::Tabular tabular;
    tabular.chapters.push_back(
        Chapter("2", "Neoplasms", {Section("C76-C80", "Ill-defined", {"C76", "C7A", "C80"})}));
    tabular.chapters.push_back(Chapter(
        "13", "Musculoskeletal",
        {Section("M95-M95", "Other", {"M95"}), Section("M99-M99", "Biomechanical", {"M99"})}));
    const model::OrderFacts order = Order({{"C76", true, "a"},
                                           {"C7A", false, "b"},
                                           {"C7A0", true, "c"},
                                           {"C80", true, "d"},
                                           {"M95", true, "e"},
                                           {"M99", false, "f"},
                                           {"M998", false, "g"},
                                           {"M9983", true, "h"},
                                           {"M9986", true, "i"},
                                           {"M999", true, "j"},
                                           {"QA0", false, "k"},
                                           {"QA00", true, "l"}});
    auto own = pages_.BuildImage("2026", order, &tabular);
    image_ = *own;
    // QA0 lies nowhere in this tabular list, so that both kinds of answer are at hand.
  }

  NodeIndex At(absl::string_view key) const { return *image_->Find(key); }

  std::vector<std::string> Ids(absl::Span<const NodeIndex> nodes) const {
    std::vector<std::string> ids;
    for (const NodeIndex node : nodes) ids.push_back(image::IdOf(*image_, node));
    return ids;
  }

  std::vector<std::string> Related(absl::string_view key, v1::Relation relation) const {
    return Ids(FindRelatives(*image_, At(key), relation).nodes);
  }

  bool Complete(absl::string_view key, v1::Relation relation) const {
    return FindRelatives(*image_, At(key), relation).complete;
  }

  MemoryPages pages_;
  std::shared_ptr<const Image> image_;
};

TEST_F(HierarchyTest, FindsRelatives) {
  EXPECT_THAT(Related("M9986", v1::RELATION_PARENTS), ElementsAre("M99.8"));
  EXPECT_THAT(Related("M9986", v1::RELATION_ANCESTORS),
              ElementsAre("M99.8", "M99", "M99-M99", "13"));
  EXPECT_THAT(Related("M9986", v1::RELATION_SIBLINGS), ElementsAre("M99.83"));
  EXPECT_THAT(Related("M99", v1::RELATION_CHILDREN), ElementsAre("M99.8", "M99.9"));
  EXPECT_THAT(Related("M99", v1::RELATION_DESCENDANTS),
              ElementsAre("M99.8", "M99.83", "M99.86", "M99.9"));
  EXPECT_THAT(Related("13", v1::RELATION_CHILDREN), ElementsAre("M95-M95", "M99-M99"));
  EXPECT_THAT(Related("13", v1::RELATION_SIBLINGS), ElementsAre("2"));
  EXPECT_THAT(Related("13", v1::RELATION_PARENTS), IsEmpty());
  EXPECT_THAT(Related("M9986", v1::RELATION_CHILDREN), IsEmpty());
}

TEST_F(HierarchyTest, ListsInTabularOrderNotInThatOfText) {
  EXPECT_THAT(Related("C76-C80", v1::RELATION_CHILDREN), ElementsAre("C76", "C7A", "C80"));
}

TEST_F(HierarchyTest, SaysWhereMoreMayExistThanIsKnown) {
  EXPECT_TRUE(Complete("13", v1::RELATION_PARENTS));
  EXPECT_FALSE(Complete("13", v1::RELATION_CHILDREN));
  EXPECT_FALSE(Complete("13", v1::RELATION_SIBLINGS));
  EXPECT_TRUE(Complete("M99", v1::RELATION_CHILDREN));
  EXPECT_FALSE(Complete("QA0", v1::RELATION_PARENTS));
  EXPECT_FALSE(Complete("QA0", v1::RELATION_SIBLINGS));
  EXPECT_FALSE(Complete("QA00", v1::RELATION_ANCESTORS));
  EXPECT_TRUE(Complete("QA00", v1::RELATION_PARENTS));
  EXPECT_TRUE(Complete("QA0", v1::RELATION_CHILDREN));
}

TEST_F(HierarchyTest, TellsSubsumption) {
  const struct {
    const char* a;
    const char* b;
    v1::SubsumptionOutcome outcome;
  } kCases[] = {
      {"M99", "M99", v1::SUBSUMPTION_OUTCOME_EQUIVALENT},
      {"M99", "M9986", v1::SUBSUMPTION_OUTCOME_SUBSUMES},
      {"13", "M9986", v1::SUBSUMPTION_OUTCOME_SUBSUMES},
      {"M9986", "M99-M99", v1::SUBSUMPTION_OUTCOME_SUBSUMED_BY},
      {"M9986", "M9983", v1::SUBSUMPTION_OUTCOME_NOT_SUBSUMED},
      {"M99", "QA00", v1::SUBSUMPTION_OUTCOME_NOT_SUBSUMED},
      {"13", "QA00", v1::SUBSUMPTION_OUTCOME_NOT_KNOWN},
      {"QA0", "M99-M99", v1::SUBSUMPTION_OUTCOME_NOT_KNOWN},
      {"QA0", "QA00", v1::SUBSUMPTION_OUTCOME_SUBSUMES},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Subsumption(*image_, At(test.a), At(test.b)), test.outcome)
        << test.a << " " << test.b;
  }
}

TEST_F(HierarchyTest, FindsTheLowestCommonAncestor) {
  const struct {
    std::vector<const char*> keys;
    const char* ancestor;
    bool not_known;
  } kCases[] = {
      {{"M9983", "M9986"}, "M99.8", false},  {{"M9983", "M999"}, "M99", false},
      {{"M9983", "M95"}, "13", false},       {{"M99", "M9986"}, "M99", false},
      {{"M9986"}, "M99.86", false},          {{"M9986", "C76"}, "", false},
      {{"M9986", "QA00"}, "", true},         {{"QA0", "QA00"}, "QA0", false},
      {{"C76", "M9986", "QA00"}, "", false}, {{"QA00", "C76", "M9986"}, "", false},
      {{"C76", "C80", "QA00"}, "", true},    {{"QA0", "13"}, "", true},
  };
  for (const auto& test : kCases) {
    std::vector<NodeIndex> nodes;
    for (const char* key : test.keys) nodes.push_back(At(key));
    const CommonAncestor common = FindCommonAncestor(*image_, nodes);
    EXPECT_EQ(common.node.has_value() ? image::IdOf(*image_, *common.node) : "", test.ancestor)
        << test.keys[0];
    EXPECT_EQ(common.not_known, test.not_known) << test.keys[0];
  }
}

TEST_F(HierarchyTest, ListsByEachConditionAndByAllTogether) {
  ListFilter filter;
  filter.under = At("M99-M99");
  EXPECT_THAT(Ids(ListConcepts(*image_, filter)),
              ElementsAre("M99-M99", "M99", "M99.8", "M99.83", "M99.86", "M99.9"));
  filter.billable = true;
  EXPECT_THAT(Ids(ListConcepts(*image_, filter)), ElementsAre("M99.83", "M99.86", "M99.9"));
  filter.prefix = "M998";
  EXPECT_THAT(Ids(ListConcepts(*image_, filter)), ElementsAre("M99.83", "M99.86"));
  filter = {};
  filter.kinds = {v1::CONCEPT_KIND_CHAPTER, v1::CONCEPT_KIND_SUBCATEGORY};
  EXPECT_THAT(Ids(ListConcepts(*image_, filter)), ElementsAre("2", "13", "M99.8"));
  filter = {};
  filter.range = {At("C7A"), At("M99")};
  EXPECT_THAT(
      Ids(ListConcepts(*image_, filter)),
      ElementsAre("C7A", "C7A.0", "C80", "M95", "M99", "M99.8", "M99.83", "M99.86", "M99.9"));
}

TEST_F(HierarchyTest, SaysWhereAListMayLackConcepts) {
  ListFilter filter;
  EXPECT_FALSE(IsComplete(*image_, filter));
  filter.kinds = {v1::CONCEPT_KIND_CHAPTER};
  EXPECT_FALSE(IsComplete(*image_, filter));
  filter.kinds = {v1::CONCEPT_KIND_CODE, v1::CONCEPT_KIND_CATEGORY};
  EXPECT_TRUE(IsComplete(*image_, filter));
  filter.under = At("M99-M99");
  EXPECT_FALSE(IsComplete(*image_, filter));
  filter.under = At("M99");
  EXPECT_TRUE(IsComplete(*image_, filter));
  filter = {};
  filter.billable = true;
  EXPECT_TRUE(IsComplete(*image_, filter));
  filter = {};
  filter.prefix = "M";
  EXPECT_TRUE(IsComplete(*image_, filter));
}

TEST_F(HierarchyTest, AListIsCompleteWhereEveryCategoryIsPlaced) {
  model::Tabular tabular;
  tabular.chapters.push_back(Chapter("13", "Musculoskeletal", {Section("M99-M99", "x", {"M99"})}));
  const auto image = *pages_.BuildImage("2026", Order({{"M99", true, "f"}}), &tabular);
  ListFilter filter;
  EXPECT_TRUE(IsComplete(*image, filter));
  filter.under = *image->Find("13");
  EXPECT_TRUE(IsComplete(*image, filter));
  EXPECT_TRUE(FindRelatives(*image, *image->Find("13"), v1::RELATION_SIBLINGS).complete);
}

TEST(ParsePatternTest, ReadsPatternsAsCodersWriteThem) {
  const struct {
    const char* text;
    const char* prefix;
  } kValid[] = {{"E11.-", "E11"}, {"e11", "E11"},     {" E11.6- ", "E116"}, {"T36.0X", "T360X"},
                {"E", "E"},       {"O24.4-", "O244"}, {"QA0.-", "QA0"}};
  for (const auto& test : kValid) {
    const auto prefix = ParsePattern(test.text);
    ASSERT_TRUE(prefix.ok()) << test.text << " " << prefix.status();
    EXPECT_EQ(*prefix, test.prefix) << test.text;
  }
  for (const char* text : {"", "-", ".", "1A", "E1.1", "E11.1.1", "E11 6", "E11.12345", "é"}) {
    EXPECT_EQ(model::ReasonOf(ParsePattern(text).status()), model::Reason::kArgumentInvalid)
        << text;
  }
}

}  // namespace
}  // namespace codeset::query
