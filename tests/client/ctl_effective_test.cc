// lookup --view effective, and referencing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "client/codesetctl/effective_output.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Return;

v1::EffectiveNote Note(const std::string& origin, v1::NoteKind kind, const std::string& heading,
                       const std::string& item) {
  v1::EffectiveNote note;
  note.set_origin_id(origin);
  note.mutable_note()->set_kind(kind);
  v1::NoteGroup* group = note.mutable_note()->add_groups();
  if (!heading.empty()) group->set_heading(heading);
  group->add_items(item);
  return note;
}

v1::Concept Burn() {
  v1::Concept item;
  item.set_id("T25.011");
  item.set_title("Burn of unspecified degree of right ankle");
  item.set_kind(v1::CONCEPT_KIND_SUBCATEGORY);
  item.set_billable(false);
  item.set_placement(v1::PLACEMENT_OWN);
  item.set_tabular_state(v1::TABULAR_STATE_KNOWN);
  *item.add_effective_notes() =
      Note("T25.011", v1::NOTE_KIND_USE_ADDITIONAL_CODE, "", "external cause code");
  *item.add_effective_notes() =
      Note("T25", v1::NOTE_KIND_CODE_FIRST, "code to identify the source:", "heat (X10-X19)");
  *item.add_effective_notes() =
      Note("T20-T32", v1::NOTE_KIND_EXCLUDES2, "", "sunburn and other burns by the sun (L55.-)");
  item.add_add_on_order(1);
  item.add_add_on_order(0);
  v1::EffectiveSeventhCharacters* seventh = item.mutable_effective_seventh_characters();
  seventh->set_origin_id("T25");
  v1::SeventhCharacter* character = seventh->mutable_definition()->add_characters();
  character->set_character("A");
  character->set_meaning("initial encounter");
  v1::CodeFacts* facts = item.mutable_facts();
  facts->set_laterality(v1::LATERALITY_RIGHT);
  facts->set_unspecified(true);
  facts->set_seventh_character_use(v1::SEVENTH_CHARACTER_USE_REQUIRED);
  v1::CompletingCharacter* completing = facts->add_seventh_characters();
  completing->set_character("A");
  completing->set_meaning("initial encounter");
  completing->set_code_id("T25.011A");
  v1::SiblingCode* sibling = facts->add_siblings();
  sibling->set_id("T25.012");
  sibling->set_its_words("left");
  sibling->set_own_words("right");
  return item;
}

TEST(EffectiveOutputTest, TellsNotesWithTheirOriginNearestFirst) {
  EXPECT_EQ(FormatEffective(Burn(), std::nullopt),
            "  notes that apply, nearest first:\n"
            "    use additional code:\n"
            "      external cause code\n"
            "    code first (from T25):\n"
            "      code to identify the source:\n"
            "        heat (X10-X19)\n"
            "    excludes2 (from T20-T32):\n"
            "      sunburn and other burns by the sun (L55.-)\n"
            "  codes to add, in this order:\n"
            "    1. code first: code to identify the source: heat (X10-X19) (from T25)\n"
            "    2. use additional code: external cause code\n"
            "  7th characters (from T25):\n"
            "    A  initial encounter\n"
            "  facts:\n"
            "    side: right\n"
            "    stands for what the record does not specify\n"
            "    needs a 7th character:\n"
            "      A  T25.011A  initial encounter\n"
            "  billable codes beside it, and what tells them apart:\n"
            "    T25.012  left, not right\n");
}

TEST(EffectiveOutputTest, WrapsBetweenWordsWithAnIndent) {
  const std::string text = FormatEffective(Burn(), 40);
  EXPECT_THAT(text, HasSubstr("      sunburn and other burns by the sun\n        (L55.-)\n"));
}

TEST(EffectiveOutputTest, ClaimsNothingThatIsNotKnown) {
  v1::Concept item = Burn();
  item.clear_effective_notes();
  item.clear_add_on_order();
  item.clear_effective_seventh_characters();
  item.clear_facts();
  EXPECT_EQ(FormatEffective(item, std::nullopt), "  notes: none apply\n");
  item.set_placement(v1::PLACEMENT_NOT_KNOWN);
  EXPECT_THAT(FormatEffective(item, std::nullopt), HasSubstr("may be missing"));
  item.set_tabular_state(v1::TABULAR_STATE_NOT_KNOWN);
  EXPECT_EQ(FormatEffective(item, std::nullopt),
            "  notes: not known in this release\n  7th characters: not known in this release\n");
}

