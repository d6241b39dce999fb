// GetDiffSummary and StreamDiff over the miniature; the comparison itself: tests/query.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "server/diff.h"
#include "server/error.h"
#include "tests/server/fixture.h"
#include "tests/server/parsed_answers.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using ::testing::ElementsAre;

v1::StreamDiffRequest Between(const std::string& from, const std::string& to) {
  v1::StreamDiffRequest request;
  request.mutable_from()->set_release(from);
  request.mutable_to()->set_release(to);
  return request;
}

TEST(DiffHandlersTest, TellsWhatNoteEditsAndDescendantsThereAre) {
  ServerFixture fixture;
  fixture.Load("2025");
  fixture.Load("2026");
  v1::StreamDiffRequest request = Between("2025", "2026");
  request.set_under_id("G35");
  auto source = StreamDiff(fixture.backend(), request);
  ASSERT_TRUE(source.ok()) << source.status();
  const auto response = (*source)();
  ASSERT_TRUE(response.has_value());
  std::map<v1::ChangeKind, v1::Change> of_g35;
  for (const v1::Change& change : response->changes()) {
    if (change.id() == "G35") of_g35[change.kind()] = change;
  }
  EXPECT_THAT(of_g35[v1::CHANGE_KIND_BECAME_HEADER].billable_descendant_ids(),
              ::testing::IsSupersetOf({"G35.A", "G35.D"}));
  const v1::Change& notes = of_g35[v1::CHANGE_KIND_NOTES_CHANGED];
  ASSERT_FALSE(notes.note_edits().empty());
  for (const v1::NoteEdit& edit : notes.note_edits()) {
    EXPECT_EQ(edit.note_kind(), v1::NOTE_KIND_INCLUSION_TERM);
  }
}

TEST(DiffHandlersTest, TheSummaryCountsWhatTheStreamTellsWhateverTheFilter) {
  ServerFixture fixture;
  fixture.Load("2025");
  fixture.Load("2026");
  for (const bool billable_only : {false, true}) {
    for (const bool one_kind : {false, true}) {
      v1::StreamDiffRequest stream = Between("2025", "2026");
      v1::GetDiffSummaryRequest summary;
      *summary.mutable_from() = stream.from();
      *summary.mutable_to() = stream.to();
      summary.set_by_chapter(true);
      stream.set_billable_only(billable_only);
      summary.set_billable_only(billable_only);
      if (one_kind) {
        stream.add_note_kinds(v1::NOTE_KIND_INCLUSION_TERM);
        summary.add_note_kinds(v1::NOTE_KIND_INCLUSION_TERM);
      }
      std::map<int, int> told, counted, by_chapter, edits_told, edits_counted;
      auto source = StreamDiff(fixture.backend(), stream);
      ASSERT_TRUE(source.ok()) << source.status();
      while (const auto response = (*source)()) {
        for (const v1::Change& change : response->changes()) {
          ++told[change.kind()];
          for (const v1::NoteEdit& edit : change.note_edits()) ++edits_told[edit.note_kind()];
        }
      }
      const auto response = GetDiffSummary(fixture.backend(), summary);
      ASSERT_TRUE(response.ok()) << response.status();
      for (const auto& count : response->counts()) counted[count.kind()] += count.count();
      for (const auto& chapter : response->chapters()) {
        for (const auto& count : chapter.counts()) by_chapter[count.kind()] += count.count();
      }
      for (const auto& count : response->note_edits()) {
        edits_counted[count.note_kind()] += count.count();
      }
      EXPECT_FALSE(told.empty());
      EXPECT_EQ(told, counted);
      EXPECT_EQ(told, by_chapter);
      EXPECT_EQ(edits_told, edits_counted);
    }
  }
}

TEST(DiffHandlersTest, ChaptersComeOnlyWhenAskedFor) {
  ServerFixture fixture;
  fixture.Load("2025");
  fixture.Load("2026");
  v1::GetDiffSummaryRequest request;
  request.mutable_from()->set_release("2025");
  request.mutable_to()->set_release("2026");
  EXPECT_TRUE(GetDiffSummary(fixture.backend(), request)->chapters().empty());
  request.set_by_chapter(true);
  EXPECT_FALSE(GetDiffSummary(fixture.backend(), request)->chapters().empty());
}

TEST(DiffHandlersTest, RefusesKindsOfNoteThatThereAreNot) {
  ServerFixture fixture;
  v1::StreamDiffRequest request = Between("2025", "2026");
  request.add_note_kinds(v1::NOTE_KIND_UNSPECIFIED);
  request.add_note_kinds(static_cast<v1::NoteKind>(99));
  const absl::Status status = StreamDiff(fixture.backend(), request).status();
  EXPECT_TRUE(testing::FailsWith(status, model::Reason::kArgumentInvalid, "", ""));
  std::vector<std::string> fields;
  for (const Violation& violation : ViolationsOf(status)) fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("note_kinds[0]", "note_kinds[1]"));
}

}  // namespace
}  // namespace codeset::server
