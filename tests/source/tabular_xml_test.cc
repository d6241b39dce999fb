#include "storage/source/tabular_xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "storage/source/xml_document.h"
#include "tests/support/source_text.h"
#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

using model::Diag;
using model::NoteGroup;
using model::NoteKind;
using model::Reason;
using testing::DiagXml;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TabularXml;

// The diags of the only category of a list that holds `diags`.
std::vector<Diag> DiagsOf(const std::string& diags) {
  const auto document = ParseTabularXml("t.xml", TabularXml(diags));
  EXPECT_TRUE(document.ok()) << document.status();
  if (!document.ok()) return {};
  return document->tabular.chapters[0].sections[0].categories[0].diags;
}

TEST(TabularXmlTest, ReadsChapterSectionAndNestedCodes) {
  const auto document =
      ParseTabularXml("t.xml", TabularXml(DiagXml("A00", "Cholera", DiagXml("A00.0", "Classical")) +
                                          DiagXml("A01", "Typhoid")));
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->version, "2030");
  EXPECT_THAT(document->findings, IsEmpty());
  ASSERT_THAT(document->tabular.chapters, SizeIs(1));
  const model::TabularChapter& chapter = document->tabular.chapters[0];
  EXPECT_EQ(chapter.id, "1");
  EXPECT_EQ(chapter.title, "Infections (A00-B99)");
  ASSERT_THAT(chapter.sections, SizeIs(1));
  const model::TabularSection& section = chapter.sections[0];
  EXPECT_EQ(section.id, "A00-A09");
  EXPECT_EQ(section.title, "Intestinal infectious diseases (A00-A09)");
  ASSERT_THAT(section.categories, SizeIs(2));
  ASSERT_THAT(section.categories[0].diags, SizeIs(2));
  EXPECT_EQ(section.categories[0].code, "A00");
  EXPECT_EQ(section.categories[0].diags[1].code, "A000");
  EXPECT_EQ(section.categories[0].diags[1].title, "Classical");
  EXPECT_EQ(section.categories[0].diags[1].xml_parent, "A00");
  EXPECT_EQ(section.categories[0].diags[0].xml_parent, "");
}

TEST(TabularXmlTest, KeepsHeadingsWithTheirItems) {
  const std::vector<Diag> diags = DiagsOf(DiagXml(
      "A00", "Cholera",
      "<useAdditionalCode><note>code to identify control using:</note><note>insulin (Z79.4)</note>"
      "<note>oral drugs:</note><note>one</note><note>, if applicable:</note></useAdditionalCode>"
      "<useAdditionalCode><note>another</note></useAdditionalCode>"
      "<excludes1><note>same code &lt;A00&gt;</note></excludes1>"));
  const std::vector<model::Note>& notes = diags[0].facts.notes;
  ASSERT_THAT(notes, SizeIs(3));
  EXPECT_EQ(notes[0].kind, NoteKind::kUseAdditionalCode);
  EXPECT_THAT(notes[0].groups,
              ElementsAre(NoteGroup{"code to identify control using:", {"insulin (Z79.4)"}},
                          NoteGroup{"oral drugs:", {"one", ", if applicable:"}}));
  EXPECT_THAT(notes[1].groups, ElementsAre(NoteGroup{std::nullopt, {"another"}}));
  EXPECT_EQ(notes[2].kind, NoteKind::kExcludes1);
  EXPECT_THAT(notes[2].groups, ElementsAre(NoteGroup{std::nullopt, {"same code <A00>"}}));
}

TEST(TabularXmlTest, DropsEmptyNotesAndSaysSo) {
  const auto document = ParseTabularXml(
      "t.xml", TabularXml(DiagXml("A00", "Cholera",
                                  "<codeAlso><note/></codeAlso>\n<notes><note> </note>"
                                  "<note>kept:</note><note></note></notes>\n")));
  ASSERT_TRUE(document.ok()) << document.status();
  const std::vector<model::Note>& notes =
      document->tabular.chapters[0].sections[0].categories[0].diags[0].facts.notes;
  ASSERT_THAT(notes, SizeIs(1));
  // Nothing follows it, and so it is no heading.
  EXPECT_THAT(notes[0].groups, ElementsAre(NoteGroup{std::nullopt, {"kept:"}}));
  ASSERT_THAT(document->findings, SizeIs(1));
  EXPECT_EQ(document->findings[0].class_name, "EMPTY_NOTE");
  EXPECT_FALSE(document->findings[0].fatal);
  EXPECT_EQ(document->findings[0].count, 2);
  EXPECT_THAT(document->findings[0].examples,
              ElementsAre("A00: <codeAlso>, line 13", "A00: <notes>, line 14"));
}

