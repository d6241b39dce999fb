#include "storage/query/code_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using testing::Chapter;
using ::testing::ElementsAre;
using testing::MemoryPages;
using testing::Order;
using testing::PlainNote;
using testing::Section;

model::OrderFacts Before() {
  return Order({{"M54", false, "Dorsalgia"},
                {"M541", true, "Radiculopathy"},
                {"M545", true, "Low back pain"},
                {"M546", true, "Pain in spine"},
                {"M548", false, "Other dorsalgia"},
                {"M5481", true, "Occipital neuralgia"},
                {"M549", true, "Dorsalgia, unspecified"},
                {"M60", false, "Myositis"},
                {"M600", true, "Infective myositis"},
                {"M601", false, "Interstitial myositis"},
                {"M6010", true, "Interstitial myositis, site unspecified"},
                {"M609", true, "Myositis, unspecified"}});
}

model::OrderFacts After() {
  return Order({{"M54", false, "Dorsalgia"},
                {"M541", true, "Radiculopathy"},
                {"M545", false, "Low back pain"},
                {"M5450", true, "Low back pain, unspecified"},
                {"M5451", true, "Vertebrogenic low back pain"},
                {"M546", true, "Pain in thoracic spine"},
                {"M547", true, "Pain in neck"},
                {"M548", false, "Other dorsalgia"},
                {"M5489", true, "Other dorsalgia, other"},
                {"M60", false, "Myositis"},
                {"M600", true, "Infective myositis"},
                {"M601", true, "Interstitial myositis"},
                {"M608", true, "Other myositis"},
                {"M61", true, "Calcification"}});
}

// `M54.5 NOW_HEADER MORE_SPECIFIC !`: id, outcomes, and whether the list breaks.
std::string Shown(const v1::CodeListRow& row) {
  std::string text = row.id().empty() ? "(none)" : row.id();
  for (const int outcome : row.outcomes()) {
    absl::StrAppend(&text, " ",
                    v1::CodeListOutcome_Name(static_cast<v1::CodeListOutcome>(outcome)).substr(18));
  }
  if (row.breaks()) absl::StrAppend(&text, " !");
  return text;
}

std::vector<v1::CodeListRow> Rows(const image::Image& from, const image::Image& to,
                                  const std::string& text) {
  const CodeListCheck check(from, to);
  const CodeListCheck::Entry entry = check.Read(text);
  std::vector<v1::CodeListRow> rows;
  for (size_t i = 0; i < entry.codes.size(); ++i) rows.push_back(check.RowOf(entry, i));
  return rows;
}

std::vector<std::string> Lines(const image::Image& from, const image::Image& to,
                               const std::string& text) {
  std::vector<std::string> lines;
  for (const v1::CodeListRow& row : Rows(from, to, text)) lines.push_back(Shown(row));
  return lines;
}

