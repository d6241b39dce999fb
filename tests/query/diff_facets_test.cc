// Filters, what changes carry, and counts. That facets are told apart: diff_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/query/diff.h"
#include "storage/query/diff_messages.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using image::Image;
using model::NoteKind;
using testing::Chapter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;
using testing::PlainNote;
using testing::Section;

// Images with a list of POA-exempt codes in force, lent by `from` where that is another.
class PoaPages : public MemoryPages {
 public:
  std::shared_ptr<const Image> Build(const std::string& id, const model::OrderFacts& order,
                                     const std::vector<std::string>* exempt) {
    image::ImageSpec spec;
    spec.release_id = id;
    spec.groups.emplace_back(model::FacetGroup::kOrder, Add(model::EncodeOrder(order)));
    if (exempt != nullptr) {
      const model::Digest root = Add(model::EncodePoa({*exempt}));
      spec.groups.emplace_back(model::FacetGroup::kPoa, root);
      spec.poa = {id, root};
    }
    auto image = Image::Build(std::move(spec), *this, own_cache_);
    EXPECT_TRUE(image.ok()) << image.status();
    return *std::move(image);
  }

 private:
  image::PageCache own_cache_;
};

std::vector<std::string> Lines(const Image& from, const Image& to, const DiffFilter& filter) {
  std::vector<std::string> lines;
  for (const Change& change : Diff(from, to, filter)) {
    const v1::Change message = ToMessage(from, to, change);
    lines.push_back(
        absl::StrCat(message.id(), " ", v1::ChangeKind_Name(message.kind()).substr(12)));
  }
  return lines;
}

TEST(DiffPoaTest, ComparesWhatIsBillableInBoth) {
  PoaPages pages;
  const std::vector<std::string> old_list = {"Z000", "Z001", "Z003"};
  const std::vector<std::string> new_list = {"Z000", "Z002", "Z0030", "Z004"};
  const auto from = pages.Build("2025",
                                Order({{"Z00", false, "Examination"},
                                       {"Z000", true, "zero"},
                                       {"Z001", true, "one"},
                                       {"Z002", true, "two"},
                                       {"Z003", true, "three"}}),
                                &old_list);
  const auto to = pages.Build("2026",
                              Order({{"Z00", false, "Examination"},
                                     {"Z000", true, "zero"},
                                     {"Z001", true, "one"},
                                     {"Z002", true, "two"},
                                     {"Z003", false, "three"},
                                     {"Z0030", true, "three, zero"},
                                     {"Z004", true, "four"}}),
                              &new_list);
  DiffFilter filter;
  filter.facets = {v1::FACET_POA_EXEMPTION};
  EXPECT_THAT(Lines(*from, *to, filter),
              ElementsAre("Z00.1 POA_EXEMPTION_CHANGED", "Z00.2 POA_EXEMPTION_CHANGED"));
  const v1::Change left = ToMessage(*from, *to, Diff(*from, *to, filter)[0]);
  EXPECT_TRUE(left.before().poa_exempt());
  EXPECT_FALSE(left.after().poa_exempt());
  EXPECT_TRUE(left.after().has_poa_exempt());
  EXPECT_EQ(Comparabilities(*from, *to, filter)[0].comparability(), v1::COMPARABILITY_COMPARABLE);
}

TEST(DiffPoaTest, ComparesNothingWhereAListIsNotKnown) {
  PoaPages pages;
  const model::OrderFacts order = Order({{"Z00", true, "Examination"}});
  const std::vector<std::string> list = {"Z00"};
  const auto with = pages.Build("2026", order, &list);
  const auto without = pages.Build("2027", order, nullptr);
  for (const auto& [from, to] : {std::pair(with, without), std::pair(without, with)}) {
    const Difference difference = Compare(*from, *to, {});
    EXPECT_THAT(difference.changes, IsEmpty());
    EXPECT_EQ(difference.categories_compared, 0);
    DiffFilter filter;
    filter.facets = {v1::FACET_POA_EXEMPTION};
    const v1::FacetComparability facet = Comparabilities(*from, *to, filter)[0];
    EXPECT_EQ(facet.comparability(), v1::COMPARABILITY_NOT_COMPARABLE);
    EXPECT_THAT(facet.missing_in(), ElementsAre("2027"));
  }
}