TEST(TabularXmlTest, ReadsSeventhCharactersWithNotesAmongThem) {
  const std::vector<Diag> diags = DiagsOf(DiagXml(
      "A00", "Cholera",
      "<sevenChrNote><note>The appropriate 7th character is to be added</note></sevenChrNote>"
      "<sevenChrDef><extension char=\"A\">initial</extension><note>only once</note>"
      "<extension char=\"D\">subsequent</extension></sevenChrDef>" +
          DiagXml("A00.0", "Plain")));
  ASSERT_TRUE(diags[0].facts.seventh_characters.has_value());
  const model::SeventhCharacters& seventh = *diags[0].facts.seventh_characters;
  EXPECT_THAT(seventh.instructions, ElementsAre("The appropriate 7th character is to be added"));
  EXPECT_THAT(seventh.characters,
              ElementsAre(model::SeventhCharacter{"A", "initial", {"only once"}},
                          model::SeventhCharacter{"D", "subsequent", {}}));
  EXPECT_FALSE(diags[1].facts.seventh_characters.has_value());
}

TEST(TabularXmlTest, ReadsPlaceholderAndCleansText) {
  const std::vector<Diag> diags = DiagsOf(
      "<diag placeholder=\"true\"><name> A00 </name><desc>\r\n Sézary\r\n  disease\t"
      "<!-- of -->old<![CDATA[ & new ]]></desc></diag>");
  EXPECT_TRUE(diags[0].placeholder);
  EXPECT_EQ(diags[0].title, "Sézary   disease old & new");
}

TEST(TabularXmlTest, ReadsTheTableOfVisualImpairment) {
  const std::vector<Diag> diags = DiagsOf(
      DiagXml("A00", "Low vision",
              "<visualImpairment><visCategory><heading>Category</heading><visRange><heading>Acuity"
              "</heading><visMax><heading>Maximum</heading></visMax></visRange></visCategory>"
              "<visCategory><value>1</value><visRange><visMax><value>6/18</value></visMax>"
              "<visMin><value>6/60</value></visMin></visRange><visRange/></visCategory>"
              "</visualImpairment>"));
  const std::vector<model::VisualCategory>& rows = diags[0].facts.visual_impairment;
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].heading, "Category");
  EXPECT_EQ(rows[0].value, std::nullopt);
  EXPECT_EQ(rows[0].ranges[0].heading, "Acuity");
  EXPECT_EQ(rows[0].ranges[0].maximum->heading, "Maximum");
  EXPECT_EQ(rows[1].value, "1");
  ASSERT_THAT(rows[1].ranges, SizeIs(2));
  EXPECT_EQ(rows[1].ranges[0].maximum->value, "6/18");
  EXPECT_EQ(rows[1].ranges[0].minimum->value, "6/60");
  EXPECT_FALSE(rows[1].ranges[1].minimum.has_value());
}

TEST(TabularXmlTest, ReportsWhatIndexAndSectionsSayOtherwise) {
  std::string text = TabularXml(DiagXml("A00", "Cholera") + DiagXml("A1B", "Elsewhere"));
  text = absl::StrReplaceAll(
      text, {{"</sectionIndex>",
              "<sectionRef first=\"A15\" last=\"A18\" id=\"A15-A19\">Not there</sectionRef>"
              "</sectionIndex>"},
             {"</section>", "</section><section id=\"A05-A12\"><desc>Overlaps</desc></section>"}});
  const auto document = ParseTabularXml("t.xml", text);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_THAT(
      document->findings,
      ElementsAre(
          AllOf(
              Field(&Disagreement::class_name, "SECTION_INDEX_DIFFERS"),
              Field(&Disagreement::examples,
                    ElementsAre("chapter 1: A15-A19 is listed with another first or last category",
                                "chapter 1: A15-A19 is listed but does not stand there",
                                "chapter 1: A05-A12 is not listed"))),
          AllOf(Field(&Disagreement::class_name, "SECTIONS_OVERLAP"),
                Field(&Disagreement::examples, ElementsAre("A00-A09 and A05-A12"))),
          AllOf(Field(&Disagreement::class_name, "CATEGORY_OUTSIDE_SECTION"),
                Field(&Disagreement::examples, ElementsAre("A1B stands in A00-A09")))));
}