TEST(EffectiveOutputTest, HasAFieldForEveryCsvColumn) {
  EXPECT_EQ(EffectiveCsvColumns().size(), EffectiveCsvFields(Burn()).size());
  EXPECT_EQ(EffectiveCsvColumns().size(), EffectiveCsvFields({}).size());
  EXPECT_EQ(EffectiveCsvFields(Burn())[0],
            "[T25.011] use additional code: external cause code | [T25] code first: code to "
            "identify the source: heat (X10-X19) | [T20-T32] excludes2: sunburn and other burns "
            "by the sun (L55.-)");
}

class CtlEffectiveTest : public CtlTest {};

TEST_F(CtlEffectiveTest, LooksUpTheEffectiveView) {
  v1::BatchGetConceptsResponse answer;
  answer.mutable_release()->set_release_id("2026");
  *answer.add_results()->mutable_found() = Burn();
  EXPECT_CALL(*connection_, BatchGetConcepts)
      .WillRepeatedly([&](const client::CallOptions&, const v1::BatchGetConceptsRequest& request) {
        EXPECT_EQ(request.view(), v1::CONCEPT_VIEW_EFFECTIVE);
        return answer;
      });
  EXPECT_EQ(Call({"lookup", "T25.011", "--view", "effective"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("excludes2 (from T20-T32):"));
  EXPECT_EQ(Call({"lookup", "T25.011", "--view", "effective", "--output", "csv"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("effective_notes"));
  EXPECT_EQ(Call({"lookup", "T25.011", "--view", "effective", "--output", "json"}),
            ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"effectiveNotes\""));
}

v1::ListReferencingResponse Page() {
  v1::ListReferencingResponse page;
  page.mutable_release()->set_release_id("2026");
  page.set_tabular_state(v1::TABULAR_STATE_KNOWN);
  page.set_total_size(1);
  v1::Referencing* found = page.add_referencing();
  found->set_concept_id("T20-T32");
  found->set_note_kind(v1::NOTE_KIND_EXCLUDES2);
  found->set_text("sunburn (L55.-)");
  found->mutable_reference()->set_item(0);
  found->mutable_reference()->set_begin(9);
  found->mutable_reference()->set_end(14);
  found->set_match(v1::REFERENCING_MATCH_NAMED);
  return page;
}

TEST_F(CtlEffectiveTest, TellsWhoNamesAConcept) {
  EXPECT_CALL(*connection_, ListReferencing)
      .WillRepeatedly([](const client::CallOptions&, const v1::ListReferencingRequest& request) {
        EXPECT_EQ(request.id(), "L55");
        EXPECT_TRUE(request.named_only());
        EXPECT_THAT(request.kinds(), ::testing::ElementsAre(v1::NOTE_KIND_EXCLUDES2));
        return Page();
      });
  EXPECT_EQ(
      Call({"referencing", "L55", "--release", "2026", "--kind", "excludes2", "--named-only"}),
      ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("T20-T32  excludes2  named  L55.-  sunburn (L55.-)"));
  EXPECT_EQ(Call({"referencing", "L55", "--kind", "excludes2", "--named-only", "--output", "csv"}),
            ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("T20-T32,,EXCLUDES2,,sunburn (L55.-),L55.-,NAMED,2026,"));
  EXPECT_EQ(Call({"referencing", "L55", "--kind", "excludes2", "--named-only", "--output", "json"}),
            ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"conceptId\":\"T20-T32\""));
}

TEST_F(CtlEffectiveTest, DoesNotTakeUnknownNotesForNone) {
  v1::ListReferencingResponse page;
  page.mutable_release()->set_release_id("2027");
  page.set_tabular_state(v1::TABULAR_STATE_NOT_KNOWN);
  EXPECT_CALL(*connection_, ListReferencing).WillRepeatedly(Return(page));
  EXPECT_EQ(Call({"referencing", "L55"}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("not known in this release"));
  page.set_tabular_state(v1::TABULAR_STATE_KNOWN);
  EXPECT_CALL(*connection_, ListReferencing).WillRepeatedly(Return(page));
  EXPECT_EQ(Call({"referencing", "L55"}), ExitCode::kDone);
  EXPECT_THAT(err_.str(), HasSubstr("none\n"));
}

}  // namespace
}  // namespace codeset::ctl
