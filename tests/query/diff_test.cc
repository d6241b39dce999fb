#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "storage/query/change_wire.h"
#include "storage/query/diff_messages.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using testing::Chapter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;
using testing::PlainNote;
using testing::Section;

model::Tabular Neurology(const char* sclerosis_title) {
  model::Tabular tabular;
  tabular.chapters.push_back(Chapter("6", "Nervous system",
                                     {Section("G30-G32", "Degenerative", {"G30"}),
                                      Section("G35-G37", "Demyelinating", {"G35", "G36"})}));
  tabular.chapters[0].sections[1].categories[0].diags[0].title = sclerosis_title;
  return tabular;
}

model::OrderFacts Before() {
  return Order({{"G30", true, "Alzheimer's disease"},
                {"G35", true, "Multiple sclerosis"},
                {"G36", false, "Other demyelination"},
                {"G360", true, "Neuromyelitis  optica"},
                {"G361", true, "Leukoencephalitis"},
                {"G369", true, "Demyelination, unspecified"}});
}

model::OrderFacts After() {
  return Order({{"G30", true, "Alzheimer's disease"},
                {"G35", false, "Multiple sclerosis"},
                {"G35A", true, "Relapsing-remitting multiple sclerosis"},
                {"G36", false, "Other demyelination"},
                {"G360", true, "Neuromyelitis optica"},
                {"G369", true, "Demyelination, not specified"}});
}

std::vector<std::string> Lines(const image::Image& from, const image::Image& to,
                               const DiffFilter& filter = {}) {
  std::vector<std::string> lines;
  for (const Change& change : Diff(from, to, filter)) {
    v1::StreamDiffResponse response;
    SetChange(from, to, change, *response.add_changes());
    const v1::Change& message = response.changes(0);
    // As bytes it is told the same.
    std::string bytes;
    AppendChange(v1::StreamDiffResponse::kChangesFieldNumber, from, to, change, bytes);
    EXPECT_EQ(bytes, response.SerializeAsString()) << message.ShortDebugString();
    lines.push_back(absl::StrCat(message.id(), " ", v1::ChangeKind_Name(message.kind()).substr(12),
                                 message.white_space_only() ? " (white space)" : ""));
  }
  return lines;
}

TEST(DiffTest, TellsOrderFactsApartByFacetInTabularOrderWithDeletionsWhereTheyStood) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2025", Before());
  const auto to = *pages.BuildImage("2026", After());
  EXPECT_THAT(Lines(*from, *to),
              ElementsAre("G35 BECAME_HEADER", "G35.A ADDED", "G36.0 TITLE_CHANGED (white space)",
                          "G36.0 SHORT_TITLE_CHANGED (white space)", "G36.1 DELETED",
                          "G36.9 TITLE_CHANGED", "G36.9 SHORT_TITLE_CHANGED"));
}

TEST(DiffTest, IsEmptyAgainstItself) {
  MemoryPages pages;
  const model::Tabular tabular = Neurology("Multiple sclerosis");
  const auto image = *pages.BuildImage("2025", Before(), &tabular);
  EXPECT_THAT(Lines(*image, *image), IsEmpty());
}

TEST(DiffTest, FiltersByFacetAndBySubtreeInEitherRelease) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2025", Before());
  const auto to = *pages.BuildImage("2026", After());
  DiffFilter filter;
  filter.facets = {v1::FACET_EXISTENCE};
  EXPECT_THAT(Lines(*from, *to, filter), ElementsAre("G35.A ADDED", "G36.1 DELETED"));
  filter.under = "G35";
  EXPECT_THAT(Lines(*from, *to, filter), ElementsAre("G35.A ADDED"));
  filter.under = "G361";
  EXPECT_THAT(Lines(*from, *to, filter), ElementsAre("G36.1 DELETED"));
}

TEST(DiffTest, MirrorsItself) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2025", Before());
  const auto to = *pages.BuildImage("2026", After());
  EXPECT_THAT(
      Lines(*to, *from),
      ElementsAre("G35 BECAME_BILLABLE", "G35.A DELETED", "G36.0 TITLE_CHANGED (white space)",
                  "G36.0 SHORT_TITLE_CHANGED (white space)", "G36.1 ADDED", "G36.9 TITLE_CHANGED",
                  "G36.9 SHORT_TITLE_CHANGED"));
}

TEST(DiffTest, ComparesNotesOfEveryLevelAndWhatTheTabularListSays) {
  MemoryPages pages;
  const model::Tabular old_list = Neurology("Multiple sclerosis");
  model::Tabular new_list = Neurology("Multiplé sclerosis");
  new_list.chapters[0].facts.notes.push_back(PlainNote(model::NoteKind::kExcludes2, {"x (P00)"}));
  new_list.chapters[0].sections[0].title = "Other degenerative";
  new_list.chapters[0].sections[1].categories[0].diags[0].facts.seventh_characters =
      model::SeventhCharacters{{}, {{"A", "initial", {}}}};
  new_list.chapters[0].sections[1].categories[1].diags[0].facts.notes.push_back(
      PlainNote(model::NoteKind::kIncludes, {"y"}));
  const auto from = *pages.BuildImage("2025", Before(), &old_list);
  const auto to = *pages.BuildImage("2026", Before(), &new_list);
  EXPECT_THAT(Lines(*from, *to), ElementsAre("6 NOTES_CHANGED", "G30-G32 TITLE_CHANGED",
                                             "G35 SEVENTH_CHARACTERS_CHANGED",
                                             "G35 TABULAR_OTHER_CHANGED", "G36 NOTES_CHANGED"));
}