TEST(TabularXmlTest, WritesSectionsOfOneCategoryAsFirstAndLast) {
  const std::string text = absl::StrReplaceAll(TabularXml(DiagXml("A00", "Cholera")),
                                               {{"<section id=\"A00-A09\"", "<section id=\"A00\""},
                                                {"id=\"A00-A09\"", "id=\"A00\""},
                                                {"last=\"A09\"", "last=\"A00\""}});
  const auto document = ParseTabularXml("t.xml", text);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->tabular.chapters[0].sections[0].id, "A00-A00");
  EXPECT_THAT(document->findings, IsEmpty());
}

TEST(TabularXmlTest, NamesLineAndReasonOfWhatItRefuses) {
  const struct {
    const char* name;
    std::string text;
    const char* begins;
    const char* holds;
  } kCases[] = {
      {"missing end tag", TabularXml("<diag>\n<name>A00</name>\n<desc>Cholera</desc>\n"),
       "t.xml:13: ", "not well-formed"},
      {"missing end of the file",
       TabularXml(DiagXml("A00", "Cholera")).substr(0, TabularXml("").size() - 50),
       "t.xml:", "it may be cut off"},
      {"cut after a tag", "<ICD10CM.tabular>\n<version>1</version>\n", "t.xml:", "not well-formed"},
      {"entity bomb",
       "<?xml version=\"1.0\"?>\n<!DOCTYPE ICD10CM.tabular [\n<!ENTITY a \"aaaa\">\n"
       "<!ENTITY b \"&a;&a;\">]>\n<ICD10CM.tabular><version>&b;</version></ICD10CM.tabular>",
       "t.xml:2: ", "document type and entity declarations are not accepted"},
      {"unknown entity", TabularXml(DiagXml("A00", "a &foo; b")),
       "t.xml:12: ", "unknown entity \"&foo\""},
      {"bare ampersand", TabularXml(DiagXml("A00", "a & b")), "t.xml:12: ", "unknown entity"},
      {"character zero", TabularXml(DiagXml("A00", "a&#0;b")), "t.xml:12: ", "unknown entity"},
      {"not UTF-8", TabularXml(DiagXml("A00", "S\xE9zary")), "t.xml:12: ", "not valid UTF-8"},
      {"other encoding",
       absl::StrReplaceAll(TabularXml(DiagXml("A00", "x")), {{"utf-8", "iso-8859-1"}}),
       "t.xml:1: ", "declares encoding \"iso-8859-1\""},
      {"addenda by attribute", "<ICD10CM.tabular isAddenda=\"true\">\n<chapter/></ICD10CM.tabular>",
       "t.xml:1: ", "an addenda, not a tabular list"},
      {"addenda by element", TabularXml(DiagXml("A00", "<diff><new>x</new></diff>")),
       "t.xml:12: ", "this is an addenda"},
      {"deactivated", TabularXml("<deactivated/>\n"), "t.xml:10: ", "this is an addenda"},
      {"unknown element", TabularXml(DiagXml("A00", "x", "<excludes3/>\n")),
       "t.xml:13: ", "unknown element <excludes3> in <diag>"},
      {"unknown attribute", TabularXml("<diag new=\"1\"><name>A00</name></diag>"),
       "t.xml:10: ", "unknown attribute new of <diag>"},
      {"attribute twice",
       TabularXml("<diag placeholder=\"true\" placeholder=\"true\"><name>A00</name></diag>"),
       "t.xml:10: ", "stands twice"},
      {"loose text", TabularXml(DiagXml("A00", "x", "stray")), "t.xml:10: ", "holds text"},
      {"second name", TabularXml(DiagXml("A00", "x", "<name>A01</name>\n")),
       "t.xml:13: ", "a second <name>"},
      {"no title", TabularXml("<diag><name>A00</name></diag>"), "t.xml:10: ", "has no <desc>"},
      {"empty title", TabularXml(DiagXml("A00", " ")), "t.xml:12: ", "<desc> is empty"},
      {"undotted code", TabularXml(DiagXml("A00", "x", DiagXml("A000", "y"))),
       "t.xml:13: ", "written as M99.86, not \"A000\""},
      {"code of lower case", TabularXml(DiagXml("a00", "x")), "t.xml:10: ", "written as M99.86"},
      {"code in a section", TabularXml(DiagXml("A00.0", "x")),
       "t.xml:10: ", "only categories of three characters"},
      {"code in another category", TabularXml(DiagXml("A00", "x", DiagXml("A01.0", "y"))),
       "t.xml:13: ", "A01.0 stands in category A00"},
      {"duplicate code", TabularXml(DiagXml("A00", "x") + DiagXml("A00", "y")),
       "t.xml:14: ", "code A00 stands on line 10 already"},
      {"bad placeholder", TabularXml("<diag placeholder=\"x\"><name>A00</name></diag>"),
       "t.xml:10: ", "placeholder is true or false"},
      {"bad section id",
       absl::StrReplaceAll(TabularXml(""), {{"<section id=\"A00-A09\"", "<section id=\"A09-A0\""}}),
       "t.xml:8: ", "a section's id is one or two categories"},
      {"duplicate section",
       absl::StrReplaceAll(
           TabularXml(""),
           {{"</section>", "</section>\n<section id=\"A00-A09\"><desc>x</desc></section>"}}),
       "t.xml:11: ", "section A00-A09 stands on line 8 already"},
      {"bad chapter name",
       absl::StrReplaceAll(TabularXml(""), {{"<name>1</name>", "<name>I</name>"}}),
       "t.xml:4: ", "a chapter's name is a number"},
      {"no chapter", "<ICD10CM.tabular><version>1</version></ICD10CM.tabular>",
       "t.xml:1: ", "it holds no chapter"},
      {"other root", "<ICD10CM.index/>", "t.xml:1: ", "the root element is <ICD10CM.index>"},
      {"second root", TabularXml("") + "<more/>", "t.xml:13: ", "second root"},
      {"7th character twice",
       TabularXml(DiagXml("A00", "x",
                          "<sevenChrDef><extension char=\"A\">a</extension>\n"
                          "<extension char=\"A\">b</extension></sevenChrDef>")),
       "t.xml:14: ", "7th character A stands twice"},
      {"7th character without char",
       TabularXml(DiagXml("A00", "x", "<sevenChrDef><extension>a</extension></sevenChrDef>")),
       "t.xml:13: ", "char is one letter or digit"},
      {"note before the 7th characters",
       TabularXml(DiagXml("A00", "x", "<sevenChrDef><note>a</note></sevenChrDef>")),
       "t.xml:13: ", "before the first 7th character"},
      {"table out of order",
       TabularXml(DiagXml("A00", "x",
                          "<visualImpairment><visCategory><value>1</value><heading>h</heading>"
                          "</visCategory></visualImpairment>")),
       "t.xml:13: ", "<heading> stands twice or out of order"},
      {"control character", TabularXml(DiagXml("A00", "a\x01")),
       "t.xml:12: ", "a control character"},
  };
  for (const auto& test : kCases) {
    EXPECT_TRUE(FailsWith(ParseTabularXml("t.xml", test.text).status(), Reason::kSourceMalformed,
                          test.begins, test.holds))
        << test.name;
  }
}

