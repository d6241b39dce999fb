#include "storage/query/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using model::FacetGroup;
using model::NoteKind;
using testing::Chapter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;
using testing::PlainNote;
using testing::Section;

// A line of releases, made one after the other.
class Line {
 public:
  explicit Line(absl::string_view editions, absl::string_view today = "2027-01-01")
      : editions_(*model::EditionRegister({}).Extend(editions, "a test")),
        today_(*model::ParseDate(today)) {}

  // Adds a release; `note` stands on M99 where it is not null, and a null `poa` is a list that
  // is not known.
  Line& Add(const std::string& id, const model::OrderFacts& order, const char* note = nullptr,
            const std::vector<std::string>* poa = nullptr) {
    const model::ReleaseId release_id = *model::ReleaseId::Parse(id);
    image::ImageSpec spec;
    spec.release_id = id;
    spec.effective = release_id.DefaultEffectiveDate();
    spec.groups.emplace_back(FacetGroup::kOrder, pages_.Add(model::EncodeOrder(order)));
    model::TimelineRelease release{
        release_id, spec.effective, {FacetGroup::kOrder}, poa != nullptr, false};
    if (note != nullptr) {
      model::TabularSection section = Section("M99-M99", "Lesions", {"M99"});
      model::Diag& diag = section.categories[0].diags[0];
      if (*note != '\0') diag.facts.notes.push_back(PlainNote(NoteKind::kExcludes1, {note}));
      const model::Tabular tabular{{Chapter("13", "Musculoskeletal", {section})}};
      spec.groups.emplace_back(FacetGroup::kTabular, pages_.Add(model::EncodeTabular(tabular)));
      release.groups.push_back(FacetGroup::kTabular);
    }
    if (poa != nullptr) spec.poa = {id, pages_.Add(model::EncodePoa({*poa}))};
    auto image = image::Image::Build(std::move(spec), pages_, cache_);
    EXPECT_TRUE(image.ok()) << image.status();
    images_.push_back(*std::move(image));
    releases_.push_back(std::move(release));
    return *this;
  }

  Histories Tell() const {
    return Histories(model::MakeTimeline(releases_, editions_, today_), images_);
  }

 private:
  model::EditionRegister editions_;
  model::Date today_;
  MemoryPages pages_;
  image::PageCache cache_;
  std::vector<model::TimelineRelease> releases_;
  std::vector<std::shared_ptr<const image::Image>> images_;
};

// `2023@2022-10-01..2024-10-01`; `?` after `@` and `..` where a gap precedes or follows.
std::string Show(const v1::HistorySpan& span) {
  return absl::StrCat(span.from_release_id(), "@", span.begins_after_gap() ? "?" : "",
                      span.from_date(), "..", span.ends_in_gap() ? "?" : "", span.until_date());
}

// The spans of a life, facet by facet: `status …`, `title …`, `notes …`, `poa …`.
std::vector<std::string> Show(const Histories& histories, absl::string_view code,
                              absl::string_view facet) {
  const std::optional<v1::CodeHistory> life = histories.Of(code, {.notes = true});
  std::vector<std::string> shown;
  if (!life.has_value()) return shown;
  if (facet == "status") {
    for (const v1::StatusSpan& span : life->statuses()) {
      const std::string name = v1::CodeStatus_Name(span.status());
      shown.push_back(
          absl::StrCat(name.substr(sizeof("CODE_STATUS_") - 1), " ", Show(span.span())));
    }
  } else if (facet == "title") {
    for (const v1::TitleSpan& span : life->titles()) {
      shown.push_back(absl::StrCat(span.title(), " ", Show(span.span())));
    }
  } else if (facet == "notes") {
    for (const v1::NotesSpan& span : life->notes()) {
      std::vector<std::string> items;
      for (const v1::Note& note : span.notes()) items.push_back(note.groups(0).items(0));
      shown.push_back(absl::StrCat(span.known() ? absl::StrJoin(items, ",") : "NOT_KNOWN", " ",
                                   Show(span.span())));
    }
  } else {
    for (const v1::PoaSpan& span : life->poa()) {
      const std::string name = v1::PoaState_Name(span.state());
      shown.push_back(absl::StrCat(name.substr(sizeof("POA_STATE_") - 1), " ", Show(span.span())));
    }
  }
  return shown;
}