TEST(CodeListTest, TellsWhatBecameOfCodesPatternsAndRanges) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2021", Before());
  const auto to = *pages.BuildImage("2022", After());
  const struct {
    const char* entry;
    std::vector<std::string> rows;
  } kCases[] = {
      {"M54.1", {"M54.1 UNCHANGED"}},
      {" m541 ", {"M54.1 UNCHANGED"}},
      {"M54", {"M54 MORE_SPECIFIC"}},
      {"M54.9", {"M54.9 GONE !"}},
      {"M54.5", {"M54.5 NOW_HEADER MORE_SPECIFIC !"}},
      {"M54.6", {"M54.6 TITLE_CHANGED"}},
      {"M60.1", {"M60.1 NOW_BILLABLE"}},
      {"M61", {"M61 UNKNOWN !"}},
      {"M99.99", {"M99.99 UNKNOWN !"}},
      // Gone codes follow what they followed; new ones stand where the newer release has them.
      {"M54.-",
       {"M54.1 UNCHANGED", "M54.5 NOW_HEADER MORE_SPECIFIC !", "M54.50 NEWLY_MATCHED",
        "M54.51 NEWLY_MATCHED", "M54.6 TITLE_CHANGED", "M54.81 GONE !", "M54.9 GONE !",
        "M54.7 NEWLY_MATCHED", "M54.89 NEWLY_MATCHED"}},
      // The header that became billable is one of the pattern's codes now.
      {"M60.1-", {"M60.10 GONE !", "M60.1 NEWLY_MATCHED NOW_BILLABLE"}},
      {"M54.7-", {"(none) UNKNOWN !", "M54.7 NEWLY_MATCHED"}},
      {"M61.-", {"(none) UNKNOWN !", "M61 NEWLY_MATCHED"}},
      {"Z-", {"(none) UNKNOWN !"}},
      {"M54.5-M54.6",
       {"M54.5 NOW_HEADER MORE_SPECIFIC !", "M54.50 NEWLY_MATCHED", "M54.51 NEWLY_MATCHED",
        "M54.6 TITLE_CHANGED"}},
      // A range takes in all that lies below its end.
      {"M54.6-M54.8",
       {"M54.6 TITLE_CHANGED", "M54.81 GONE !", "M54.7 NEWLY_MATCHED", "M54.89 NEWLY_MATCHED"}},
      {"M54.8 - M54.8", {"M54.81 GONE !", "M54.89 NEWLY_MATCHED"}},
      // Both ends are gone: the range lies between their neighbours that are still there.
      {"M54.81-M54.9", {"M54.81 GONE !", "M54.9 GONE !", "M54.89 NEWLY_MATCHED"}},
      {"M60.0-M60.9",
       {"M60.0 UNCHANGED", "M60.10 GONE !", "M60.9 GONE !", "M60.1 NEWLY_MATCHED NOW_BILLABLE",
        "M60.8 NEWLY_MATCHED"}},
      {"M60.9-M60.0", {"(none) MALFORMED !"}},
      {"M54.1-M54.7", {"(none) UNKNOWN !"}},
      {"M54.7-M54.8", {"(none) UNKNOWN !"}},
      {"13", {"(none) MALFORMED !"}},
      {"", {"(none) MALFORMED !"}},
      {"-", {"(none) MALFORMED !"}},
      {"M54.1-M54.5-M54.6", {"(none) MALFORMED !"}},
      {"M54.?", {"(none) MALFORMED !"}},
      {"M5.41", {"(none) MALFORMED !"}},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Lines(*from, *to, test.entry), test.rows) << test.entry;
  }
}

TEST(CodeListTest, SaysWhyAnEntryNamesNothing) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2021", Before());
  const auto to = *pages.BuildImage("2022", After());
  const struct {
    std::string entry;
    v1::ErrorReason reason;
    const char* words;
  } kCases[] = {
      {"M61", v1::ERROR_REASON_CONCEPT_NOT_FOUND, "release 2021 has no code M61; release 2022 has"},
      {"M99", v1::ERROR_REASON_CONCEPT_NOT_FOUND, "neither release 2021 nor release 2022"},
      {"Z9-", v1::ERROR_REASON_CONCEPT_NOT_FOUND, "no billable code that begins as Z9-"},
      {"M54.1-M54.7", v1::ERROR_REASON_CONCEPT_NOT_FOUND,
       "no code M54.7, with which the range ends"},
      {"M54.7-M54.8", v1::ERROR_REASON_CONCEPT_NOT_FOUND, "with which the range begins"},
      {"M60.9-M60.0", v1::ERROR_REASON_ARGUMENT_INVALID, "against the tabular order"},
      {"13", v1::ERROR_REASON_CONCEPT_ID_INVALID, "as chapters have"},
      {"!", v1::ERROR_REASON_CONCEPT_ID_INVALID, "an entry is a code (M99.86), a pattern"},
      {std::string(65, 'M'), v1::ERROR_REASON_ARGUMENT_INVALID, "65 bytes long"},
  };
  for (const auto& test : kCases) {
    const std::vector<v1::CodeListRow> rows = Rows(*from, *to, test.entry);
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows[0].reason(), test.reason) << test.entry;
    EXPECT_THAT(rows[0].message(), ::testing::HasSubstr(test.words));
  }
  EXPECT_EQ(Rows(*from, *to, "M61")[0].title_after(), "Calcification");
}