TEST(TabularXmlTest, KeepsLineNumbersOfFilesWithCarriageReturns) {
  const std::string text = absl::StrReplaceAll(
      TabularXml(DiagXml("A00", "x &lt; y &amp; z") + DiagXml("A00", "again")), {{"\n", "\r\n"}});
  EXPECT_TRUE(FailsWith(ParseTabularXml("t.xml", text).status(), Reason::kSourceMalformed,
                        "t.xml:14: ", "line 10 already"));
}

TEST(TabularXmlTest, RefusesEndlessNesting) {
  constexpr int kDepth = 100000;
  std::string text;
  for (int i = 0; i < kDepth; ++i) text += "<diag><name>A00</name><desc>x</desc>";
  for (int i = 0; i < kDepth; ++i) text += "</diag>";
  EXPECT_TRUE(FailsWith(ParseTabularXml("t.xml", TabularXml(text)).status(),
                        Reason::kSourceMalformed, "t.xml:10: ", ""));
}

TEST(TabularXmlTest, RefusesMoreElementsThanMemoryShouldHold) {
  std::string text = "<a>";
  for (std::ptrdiff_t i = 0; i < kMaxXmlParts / 2; ++i) text += "<a b=''/>";
  const absl::Status status = ParseTabularXml("t.xml", text + "</a>").status();
  EXPECT_TRUE(FailsWith(status, Reason::kSourceMalformed, "t.xml:1: ",
                        "has 4000002 tags and attributes, and at most 4000000 are read"));
}

TEST(TabularXmlTest, AcceptsTheListThatSaysItIsNoAddenda) {
  const std::string text = absl::StrReplaceAll(
      TabularXml(DiagXml("A00", "Cholera")),
      {{"<ICD10CM.tabular>",
        "<ICD10CM.tabular isAddenda=\"false\" xmlns:xsi=\"u\" xsi:noNamespaceSchemaLocation=\"s\">"
        "<introduction><any/></introduction>"}});
  EXPECT_TRUE(ParseTabularXml("t.xml", text).ok());
}

}  // namespace
}  // namespace codeset::source