TEST(DiffPoaTest, LooksAtACategoryOfWhichTheListAloneDiffers) {
  PoaPages pages;
  const model::OrderFacts order = Order({{"Y92", true, "Place"}, {"Z00", true, "Examination"}});
  const std::vector<std::string> none = {"Y92"};
  const std::vector<std::string> all = {"Y92", "Z00"};
  const Difference difference =
      Compare(*pages.Build("2025", order, &none), *pages.Build("2026", order, &all), {});
  EXPECT_EQ(difference.changes.size(), 1U);
  EXPECT_EQ(difference.categories_compared, 1);
}

model::OrderFacts Old() {
  return Order({{"G35", true, "Sclerosis"},
                {"G36", false, "Other"},
                {"G360", true, "Neuromyelitis"},
                {"H60", false, "Otitis"},
                {"H600", true, "Abscess"}});
}

model::OrderFacts New() {
  return Order({{"G35", false, "Sclerosis"},
                {"G35A", true, "Relapsing"},
                {"G35B", false, "Progressive"},
                {"G35B0", true, "Primary progressive"},
                {"G36", false, "Others"},
                {"G360", true, "Neuromyelitis optica"},
                {"H61", true, "Otitis"}});
}

model::Tabular List() {
  model::Tabular tabular;
  tabular.chapters.push_back(
      Chapter("6", "Nervous system", {Section("G35-G37", "Demyelinating", {"G35", "G36"})}));
  tabular.chapters.push_back(
      Chapter("8", "Ear", {Section("H60-H62", "External ear", {"H60", "H61"})}));
  return tabular;
}

TEST(DiffTest, NamesTheBillableCodesToMoveToInEitherDirection) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2025", Old());
  const auto to = *pages.BuildImage("2026", New());
  DiffFilter filter;
  filter.facets = {v1::FACET_BILLABLE};
  EXPECT_THAT(ToMessage(*from, *to, Diff(*from, *to, filter)[0]).billable_descendant_ids(),
              ElementsAre("G35.A", "G35.B0"));
  EXPECT_THAT(ToMessage(*to, *from, Diff(*to, *from, filter)[0]).billable_descendant_ids(),
              ElementsAre("G35.A", "G35.B0"));
}

TEST(DiffTest, KeepsToWhatIsBillableOnEitherSide) {
  MemoryPages pages;
  DiffFilter filter;
  filter.billable_only = true;
  filter.facets = {v1::FACET_EXISTENCE, v1::FACET_BILLABLE, v1::FACET_TITLE};
  EXPECT_THAT(Lines(**pages.BuildImage("2025", Old()), **pages.BuildImage("2026", New()), filter),
              ElementsAre("G35 BECAME_HEADER", "G35.A ADDED", "G35.B0 ADDED", "G36.0 TITLE_CHANGED",
                          "H60.0 DELETED", "H61 ADDED"));
}