const model::OrderFacts kPlain = Order({{"M99", false, "Lesions"}, {"M990", true, "Segmental"}});

TEST(HistoriesTest, MergesEqualNeighbours) {
  Line line("");
  line.Add("2025", kPlain).Add("2025-04", kPlain).Add("2026", kPlain).Add("2027", kPlain);
  const Histories told = line.Tell();
  EXPECT_THAT(Show(told, "M990", "status"), ElementsAre("BILLABLE 2025@2024-10-01.."));
  EXPECT_THAT(Show(told, "M990", "title"), ElementsAre("Segmental 2025@2024-10-01.."));
  EXPECT_THAT(Show(told, "M99", "status"), ElementsAre("HEADER 2025@2024-10-01.."));
}

TEST(HistoriesTest, TellsEveryTurnOfACode) {
  Line line("");
  line.Add("2024", kPlain)
      .Add("2025", Order({{"M99", false, "Lesions"},
                          {"M990", false, "Segmental"},
                          {"M9900", true, "Of the head"}}))
      .Add("2026", Order({{"M99", true, "Lesions, revised"}}))
      .Add("2027", kPlain);
  const Histories told = line.Tell();
  EXPECT_THAT(
      Show(told, "M990", "status"),
      ElementsAre("BILLABLE 2024@2023-10-01..2024-10-01", "HEADER 2025@2024-10-01..2025-10-01",
                  "ABSENT 2026@2025-10-01..2026-10-01", "BILLABLE 2027@2026-10-01.."));
  EXPECT_THAT(Show(told, "M990", "title"),
              ElementsAre("Segmental 2024@2023-10-01..2025-10-01", "Segmental 2027@2026-10-01.."));
  EXPECT_THAT(Show(told, "M9900", "status"),
              ElementsAre("ABSENT 2024@2023-10-01..2024-10-01",
                          "BILLABLE 2025@2024-10-01..2025-10-01", "ABSENT 2026@2025-10-01.."));
  EXPECT_THAT(
      Show(told, "M99", "title"),
      ElementsAre("Lesions 2024@2023-10-01..2025-10-01",
                  "Lesions, revised 2026@2025-10-01..2026-10-01", "Lesions 2027@2026-10-01.."));
  const auto life = told.Of("M9900", {});
  ASSERT_TRUE(life.has_value());
  EXPECT_EQ(life->id(), "M99.00");
  EXPECT_EQ(life->first_release_id(), "2025");
  EXPECT_EQ(life->last_release_id(), "2025");
}

TEST(HistoriesTest, TellsAShortTitleThatChangedAlone) {
  model::OrderFacts before = kPlain, after = kPlain;
  before.rows[1].short_title = "Segm";
  after.rows[1].short_title = "Segmtl";
  Line line("");
  line.Add("2026", before).Add("2027", after);
  const auto life = line.Tell().Of("M990", {});
  ASSERT_TRUE(life.has_value());
  ASSERT_EQ(life->titles_size(), 2);
  EXPECT_EQ(life->titles(0).short_title(), "Segm");
  EXPECT_EQ(life->titles(1).short_title(), "Segmtl");
  EXPECT_EQ(life->titles(0).title(), life->titles(1).title());
}

