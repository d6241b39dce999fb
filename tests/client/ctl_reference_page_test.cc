#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "client/codesetctl/reference_page.h"
#include "client/codesetctl/status_words.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;

v1::StatusReason SourceReason(v1::SourceKind kind, const std::string& edition,
                              const std::string& by, const std::string& on, bool already,
                              int number) {
  v1::StatusReason reason;
  reason.set_status(v1::VERIFICATION_STATUS_STALE_SOURCE);
  v1::SourceChange* source = reason.mutable_source();
  source->set_kind(kind);
  source->set_edition(edition);
  source->set_superseded_by(by);
  source->set_superseded_on(on);
  source->set_already_at_verification(already);
  source->add_source_numbers(number);
  return reason;
}

v1::VerificationState StaleState() {
  v1::VerificationState state;
  state.set_status(v1::VERIFICATION_STATUS_STALE_SOURCE);
  state.set_last_verified("2026-05-08");
  state.set_source_count(4);
  state.set_revision(1);
  state.set_verified_release_id("2026");
  *state.add_reasons() = SourceReason(v1::SOURCE_KIND_TABULAR_LIST, "2026", "2026-04", "2026-04-01",
                                      /*already=*/true, 1);
  *state.add_reasons() = SourceReason(v1::SOURCE_KIND_GUIDELINES, "2025", "2026", "2025-10-01",
                                      /*already=*/true, 2);
  return state;
}

TEST(StatusWordsTest, TheLineHasEveryReason) {
  EXPECT_EQ(StatusLine(StaleState()),
            "Verified May 8, 2026 · 4 sources · STALE: tabular list 2026 superseded by 2026-04 on "
            "April 1, 2026, already on the day of verification [1]; guidelines 2025 superseded by "
            "2026 on October 1, 2025, already on the day of verification [2]");
  v1::VerificationState state;
  state.set_status(v1::VERIFICATION_STATUS_VERIFIED);
  state.set_last_verified("2026-10-01");
  state.set_source_count(1);
  state.set_verified_release_id("2026");
  EXPECT_EQ(StatusLine(state),
            "Verified October 1, 2026 · 1 source · VERIFIED: against release 2026");
  state.Clear();
  state.set_status(v1::VERIFICATION_STATUS_UNVERIFIED);
  state.add_reasons()->set_status(v1::VERIFICATION_STATUS_UNVERIFIED);
  EXPECT_EQ(StatusLine(state),
            "Never verified as a whole · 0 sources · NOT VERIFIED: never verified");
}

TEST(StatusWordsTest, EachReasonHasItsParticulars) {
  v1::StatusReason reason;
  reason.set_status(v1::VERIFICATION_STATUS_GONE);
  reason.mutable_replacements()->add_replacements()->set_id("G35.A");
  reason.mutable_replacements()->add_replacements()->set_id("G35.D");
  EXPECT_EQ(ReasonText(reason), "the release does not have the code; in its place: G35.A, G35.D");

  reason.Clear();
  reason.set_status(v1::VERIFICATION_STATUS_STALE_CONTENT);
  v1::ContentChange* content = reason.mutable_content();
  content->set_group(v1::FACET_GROUP_TABULAR);
  content->set_facet(v1::FACET_NOTES);
  content->set_level(v1::CHANGE_LEVEL_INHERITED);
  content->set_origin_id("M99");
  content->set_since_release_id("2027");
  EXPECT_EQ(ReasonText(reason), "notes of M99 above it changed in release 2027");
  content->set_since_at_the_latest(true);
  content->set_level(v1::CHANGE_LEVEL_OWN);
  EXPECT_EQ(ReasonText(reason), "its own notes changed in release 2027 at the latest");
  content->set_group(v1::FACET_GROUP_CONVERSION);
  content->clear_facet();
  content->clear_since_release_id();
  EXPECT_EQ(ReasonText(reason), "the conversion table changed for it");

  reason.Clear();
  reason.set_status(v1::VERIFICATION_STATUS_STALE_TEXT);
  reason.mutable_text()->add_sections(v1::REFERENCE_SECTION_SUMMARY);
  reason.mutable_text()->add_item_ids("p1");
  reason.mutable_text()->set_verified_revision(1);
  reason.mutable_text()->set_current_revision(3);
  EXPECT_EQ(ReasonText(reason),
            "words were changed after they had been verified (revision 1 was, 3 is the newest): "
            "summary, item p1");

  reason.Clear();
  reason.set_status(v1::VERIFICATION_STATUS_EXPIRED);
  reason.set_expired_on("2027-05-08");
  EXPECT_EQ(ReasonText(reason), "older than the policy allows since May 8, 2027");

  reason.Clear();
  reason.set_status(v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART);
  reason.mutable_not_compared()->set_group(v1::FACET_GROUP_POA);
  reason.mutable_not_compared()->add_missing_in("2027");
  EXPECT_EQ(ReasonText(reason), "not known to be the same: poa, which is missing in 2027");
}

TEST(StatusWordsTest, DaysAndImpactAreWords) {
  EXPECT_EQ(DayText("2026-05-08"), "May 8, 2026");
  EXPECT_EQ(DayText("2026-13-08"), "2026-13-08");
  EXPECT_EQ(DayText(""), "");
  v1::VerificationImpact impact;
  impact.set_verified_pages(5);
  impact.set_carried_forward(3);
  impact.set_stale_content(2);
  EXPECT_EQ(ImpactText(impact),
            "5 pages with a verification: 3 carried forward, 2 stale by what it changed");
}

