#include "storage/model/release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace codeset::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TabularChapter ChapterOf(const std::vector<std::string>& ids) {
  TabularChapter chapter;
  for (const std::string& id : ids) {
    TabularSection section;
    section.id = id;
    chapter.sections.push_back(section);
  }
  return chapter;
}

// The ids of sections with that of the section that each lies in, "" for none.
std::map<std::string, std::string> Parents(const TabularChapter& chapter) {
  std::map<std::string, std::string> parents;
  for (const TabularSection& section : chapter.sections) {
    parents[section.id] = section.parent < 0 ? "" : chapter.sections[section.parent].id;
  }
  return parents;
}

TEST(LinkSectionsTest, NestsEachInTheNarrowestAroundIt) {
  TabularChapter chapter =
      ChapterOf({"C00-C96", "C00-C75", "C00-C14", "C73-C75", "C76-C80", "D00-D09", "C81-C96"});
  EXPECT_THAT(LinkSections(chapter), IsEmpty());
  EXPECT_THAT(Parents(chapter), ElementsAre(Pair("C00-C14", "C00-C75"), Pair("C00-C75", "C00-C96"),
                                            Pair("C00-C96", ""), Pair("C73-C75", "C00-C75"),
                                            Pair("C76-C80", "C00-C96"), Pair("C81-C96", "C00-C96"),
                                            Pair("D00-D09", "")));
}

// The publisher's ids; C76-C80 holds categories, C00-C96 and C00-C75 do not.
TEST(LinkSectionsTest, NestsNothingInASectionThatHoldsCategories) {
  TabularChapter chapter = ChapterOf({"C00-C96", "C00-C75", "C73-C75", "C7A-C7A", "C76-C80"});
  for (const size_t with_categories : {2, 3, 4}) {
    chapter.sections[with_categories].categories.push_back({"C76", {}});
  }
  EXPECT_THAT(LinkSections(chapter), IsEmpty());
  EXPECT_THAT(Parents(chapter), ElementsAre(Pair("C00-C75", "C00-C96"), Pair("C00-C96", ""),
                                            Pair("C73-C75", "C00-C75"), Pair("C76-C80", "C00-C96"),
                                            Pair("C7A-C7A", "C00-C96")));
}

TEST(LinkSectionsTest, TakesTheGreatestFirstThenTheSmallestLast) {
  TabularChapter chapter = ChapterOf({"A00-A50", "A10-A90", "A10-A80", "A20-A30"});
  LinkSections(chapter);
  EXPECT_EQ(Parents(chapter)["A20-A30"], "A10-A80");
  EXPECT_EQ(Parents(chapter)["A10-A80"], "A10-A90");
}

TEST(LinkSectionsTest, ReportsSectionsThatOverlapAndNestsThemNot) {
  TabularChapter chapter = ChapterOf({"A00-A19", "A10-A29", "A30-A39"});
  EXPECT_THAT(LinkSections(chapter), ElementsAre(Pair("A00-A19", "A10-A29")));
  EXPECT_EQ(Parents(chapter)["A00-A19"], "");
  EXPECT_EQ(Parents(chapter)["A10-A29"], "");
}

TEST(LinkSectionsTest, IgnoresEarlierLinks) {
  TabularChapter chapter = ChapterOf({"A00-A09", "B00-B09"});
  chapter.sections[1].parent = 0;
  LinkSections(chapter);
  EXPECT_EQ(chapter.sections[1].parent, -1);
}

TEST(ReleaseTest, NamesNoteKindsAsTheXmlDoes) {
  const struct {
    NoteKind kind;
    const char* name;
  } kCases[] = {
      {NoteKind::kIncludes, "includes"},   {NoteKind::kExcludes1, "excludes1"},
      {NoteKind::kExcludes2, "excludes2"}, {NoteKind::kCodeFirst, "codeFirst"},
      {NoteKind::kCodeAlso, "codeAlso"},   {NoteKind::kUseAdditionalCode, "useAdditionalCode"},
      {NoteKind::kNote, "notes"},          {NoteKind::kInclusionTerm, "inclusionTerm"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(NoteKindName(test.kind), test.name);
    EXPECT_EQ(NoteKindFromName(test.name), test.kind);
  }
  EXPECT_EQ(NoteKindFromName("note"), std::nullopt);
  EXPECT_EQ(NoteKindFromName(""), std::nullopt);
}

TEST(ReleaseTest, NamesFacetGroups) {
  EXPECT_EQ(FacetGroupName(FacetGroup::kOrder), "order");
  EXPECT_EQ(FacetGroupName(FacetGroup::kTabular), "tabular");
  EXPECT_EQ(FacetGroupName(FacetGroup::kPoa), "poa");
  EXPECT_EQ(FacetGroupName(FacetGroup::kConversion), "conversion");
}

}  // namespace
}  // namespace codeset::model
