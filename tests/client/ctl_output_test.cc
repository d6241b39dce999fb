#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/codesetctl/concept_output.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/diff_output.h"
#include "client/codesetctl/release_csv.h"
#include "client/codesetctl/release_output.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TableTest, CutsAtCharactersNotBytes) {
  const struct {
    const char* text;
    int width;
    const char* want;
  } cases[] = {
      {"Sézary", 6, "Sézary"}, {"Sézary", 5, "Séza…"}, {"Se\u0301zary", 5, "Se\u0301za…"},
      {"abc", 1, "…"},         {"abc", 0, ""},         {"\xff\xfe", 2, "\xff\xfe"},
  };
  for (const auto& test : cases) EXPECT_EQ(Fit(test.text, test.width), test.want) << test.text;
}

TEST(TableTest, AlignsByDisplayedWidthWithoutTrailingSpaces) {
  const Table table{{{"ID"}, {"TITLE", true}, {"N"}}, {{"A", "é", "1"}, {"BBB", "xx", ""}}};
  EXPECT_EQ(FormatTable(table, std::nullopt),
            "ID   TITLE  N\n"
            "A    é      1\n"
            "BBB  xx\n");
}

TEST(TableTest, CutsOnlyShrinkingColumnsAndOnlyForATerminal) {
  const Table table{{{"ID"}, {"TITLE", true}}, {{"M99.86", "Other biomechanical lesions"}}};
  EXPECT_THAT(FormatTable(table, std::nullopt), HasSubstr("Other biomechanical lesions\n"));
  EXPECT_THAT(FormatTable(table, 20), HasSubstr("M99.86  Other biome…\n"));
  EXPECT_THAT(FormatTable(table, 5), HasSubstr("M99.86  Other b…\n"));
}

TEST(CsvTest, QuotesByRfc4180) {
  EXPECT_EQ(FormatCsvRecord({"plain", "a,b", "say \"x\"", "two\nlines", ""}),
            "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\r\n");
}

v1::Concept MakeCode() {
  v1::Concept item;
  item.set_id("M99.86");
  item.set_kind(v1::CONCEPT_KIND_CODE);
  item.set_title("Other biomechanical lesions of lower extremity");
  item.set_billable(true);
  item.set_parent_id("M99.8");
  return item;
}

TEST(ConceptOutputTest, SaysNotKnownInsteadOfNone) {
  v1::Concept item = MakeCode();
  item.set_placement(v1::PLACEMENT_NOT_KNOWN);
  item.set_tabular_state(v1::TABULAR_STATE_NOT_KNOWN);
  const std::string text = FormatConcept(item);
  EXPECT_THAT(text, HasSubstr("notes: not known in this release"));
  EXPECT_THAT(text, HasSubstr("7th characters: not known in this release"));
  EXPECT_THAT(text, HasSubstr("chapter        not known in this release"));
  EXPECT_THAT(text, HasSubstr("parent         M99.8\n"));
  EXPECT_THAT(text, Not(HasSubstr("none")));
}

TEST(ConceptOutputTest, SaysNoneWhereItIsKnown) {
  v1::Concept item = MakeCode();
  item.set_placement(v1::PLACEMENT_OWN);
  item.set_tabular_state(v1::TABULAR_STATE_KNOWN);
  EXPECT_THAT(FormatConcept(item), HasSubstr("notes: none of its own"));
}

TEST(ConceptOutputTest, KeepsHeadingsWithTheirItems) {
  v1::Concept item = MakeCode();
  item.set_tabular_state(v1::TABULAR_STATE_KNOWN);
  v1::Note* note = item.add_notes();
  note->set_kind(v1::NOTE_KIND_USE_ADDITIONAL_CODE);
  v1::NoteGroup* group = note->add_groups();
  group->set_heading("code to identify control using:");
  group->add_items("insulin (Z79.4)");
  EXPECT_THAT(FormatConcept(item), HasSubstr("  use additional code:\n"
                                             "    code to identify control using:\n"
                                             "      insulin (Z79.4)\n"));
  EXPECT_EQ(NotesText(item.notes()),
            "use additional code: code to identify control using: insulin (Z79.4)");
}

TEST(ConceptOutputTest, JsonNamesTheReleaseAndWhetherTheListIsComplete) {
  client::ConceptsHeader header;
  header.release.set_release_id("2026");
  header.complete = false;
  const AnswerJson json(header);
  EXPECT_EQ(json.EmptyLine(),
            "{\"release\":{\"releaseId\":\"2026\"},\"complete\":false,\"totalSize\":0}\n");
  v1::Concept item;
  item.set_id("M99");
  item.set_billable(false);
  EXPECT_EQ(json.Line(item),
            "{\"release\":{\"releaseId\":\"2026\"},\"complete\":false,"
            "\"concept\":{\"id\":\"M99\",\"billable\":false}}\n");
}