v1::GetReferenceResponse Answer() {
  v1::GetReferenceResponse answer;
  answer.mutable_release()->set_release_id("2026");
  v1::Concept* found = answer.mutable_found();
  found->set_id("M99.86");
  found->set_title("Other biomechanical lesions of lower extremity");
  found->set_billable(true);
  found->set_chapter_id("13");
  found->set_tabular_state(v1::TABULAR_STATE_KNOWN);
  found->add_effective_notes()->set_origin_id("M99");
  found->add_effective_notes()->set_origin_id("13");
  found->add_effective_notes()->set_origin_id("M99.86");
  found->mutable_facts()->set_seventh_character_use(v1::SEVENTH_CHARACTER_USE_NONE);
  v1::SiblingCode* sibling = found->mutable_facts()->add_siblings();
  sibling->set_id("M99.83");
  sibling->set_title("Other biomechanical lesions of lumbar region");
  answer.mutable_revision()->set_number(1);
  answer.mutable_revision()->set_recorded_at("2026-05-07T10:00:00Z");
  answer.mutable_revision()->set_recorded_by("jane");
  *answer.mutable_verification() = StaleState();
  v1::Reference* page = answer.mutable_reference();
  page->set_code("M99.86");
  page->set_state(v1::REFERENCE_STATE_PUBLISHED);
  page->mutable_summary()->set_text("First words of it, which go on.\n\nA second paragraph.");
  page->mutable_summary()->mutable_provenance()->add_source_numbers(1);
  page->mutable_summary()->mutable_provenance()->set_making(v1::MAKING_WRITTEN);
  v1::TextItem* pitfall = page->mutable_common_pitfalls()->add_items();
  pitfall->set_text("M99.89 is taken \x1B[31mfor it, although the lower extremity is named here.");
  page->mutable_common_pitfalls()->mutable_provenance()->add_other_sources(
      "claims-pattern analysis");
  page->mutable_common_pitfalls()->mutable_provenance()->set_making(v1::MAKING_GENERATED);
  v1::Question* question = page->mutable_questions()->add_items();
  question->set_question("Why?");
  v1::RelatedProcedure* procedure = page->mutable_related_procedures()->add_items();
  procedure->set_system("CPT");
  procedure->set_code("98943");
  procedure->set_reason("Goes with it.");
  v1::Source* source = page->add_sources();
  source->set_number(1);
  source->set_title("A list");
  source->set_edition("2026");
  source->set_effective_date("2025-10-01");
  source->set_publisher("CDC");
  source->set_url("https://www.cdc.gov/a");
  return answer;
}

TEST(ReferencePageTest, APageIsWrappedToEightyColumns) {
  EXPECT_EQ(FormatPage(Answer(), 80),
            R"(M99.86  Other biomechanical lesions of lower extremity
billable · chapter 13 · release 2026
published · revision 1 · imported May 7, 2026 by jane
Verified May 8, 2026 · 4 sources · STALE: tabular list 2026 superseded by
  2026-04 on April 1, 2026, already on the day of verification [1]; guidelines
  2025 superseded by 2026 on October 1, 2025, already on the day of verification
  [2]

SUMMARY  [1] (written)
  First words of it, which go on.

  A second paragraph.

COMMON PITFALLS  claims-pattern analysis (generated, not reviewed)
  - M99.89 is taken [31mfor it, although the lower extremity is named here.

QUESTIONS
  Q: Why?
  A: (not answered yet)

RELATED PROCEDURES
  - CPT 98943: Goes with it.

BILLABLE CODES BESIDE IT
  M99.83  Other biomechanical lesions of lumbar region

7TH CHARACTER  takes none
NOTES THAT APPLY  2 inherited, 1 of its own (codesetctl lookup M99.86 --view
  effective)

SOURCES
  [1] A list; edition 2026; in force from October 1, 2025; CDC
      https://www.cdc.gov/a
)");
}

TEST(ReferencePageTest, ANarrowTerminalGetsNarrowLines) {
  const std::string page = FormatPage(Answer(), 44);
  std::vector<int> widths;
  for (const auto line : absl::StrSplit(page, '\n')) widths.push_back(DisplayWidth(line));
  EXPECT_THAT(widths, Each(Le(44)));
  EXPECT_THAT(page, HasSubstr("  - M99.89 is taken [31mfor it, although the\n"
                              "    lower extremity is named here.\n"));
}

TEST(ReferencePageTest, WhatIsNotKnownIsSaidToBe) {
  v1::GetReferenceResponse answer = Answer();
  answer.mutable_found()->set_placement(v1::PLACEMENT_NOT_KNOWN);
  answer.mutable_found()->set_tabular_state(v1::TABULAR_STATE_NOT_KNOWN);
  answer.mutable_found()->set_billable(false);
  answer.mutable_verification()->set_revision(2);
  std::string page = FormatPage(answer, 200);
  EXPECT_THAT(page, HasSubstr("header, not billable · chapter not known · release 2026\n"));
  EXPECT_THAT(page, HasSubstr("NOTES THAT APPLY  not known in this release\n"));
  EXPECT_THAT(page, HasSubstr("NOT THE NEWEST: revision 2 is"));
  answer.clear_found();
  page = FormatPage(answer, 200);
  EXPECT_THAT(page, HasSubstr("M99.86  (title not known)\nnot in release 2026\n"));
  EXPECT_THAT(page, Not(HasSubstr("7TH CHARACTER")));
}

}  // namespace
}  // namespace codeset::ctl