TEST(DiffTest, SeesAMoveBetweenSectionsThoughTheCategorysPagesAreEqual) {
  MemoryPages pages;
  const model::Tabular old_list = Neurology("Multiple sclerosis");
  model::Tabular new_list = old_list;
  auto& sections = new_list.chapters[0].sections;
  sections[0].categories.push_back(sections[1].categories[0]);
  sections[1].categories.erase(sections[1].categories.begin());
  const auto from = *pages.BuildImage("2025", Before(), &old_list);
  const auto to = *pages.BuildImage("2026", Before(), &new_list);
  EXPECT_THAT(Lines(*from, *to), ElementsAre("G35 MOVED"));
}

// The order file of 2013 leaves some categories out.
TEST(DiffTest, SeesThatACodeCameToLieBelowAnotherWithoutTabularLists) {
  MemoryPages pages;
  const model::Tabular tabular = Neurology("Multiple sclerosis");
  const auto without =
      *pages.BuildImage("2013", Order({{"G360", true, "Neuromyelitis"}}), &tabular);
  const auto with =
      *pages.BuildImage("2014", Order({{"G36", false, "Other"}, {"G360", true, "Neuromyelitis"}}));
  EXPECT_THAT(Lines(*without, *with), ElementsAre("G36 ADDED", "G36.0 MOVED"));
  EXPECT_THAT(Lines(*with, *without), ElementsAre("G36 DELETED", "G36.0 MOVED"));
}

TEST(DiffTest, SaysWhereChangesBelowAChapterMayBeMissing) {
  MemoryPages pages;
  const model::Tabular tabular = Neurology("Multiple sclerosis");
  const auto placed = *pages.BuildImage("2025", Before(), &tabular);
  const auto unplaced = *pages.BuildImage("2026", After());
  const struct {
    const image::Image& from;
    const image::Image& to;
    std::optional<std::string> under;
    bool complete;
  } kCases[] = {
      {*placed, *placed, "6", true},
      {*placed, *unplaced, "6", false},
      {*unplaced, *placed, "G30-G32", false},
      {*placed, *unplaced, "G36", true},
      {*placed, *unplaced, std::nullopt, true},
  };
  for (const auto& test : kCases) {
    DiffFilter filter;
    filter.under = test.under;
    EXPECT_EQ(IsComplete(test.from, test.to, filter), test.complete) << test.under.value_or("");
  }
}

TEST(DiffTest, ReportsWhatItCannotCompareInsteadOfDenyingIt) {
  MemoryPages pages;
  const model::Tabular tabular = Neurology("Multiple sclerosis");
  const auto with = *pages.BuildImage("2025", Before(), &tabular);
  const auto without = *pages.BuildImage("2026", Before());
  EXPECT_THAT(Lines(*with, *without), IsEmpty());
  for (const v1::FacetComparability& facet : Comparabilities(*with, *without, {})) {
    const bool order =
        facet.facet() == v1::FACET_BILLABLE || facet.facet() == v1::FACET_SHORT_TITLE;
    const bool partly = facet.facet() == v1::FACET_EXISTENCE || facet.facet() == v1::FACET_TITLE ||
                        facet.facet() == v1::FACET_PARENT;
    EXPECT_EQ(facet.comparability(), order    ? v1::COMPARABILITY_COMPARABLE
                                     : partly ? v1::COMPARABILITY_CODES_ONLY
                                              : v1::COMPARABILITY_NOT_COMPARABLE)
        << v1::Facet_Name(facet.facet());
    if (facet.facet() == v1::FACET_POA_EXEMPTION) {
      EXPECT_THAT(facet.missing_in(), ElementsAre("2025", "2026"));
    } else if (!order) {
      EXPECT_THAT(facet.missing_in(), ElementsAre("2026"));
    }
  }
}

TEST(DiffTest, CountsByKindAndHowManyAreBillable) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2025", Before());
  const auto to = *pages.BuildImage("2026", After());
  std::vector<std::string> lines;
  for (const v1::ChangeCount& count : CountChanges(*from, *to, Diff(*from, *to, {}))) {
    lines.push_back(
        absl::StrCat(v1::ChangeKind_Name(count.kind()), " ", count.count(), " ", count.billable()));
  }
  EXPECT_THAT(lines, ElementsAre("CHANGE_KIND_ADDED 1 1", "CHANGE_KIND_DELETED 1 1",
                                 "CHANGE_KIND_BECAME_HEADER 1 0", "CHANGE_KIND_TITLE_CHANGED 2 2",
                                 "CHANGE_KIND_SHORT_TITLE_CHANGED 2 2"));
}

}  // namespace
}  // namespace codeset::query