TEST(ConceptOutputTest, CsvRecordsHaveAsManyFieldsAsTheHeading) {
  const auto commas = [](const std::string& text) {
    return std::count(text.begin(), text.end(), ',');
  };
  v1::ConceptFailure failure;
  failure.set_reason(v1::ERROR_REASON_CONCEPT_NOT_FOUND);
  EXPECT_EQ(commas(ConceptCsvHeading()), commas(ConceptCsv(MakeCode(), {})));
  EXPECT_EQ(commas(ConceptCsvHeading()), commas(FailureCsv(failure, {})));
  EXPECT_THAT(FailureCsv(failure, {}), ::testing::StartsWith("CONCEPT_NOT_FOUND,"));
  // Asked for one by one, nothing can be missing.
  EXPECT_THAT(ConceptCsv(MakeCode(), {}), ::testing::EndsWith(",,,true,,,UNSPECIFIED,\r\n"));
  EXPECT_THAT(ConceptCsv(MakeCode(), {}, Answers::kOneConcept),
              ::testing::EndsWith(",,,,,,UNSPECIFIED,\r\n"));
}

TEST(DescribeTest, WarnsOfEveryKindOfCoverageThatIsNotExact) {
  v1::ResolvedRelease release;
  release.set_release_id("2023");
  release.mutable_coverage()->set_kind(v1::COVERAGE_KIND_EXACT);
  EXPECT_TRUE(CoverageWarnings(release).empty());
  release.mutable_coverage()->set_kind(v1::COVERAGE_KIND_STALE);
  release.mutable_coverage()->set_date("2023-06-01");
  release.mutable_coverage()->add_unloaded_editions("2023-04");
  release.mutable_coverage()->set_before_mandate(true);
  const std::vector<std::string> warnings = CoverageWarnings(release);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[0], HasSubstr("STALE"));
  EXPECT_THAT(warnings[0], HasSubstr("2023-04"));
  EXPECT_THAT(warnings[1], HasSubstr("2015-10-01"));
  release.mutable_coverage()->set_kind(v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED);
  EXPECT_THAT(CoverageWarnings(release)[0], HasSubstr("OTHER_GROUPS_CHANGED"));
}

TEST(DescribeTest, SaysWhatAReleaseWithoutTabularListDoesNotKnow) {
  v1::ResolvedRelease release;
  release.set_release_id("2025");
  release.set_structure_from("2023");
  EXPECT_THAT(UnknownFacts(release),
              ::testing::ElementsAre(HasSubstr("NOT_KNOWN"), HasSubstr("2023")));
  release.add_facet_groups()->set_group(v1::FACET_GROUP_TABULAR);
  EXPECT_TRUE(UnknownFacts(release).empty());
}

TEST(DescribeTest, NamesEnumValues) {
  EXPECT_EQ(NameOf(v1::CHANGE_KIND_BECAME_HEADER), "BECAME_HEADER");
  EXPECT_EQ(WordsOf(v1::CONCEPT_KIND_SUBCATEGORY), "subcategory");
  EXPECT_EQ(NameOf(static_cast<v1::ConceptKind>(99)), "99");
}

TEST(DiffOutputTest, SaysWhichFacetsWereNotCompared) {
  client::DiffHeader header;
  v1::FacetComparability& facet = header.comparability.emplace_back();
  facet.set_facet(v1::FACET_NOTES);
  facet.set_comparability(v1::COMPARABILITY_NOT_COMPARABLE);
  facet.add_missing_in("2024");
  EXPECT_THAT(ComparabilityNotes(header.comparability),
              ::testing::ElementsAre(HasSubstr("notes: NOT_COMPARABLE, not known in 2024")));
  EXPECT_THAT(ComparabilityCsv(header), ::testing::StartsWith("NOT_COMPARABLE,,NOTES,"));
  EXPECT_THAT(DiffHeaderJson(header), HasSubstr("COMPARABILITY_NOT_COMPARABLE"));
  EXPECT_THAT(DiffHeaderJson(header), HasSubstr("\"complete\":true"));
  header.complete = false;
  EXPECT_THAT(DiffHeaderJson(header), HasSubstr("\"complete\":false"));
}

TEST(DiffOutputTest, ShowsBothSidesOfAChange) {
  v1::Change change;
  change.set_id("G35");
  change.set_kind(v1::CHANGE_KIND_BECAME_HEADER);
  change.set_facet(v1::FACET_BILLABLE);
  change.mutable_before()->set_billable(true);
  change.mutable_after()->set_billable(false);
  EXPECT_EQ(FormatTable(ChangeTable({change}), std::nullopt),
            "CHANGE         ID   BEFORE    AFTER\n"
            "became header  G35  billable  header\n");
  const auto commas = [](const std::string& text) {
    return std::count(text.begin(), text.end(), ',');
  };
  EXPECT_EQ(commas(ChangeCsvHeading()), commas(ChangeCsv(change, {})));
}