TEST(CodeListTest, NamesTheCodesToUseInstead) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2021", Before());
  const auto to = *pages.BuildImage("2022", After());
  const v1::CodeListRow row = Rows(*from, *to, "M54.5")[0];
  EXPECT_THAT(row.billable_descendant_ids(), ElementsAre("M54.50", "M54.51"));
  EXPECT_EQ(row.title_before(), "Low back pain");
  EXPECT_EQ(row.title_after(), "Low back pain");
  EXPECT_TRUE(Rows(*from, *to, "M54.1")[0].billable_descendant_ids().empty());
  // Of a header that takes in more, what is new; M54.89 is new below M54.8, too.
  EXPECT_THAT(Rows(*from, *to, "M54")[0].billable_descendant_ids(),
              ElementsAre("M54.50", "M54.51", "M54.7", "M54.89"));
}

model::Tabular Spine() {
  model::Tabular tabular;
  tabular.chapters.push_back(
      Chapter("13", "Musculoskeletal",
              {Section("M50-M54", "Back", {"M54"}), Section("M60-M63", "Muscle", {"M60"})}));
  return tabular;
}

TEST(CodeListTest, TellsOwnNotesFromThoseAboveAndLeavesOutInclusionTermsThere) {
  MemoryPages pages;
  const model::Tabular old_list = Spine();
  model::Tabular new_list = Spine();
  model::TabularChapter& chapter = new_list.chapters[0];
  chapter.facts.notes.push_back(PlainNote(model::NoteKind::kExcludes2, {"arthropathy"}));
  chapter.sections[0].categories[0].diags[0].facts.notes.push_back(
      PlainNote(model::NoteKind::kInclusionTerm, {"backache"}));
  chapter.sections[1].facts.notes.push_back(PlainNote(model::NoteKind::kIncludes, {"cramp"}));
  const auto from = *pages.BuildImage("2021", Before(), &old_list);
  const auto to = *pages.BuildImage("2022", Before(), &new_list);
  EXPECT_THAT(Lines(*from, *to, "M54"), ElementsAre("M54 NOTES_CHANGED INHERITED_NOTES_CHANGED"));
  const v1::CodeListRow below = Rows(*from, *to, "M54.1")[0];
  EXPECT_EQ(Shown(below), "M54.1 INHERITED_NOTES_CHANGED");
  EXPECT_THAT(below.notes_changed_on(), ElementsAre("13"));
  EXPECT_THAT(Rows(*from, *to, "M60.0")[0].notes_changed_on(), ElementsAre("M60-M63", "13"));
}

TEST(CodeListTest, TellsThatAMoveBringsOtherNotesToBear) {
  MemoryPages pages;
  model::Tabular old_list = Spine();
  old_list.chapters[0].sections[0].facts.notes.push_back(
      PlainNote(model::NoteKind::kExcludes1, {"injury"}));
  model::Tabular new_list = old_list;
  auto& sections = new_list.chapters[0].sections;
  sections[1].categories.push_back(sections[0].categories[0]);
  sections[0].categories.clear();
  const auto from = *pages.BuildImage("2021", Before(), &old_list);
  const auto to = *pages.BuildImage("2022", Before(), &new_list);
  EXPECT_THAT(Rows(*from, *to, "M54.1")[0].notes_changed_on(), ElementsAre("M50-M54"));
  EXPECT_THAT(Rows(*to, *from, "M54.1")[0].notes_changed_on(), ElementsAre("M50-M54"));
}

TEST(CodeListTest, SaysNothingOfNotesThatOneReleaseDoesNotKnow) {
  MemoryPages pages;
  model::Tabular list = Spine();
  list.chapters[0].sections[0].categories[0].diags[0].facts.notes.push_back(
      PlainNote(model::NoteKind::kIncludes, {"backache"}));
  const auto with = *pages.BuildImage("2021", Before(), &list);
  const auto without = *pages.BuildImage("2022", Before());
  EXPECT_FALSE(CodeListCheck(*with, *without).notes_compared());
  EXPECT_THAT(Lines(*with, *without, "M54"), ElementsAre("M54 UNCHANGED"));
  EXPECT_THAT(Lines(*without, *with, "M54.1"), ElementsAre("M54.1 UNCHANGED"));
}

}  // namespace
}  // namespace codeset::query