TEST(HistoriesTest, NeverBridgesAGapThoughBothSidesAreEqual) {
  Line line("2026 2025-10-01 order,tabular,poa");
  const std::vector<std::string> exempt = {"M990"};
  line.Add("2025", kPlain, "a note", &exempt).Add("2027", kPlain, "a note", &exempt);
  const Histories told = line.Tell();
  EXPECT_THAT(Show(told, "M990", "status"),
              ElementsAre("BILLABLE 2025@2024-10-01..?2025-10-01",
                          "NOT_KNOWN @2025-10-01..2026-10-01", "BILLABLE 2027@?2026-10-01.."));
  EXPECT_THAT(Show(told, "M990", "title"), ElementsAre("Segmental 2025@2024-10-01..?2025-10-01",
                                                       "Segmental 2027@?2026-10-01.."));
  EXPECT_THAT(Show(told, "M99", "notes"),
              ElementsAre("a note 2025@2024-10-01..?2025-10-01", "a note 2027@?2026-10-01.."));
  EXPECT_THAT(Show(told, "M990", "poa"),
              ElementsAre("EXEMPT 2025@2024-10-01..?2025-10-01", "EXEMPT 2027@?2026-10-01.."));
}

TEST(HistoriesTest, TellsAbsenceOnBothSidesOfAGapApart) {
  Line line("2026 2025-10-01 order");
  line.Add("2024", kPlain).Add("2025", Order({{"M99", true, "Lesions"}}));
  line.Add("2027", Order({{"M99", true, "Lesions"}}));
  EXPECT_THAT(
      Show(line.Tell(), "M990", "status"),
      ElementsAre("BILLABLE 2024@2023-10-01..2024-10-01", "ABSENT 2025@2024-10-01..?2025-10-01",
                  "NOT_KNOWN @2025-10-01..2026-10-01", "ABSENT 2027@?2026-10-01.."));
}

TEST(HistoriesTest, SaysThatAnEditionBeforeTheFirstReleaseIsNotKnown) {
  Line line("2026 2025-10-01 order,tabular,poa");
  line.Add("2027", kPlain, "a note");
  EXPECT_THAT(Show(line.Tell(), "M990", "status"), ElementsAre("BILLABLE 2027@?2026-10-01.."));
  EXPECT_THAT(Show(line.Tell(), "M99", "notes"), ElementsAre("a note 2027@?2026-10-01.."));
}

TEST(HistoriesTest, EndsInTheYearThatHasBegunUnloaded) {
  Line line("", "2026-10-01");
  line.Add("2026", kPlain);
  EXPECT_THAT(Show(line.Tell(), "M990", "status"),
              ElementsAre("BILLABLE 2026@2025-10-01..?2026-10-01", "NOT_KNOWN @2026-10-01.."));
  EXPECT_THAT(Show(line.Tell(), "M990", "title"),
              ElementsAre("Segmental 2026@2025-10-01..?2026-10-01"));
}

TEST(HistoriesTest, SaysWhenNotesAreNotKnownWhileTheCodeIs) {
  Line line("");
  line.Add("2023", kPlain, "a note").Add("2024", kPlain).Add("2025", kPlain, "a note");
  line.Add("2026", kPlain, "another").Add("2027", kPlain, "");
  EXPECT_THAT(
      Show(line.Tell(), "M99", "notes"),
      ElementsAre("a note 2023@2022-10-01..?2023-10-01", "NOT_KNOWN @2023-10-01..2024-10-01",
                  "a note 2025@?2024-10-01..2025-10-01", "another 2026@2025-10-01..2026-10-01",
                  " 2027@2026-10-01.."));
  EXPECT_THAT(Show(line.Tell(), "M99", "status"), ElementsAre("HEADER 2023@2022-10-01.."));
}

TEST(HistoriesTest, AnEditionThatChangedNotesAloneEndsNotesAlone) {
  Line line("2027-04 2027-04-01 tabular", "2027-05-01");
  line.Add("2027", kPlain, "a note");
  EXPECT_THAT(Show(line.Tell(), "M99", "notes"),
              ElementsAre("a note 2027@2026-10-01..?2027-04-01", "NOT_KNOWN @2027-04-01.."));
  EXPECT_THAT(Show(line.Tell(), "M99", "status"), ElementsAre("HEADER 2027@2026-10-01.."));
  EXPECT_THAT(Show(line.Tell(), "M99", "title"), ElementsAre("Lesions 2027@2026-10-01.."));
}