TEST(DiffOutputTest, TellsSidesApartThatDifferInInstructionsOrWhiteSpace) {
  v1::Change change;
  change.set_id("T20");
  change.set_kind(v1::CHANGE_KIND_SEVENTH_CHARACTERS_CHANGED);
  change.set_facet(v1::FACET_SEVENTH_CHARACTERS);
  const struct {
    const char* before;
    const char* after;
    const char* want;
  } cases[] = {
      {"one rule", "another rule", "changed  T20  one rule; A = initial"},
      {"one rule", "one  rule", "changed (white space)  T20  one rule; A"},
      {"one; rule", "one; rule", "changed (grouping)  T20"},
  };
  for (const auto& test : cases) {
    for (v1::ConceptState* state : {change.mutable_before(), change.mutable_after()}) {
      v1::SeventhCharacterDefinition* definition = state->mutable_seventh_characters();
      definition->Clear();
      definition->add_instructions(state == change.mutable_before() ? test.before : test.after);
      v1::SeventhCharacter* character = definition->add_characters();
      character->set_character("A");
      character->set_meaning("initial");
    }
    EXPECT_THAT(FormatTable(ChangeTable({change}), std::nullopt), HasSubstr(test.want));
  }
}

TEST(DiffOutputTest, CsvSaysThatCodesAloneWereCompared) {
  client::DiffHeader header;
  v1::FacetComparability& facet = header.comparability.emplace_back();
  facet.set_facet(v1::FACET_PARENT);
  facet.set_comparability(v1::COMPARABILITY_CODES_ONLY);
  EXPECT_THAT(ComparabilityCsv(header), ::testing::StartsWith("CODES_ONLY,,PARENT,"));
  facet.set_comparability(v1::COMPARABILITY_COMPARABLE);
  EXPECT_EQ(ComparabilityCsv(header), "");
}

TEST(ReleaseOutputTest, CsvLeavesCountsOfAMissingTabularListEmpty) {
  v1::VerifyReleaseResponse response;
  v1::Release* release = response.mutable_release();
  release->set_id("2025");
  release->mutable_counts()->set_categories(5);
  response.set_pages_checked(77);
  EXPECT_THAT(ReleaseCsv(*release), HasSubstr(",5,,,,"));
  EXPECT_THAT(VerificationCsv(response), HasSubstr(",pages_checked\r\n"));
  EXPECT_THAT(VerificationCsv(response), ::testing::EndsWith(",77\r\n"));
  release->add_facet_groups()->set_group(v1::FACET_GROUP_TABULAR);
  EXPECT_THAT(ReleaseCsv(*release), HasSubstr(",5,0,0,0,"));
}

TEST(ReleaseOutputTest, ReportsALoad) {
  v1::LoadReport report;
  report.set_outcome(v1::LOAD_OUTCOME_LOADED);
  report.mutable_release()->set_id("2026");
  report.mutable_release()->mutable_addenda()->set_outcome(v1::ADDENDA_OUTCOME_REPRODUCED);
  report.mutable_release()->mutable_addenda()->set_base_release_id("2025-04");
  v1::Disagreement* item = report.mutable_release()->add_disagreements();
  item->set_class_name("TITLE_DIFFERS");
  item->set_count(92);
  item->add_examples("C84.1: Sezary, Sézary");
  v1::IgnoredFile* ignored = report.add_ignored();
  ignored->set_name("a.zip/guide.pdf");
  ignored->set_why("not a kind of file that a release is made of");
  const std::string text = FormatLoadReport(report);
  EXPECT_THAT(text, HasSubstr("loaded\n"));
  EXPECT_THAT(text, HasSubstr("reproduced by the difference from 2025-04"));
  EXPECT_THAT(text, HasSubstr("TITLE_DIFFERS × 92"));
  EXPECT_THAT(text, HasSubstr("and 91 more"));
  EXPECT_THAT(text, HasSubstr("a.zip/guide.pdf (not a kind"));
}

TEST(ReleaseOutputTest, ListsEditionsThatAreNotLoaded) {
  v1::ListReleasesResponse response;
  v1::Edition* edition = response.add_editions();
  edition->set_id("2023-04");
  edition->set_in_register(true);
  edition->add_changed_groups(v1::FACET_GROUP_ORDER);
  EXPECT_THAT(FormatTable(ReleaseTable(response), std::nullopt),
              ::testing::ContainsRegex("2023-04 +not loaded; changed order\n"));
  EXPECT_THAT(ReleasesCsv(response), HasSubstr("2023-04,,false,"));
}

TEST(ReleaseOutputTest, TellsNothingChangedFromNotKnown) {
  v1::ListReleasesResponse response;
  response.add_releases()->set_id("2031");
  response.add_editions()->set_id("2031");
  EXPECT_THAT(FormatTable(ReleaseTable(response), std::nullopt), HasSubstr("not known"));
  EXPECT_THAT(ReleasesCsv(response), HasSubstr(",not known,"));
  response.mutable_editions(0)->set_in_register(true);
  EXPECT_THAT(ReleasesCsv(response), HasSubstr(",nothing,"));
}

}  // namespace
}  // namespace codeset::ctl