TEST(DiffTest, KeepsToTheKindsOfNoteAskedForAndCountsThem) {
  MemoryPages pages;
  const model::Tabular old_list = List();
  model::Tabular new_list = List();
  auto& chapter = new_list.chapters[0];
  chapter.facts.notes.push_back(PlainNote(NoteKind::kExcludes1, {"one", "two"}));
  chapter.facts.notes.push_back(PlainNote(NoteKind::kExcludes2, {"three"}));
  chapter.sections[0].facts.notes.push_back(PlainNote(NoteKind::kIncludes, {"four"}));
  const auto from = *pages.BuildImage("2025", Old(), &old_list);
  const auto to = *pages.BuildImage("2026", Old(), &new_list);
  DiffFilter filter;
  EXPECT_THAT(Lines(*from, *to, filter), ElementsAre("6 NOTES_CHANGED", "G35-G37 NOTES_CHANGED"));
  filter.note_kinds = {v1::NOTE_KIND_EXCLUDES1};
  EXPECT_THAT(Lines(*from, *to, filter), ElementsAre("6 NOTES_CHANGED"));
  const std::vector<Change> changes = Diff(*from, *to, filter);
  const v1::Change message = ToMessage(*from, *to, changes[0]);
  ASSERT_EQ(message.note_edits_size(), 2);
  EXPECT_EQ(message.note_edits(1).kind(), v1::NOTE_EDIT_KIND_ADDED);
  EXPECT_EQ(message.note_edits(1).note_kind(), v1::NOTE_KIND_EXCLUDES1);
  EXPECT_EQ(message.note_edits(1).after().text(), "two");
  EXPECT_FALSE(message.note_edits(1).has_before());
  // The state is whole, whatever was asked for.
  EXPECT_EQ(message.after().notes_size(), 2);
  const std::vector<v1::NoteEditCount> counts = CountNoteEdits(changes);
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].count(), 2);
  EXPECT_EQ(counts[0].kind(), v1::NOTE_EDIT_KIND_ADDED);
}

std::vector<std::string> Chapters(const Image& from, const Image& to) {
  std::vector<std::string> lines;
  for (const v1::ChapterChanges& chapter : CountByChapter(from, to, Diff(from, to, {}))) {
    std::string line = absl::StrCat(chapter.chapter_id(), " ", chapter.title(), ":");
    for (const v1::ChangeCount& count : chapter.counts()) {
      absl::StrAppend(&line, " ", v1::ChangeKind_Name(count.kind()).substr(12), " ", count.count(),
                      "/", count.billable());
    }
    lines.push_back(line);
  }
  return lines;
}

TEST(DiffCountsTest, CountsByChapterWithTheUnknownOneLast) {
  MemoryPages pages;
  const model::Tabular list = List();
  model::Tabular without_ear = List();
  without_ear.chapters.pop_back();
  model::Tabular renamed = List();
  renamed.chapters[1].title = "Ear and mastoid process";
  const auto from = *pages.BuildImage("2025", Old(), &list);
  // Short titles change with the titles here.
  EXPECT_THAT(Chapters(*from, **pages.BuildImage("2026", New(), &renamed)),
              ElementsAre("6 Nervous system: ADDED 3/2 BECAME_HEADER 1/0 TITLE_CHANGED 2/1 "
                          "SHORT_TITLE_CHANGED 2/1",
                          "8 Ear and mastoid process: ADDED 1/1 DELETED 2/1 TITLE_CHANGED 1/0"));
  // The second release knows no chapter 8: what it adds there is unknown to it, what it deletes
  // lay there.
  EXPECT_THAT(Chapters(*from, **pages.BuildImage("2026", New(), &without_ear)),
              ElementsAre("6 Nervous system: ADDED 3/2 BECAME_HEADER 1/0 TITLE_CHANGED 2/1 "
                          "SHORT_TITLE_CHANGED 2/1",
                          "8 Ear: DELETED 4/1", " : ADDED 1/1"));
}

TEST(DiffTest, OpensOnlyTheCategoriesThatDiffer) {
  MemoryPages pages;
  const auto from = *pages.BuildImage("2025", Old());
  model::OrderFacts changed = Old();
  changed.rows.back().long_title = "Another abscess";
  EXPECT_EQ(Compare(*from, *from, {}).categories_compared, 0);
  EXPECT_EQ(Compare(*from, **pages.BuildImage("2026", changed), {}).categories_compared, 1);
  EXPECT_EQ(Compare(*from, **pages.BuildImage("2026", New()), {}).categories_compared, 4);
}

}  // namespace
}  // namespace codeset::query