TEST(HistoriesTest, NotesOfANewCodeDoNotFollowAGap) {
  // 2026 has no tabular list, but it is known not to have M99.
  Line line("");
  line.Add("2026", Order({{"M95", true, "Other"}})).Add("2027", kPlain, "a note");
  EXPECT_THAT(Show(line.Tell(), "M99", "notes"), ElementsAre("a note 2027@2026-10-01.."));
}

TEST(HistoriesTest, TellsExemptionWhileACodeIsBillable) {
  const std::vector<std::string> none, exempt = {"M990"};
  Line line("");
  line.Add("2023", Order({{"M99", true, "Lesions"}}), nullptr, &none);
  line.Add("2024", kPlain, nullptr, &none).Add("2025", kPlain, nullptr, &exempt);
  line.Add("2026", kPlain).Add("2027", kPlain, nullptr, &exempt);
  EXPECT_THAT(
      Show(line.Tell(), "M990", "poa"),
      ElementsAre("NOT_EXEMPT 2024@2023-10-01..2024-10-01", "EXEMPT 2025@2024-10-01..?2025-10-01",
                  "NOT_KNOWN @2025-10-01..2026-10-01", "EXEMPT 2027@?2026-10-01.."));
  EXPECT_THAT(Show(line.Tell(), "M99", "poa"),
              ElementsAre("NOT_EXEMPT 2023@2022-10-01..2023-10-01"));
}

TEST(HistoriesTest, LeavesTheWordsOfNotesOutUnlessAskedFor) {
  Line line("");
  line.Add("2026", kPlain, "a note").Add("2027", kPlain, "another");
  const auto life = line.Tell().Of("M99", {});
  ASSERT_TRUE(life.has_value());
  ASSERT_EQ(life->notes_size(), 2);
  for (const v1::NotesSpan& span : life->notes()) {
    EXPECT_TRUE(span.known());
    EXPECT_THAT(span.notes(), IsEmpty());
  }
}

TEST(HistoriesTest, HasNothingOfACodeThatNoReleaseHas) {
  Line line("");
  line.Add("2026", kPlain, "a note").Add("2027", kPlain, "a note");
  const Histories told = line.Tell();
  EXPECT_FALSE(told.Of("M991", {}).has_value());
  // Chapters and sections are no codes.
  EXPECT_FALSE(told.Of("13", {}).has_value());
  EXPECT_FALSE(told.Of("M99-M99", {}).has_value());
}

TEST(HistoriesTest, ListsTheCodesOfAllReleasesInByteOrder) {
  Line line("");
  line.Add("2025", Order({{"C75", true, "Other"}, {"C7A", false, "Tumors"}, {"C7A0", true, "A"}}));
  line.Add("2026", Order({{"C75", true, "Other"},
                          {"C7A", false, "Tumors"},
                          {"C7A1", true, "B"},
                          {"C76", true, "Sites"}}));
  const Histories told = line.Tell();
  EXPECT_THAT(told.Codes(""), ElementsAre("C75", "C76", "C7A", "C7A0", "C7A1"));
  EXPECT_THAT(told.Codes("C7A"), ElementsAre("C7A", "C7A0", "C7A1"));
  EXPECT_THAT(told.Codes("D"), IsEmpty());
}

TEST(HistoriesTest, TellsNothingWithoutALine) {
  const Histories told = Line("2026 2025-10-01 order").Tell();
  EXPECT_THAT(told.Codes(""), IsEmpty());
  EXPECT_FALSE(told.Of("M99", {}).has_value());
}

}  // namespace
}  // namespace codeset::query
