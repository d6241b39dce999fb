// Conversion tables as spreadsheets and as comma-separated values: what is read, what is
// refused with its row, what is left aside.
#include "storage/source/conversion_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "storage/source/source.h"
#include "storage/source/table_rows.h"
#include "tests/support/spreadsheet.h"
#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

using model::Date;
using model::Reason;
using testing::ConversionHeadingRows;
using testing::ConversionSheetRow;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SharedCell;
using testing::SheetRow;
using testing::Spreadsheet;
using testing::SpreadsheetParts;
using testing::TextCell;
using testing::ZipOf;

constexpr char kNotice[] = "\"A \"\"notice\"\"\nover two lines, with a comma\",,\r\n";
constexpr char kHeading[] = "Current code assignment,Effective,Previous Code(s) Assignment\r\n";

absl::StatusOr<model::ConversionTable> Read(const std::string& bytes) {
  auto files = ReadSources({{"table", bytes}});
  if (!files.ok()) return files.status();
  EXPECT_TRUE(files->conversion.has_value());
  EXPECT_EQ(files->conversion_file, "table");
  EXPECT_THAT(files->read, ElementsAre(::testing::Field(&ReadFile::role, "conversion table")));
  return *files->conversion;
}

TEST(ConversionReaderTest, ReadsTheFirstSheetByTheWorkbookAndNotByTheNamesOfParts) {
  const auto table = Read(
      Spreadsheet(ConversionHeadingRows() + ConversionSheetRow(3, "A04.71 ", "2017", "A04.7  ") +
                  SheetRow(4, {TextCell("D4", "beside the table")}) +
                  ConversionSheetRow(6, "W453XXA", "43922", "Codes in Categories T15-T19") +
                  ConversionSheetRow(9, "", "", "") + SheetRow(10, {})));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->rows,
              ElementsAre(model::ConversionRow{3, "A0471", "A04.71", Date(2017, 10, 1), "A04.7"},
                          model::ConversionRow{6, "W453XXA", "W453XXA", Date(2020, 4, 1),
                                               "Codes in Categories T15-T19"}));
}

TEST(ConversionReaderTest, ReadsCommaSeparatedValuesByTheLineAtWhichARowBegins) {
  const auto table = Read(std::string("\xEF\xBB\xBF") + kNotice + kHeading +
                          "A04.71,2017,\"A04.7, A04.8\"\r\n\"A04.72\",2017,A04.7\n,,\r\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(
      table->rows,
      ElementsAre(model::ConversionRow{4, "A0471", "A04.71", Date(2017, 10, 1), "A04.7, A04.8"},
                  model::ConversionRow{5, "A0472", "A04.72", Date(2017, 10, 1), "A04.7"}));
}

TEST(ConversionReaderTest, RefusesARowByItsNumber) {
  const struct {
    std::string bytes;
    const char* says;
  } cases[] = {
      {std::string(kNotice) + kHeading + "A04.71,never,A04.7\r\n",
       "table:4: code A04.71 is effective from \"never\""},
      {std::string(kHeading) + "A04.71,99999999,A04.7\r\n", "table:2: "},
      {std::string(kHeading) + "A04.71,,A04.7\r\n", "table:2: "},
      {std::string(kHeading) + "A0.471,2017,A04.7\r\n",
       "table:2: expected a current code, found \"A0.471\""},
      {std::string(kHeading) + ",2017,A04.7\r\n", "table:2: expected a current code"},
      {std::string(kHeading) + "A04.71,2017,\"A04.7\r\n",
       "table:2: the quote that opens a cell is not closed"},
      {std::string(kHeading) + "A04.71,2017,A\"04.7\r\n", "table:2: a quote stands within a cell"},
      {std::string(kHeading) + "\"A04.71\" ,2017,A04.7\r\n", "table:2: text follows a cell's"},
      {std::string(kHeading) + "A04.71,2017,A04.7\xFF\r\n", "table:2: not valid UTF-8"},
      {kHeading, "the conversion table has no row"},
      {Spreadsheet(ConversionHeadingRows() + ConversionSheetRow(7, "A04.71", "17", "A04.7")),
       "table:7: code A04.71 is effective from \"17\""},
      {Spreadsheet(ConversionHeadingRows() + ConversionSheetRow(7, "none", "2017", "A04.7")),
       "table:7: expected a current code, found \"none\""},
      {Spreadsheet(ConversionHeadingRows() + SheetRow(3, {SharedCell("A3", 2)})),
       "table:3: a cell names the shared string \"2\", and there are 2"},
      {Spreadsheet(ConversionHeadingRows() + SheetRow(2, {})), "table:3: the row after row 2"},
      {Spreadsheet(ConversionHeadingRows() + SheetRow(3, {TextCell("7", "A04.71")})),
       "table:3: a cell has the place \"7\""},
  };
  for (const auto& test : cases) {
    const auto table = Read(test.bytes);
    EXPECT_TRUE(FailsWith(table.status(), Reason::kSourceMalformed, "", "")) << test.says;
    EXPECT_THAT(std::string(table.status().message()), HasSubstr(test.says));
  }
}

TEST(ConversionReaderTest, RefusesASpreadsheetThatIsCutOffOrLacksAPart) {
  const std::string whole =
      Spreadsheet(ConversionHeadingRows() + ConversionSheetRow(3, "A04.71", "2017", "A04.7"));
  EXPECT_TRUE(FailsWith(Read(whole.substr(0, whole.size() * 2 / 3)).status(),
                        Reason::kSourceUnreadable, "", ""));
  for (const size_t part : {2, 3, 5}) {
    auto parts = SpreadsheetParts(ConversionHeadingRows());
    const std::string name = parts[part].first;
    parts[part].second = "<worksheet><sheetData><row";
    EXPECT_TRUE(FailsWith(Read(ZipOf(parts)).status(), Reason::kSourceMalformed, "", "")) << name;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(part));
    const auto table = Read(ZipOf(parts));
    EXPECT_TRUE(FailsWith(table.status(), Reason::kSourceMalformed, "", "")) << name;
    EXPECT_THAT(std::string(table.status().message()), HasSubstr(name));
  }
}

// A spreadsheet is parsed only where its text may hold the heading; that must not depend on how
// a program writes it.
TEST(ConversionReaderTest, FindsTheHeadingHoweverItIsWritten) {
  const std::vector<std::string> headings = {
      "<si><t>CURRENT code\nAssignment </t></si>", "<si><t>Current&#32;code assignment</t></si>",
      "<si><r><t>Current code assign</t></r><r><t>ment</t></r></si>",
      "<x:si xmlns:x=\"x\"><x:r><x:t>Current c</x:t></x:r><x:r><x:t>ode "
      "assignment</x:t></x:r></x:si>"};
  for (const std::string& heading : headings) {
    auto parts = SpreadsheetParts(ConversionHeadingRows() +
                                  ConversionSheetRow(3, "A04.71", "2017", "A04.7"));
    for (auto& [name, text] : parts) {
      if (absl::StrContains(name, "sharedStrings")) {
        text = absl::StrReplaceAll(text, {{"<si><t>Current code assignment</t></si>", heading}});
        ASSERT_TRUE(absl::StrContains(text, heading));
      }
    }
    const auto table = Read(ZipOf(parts));
    EXPECT_TRUE(table.ok()) << heading << ": " << table.status();
  }
}

TEST(ConversionReaderTest, RefusesALongTextThatIsNamedAgainAndAgain) {
  std::string rows = ConversionHeadingRows();
  for (int row = 3; row < 70; ++row) rows += SheetRow(row, {SharedCell(absl::StrCat("A", row), 0)});
  auto parts = SpreadsheetParts(rows);
  for (auto& [name, text] : parts) {
    if (absl::StrContains(name, "sharedStrings")) {
      text = absl::StrCat("<sst><si><t>", std::string(1 << 20, 'x'),
                          "</t></si><si><t>y</t></si><si><t>Current code assignment</t></si>"
                          "</sst>");
    }
  }
  const absl::Status refused = Read(ZipOf(parts)).status();
  EXPECT_TRUE(FailsWith(refused, Reason::kSourceMalformed, "", ""));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("have more than 64 MiB together"));
}

TEST(ConversionReaderTest, PassesOverEmptyLines) {
  const auto table = Read(std::string(kHeading) + "\n\r\nA04.71,2017,A04.7\n\n\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->rows,
              ElementsAre(model::ConversionRow{4, "A0471", "A04.71", Date(2017, 10, 1), "A04.7"}));
}

TEST(ConversionReaderTest, PassesOverAnEmptyRowAtTheEndHoweverItIsWritten) {
  for (const char* last : {"", "\n", "\"\"", "\"\"\n", "\r\n"}) {
    const auto rows = ReadCsvRows("a.csv", absl::StrCat("A00,2017\n", last));
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->size(), 1U) << last;
  }
  EXPECT_EQ(ReadCsvRows("a.csv", "A00,2017\n,")->size(), 2U);
}

TEST(ConversionReaderTest, LeavesAsideWhatIsNoConversionTable) {
  const std::string order = testing::OrderLine(1, "A00", true, "Cholera");
  const auto files = ReadSources(
      {{"order.txt", order},
       {"poa.zip", ZipOf({{"poa.xlsx", Spreadsheet(SheetRow(1, {TextCell("A1", "Order26")}))}})},
       {"letter.docx",
        ZipOf({{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", "<d/>"}})}});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_FALSE(files->conversion.has_value());
  EXPECT_THAT(files->ignored, ElementsAre(::testing::Field(&IgnoredFile::name, "poa.zip/poa.xlsx"),
                                          ::testing::Field(&IgnoredFile::name, "letter.docx")));
}

TEST(ConversionReaderTest, ReadsOneTableAlone) {
  const std::string row = "A04.71,2017,A04.7\r\n";
  const auto two = ReadSources({{"a.csv", kHeading + row}, {"b.csv", kHeading + row + row}});
  EXPECT_TRUE(FailsWith(two.status(), Reason::kSourceMalformed, "", ""));
  EXPECT_TRUE(ReadSources({{"a.csv", kHeading + row}, {"b.csv", kHeading + row}}).ok());
}

TEST(ConversionCheckTest, ListsWhatDoesNotFitAndRefusesATableOfAnotherEdition) {
  model::OrderFacts order;
  order.rows = {{"A047", false, "", ""}, {"A0471", true, "", ""}};
  const Date day(2017, 10, 1);
  const model::ConversionTable table = {{{3, "A0471", "A04.71", day, "A04.7"},
                                         {4, "A0471", "A04.71", day, "A04.7"},
                                         {5, "A0472", "A04.72", day, "A04.7"},
                                         {6, "A0471", "A04.71", Date(2016, 10, 1), "who knows"}}};
  const model::ReleaseId id = *model::ReleaseId::Parse("2018");
  std::vector<std::string> found;
  for (const Disagreement& item : CheckConversionTable(id, day, order, table)) {
    EXPECT_FALSE(item.fatal);
    EXPECT_EQ(item.count, 1);
    found.push_back(item.class_name + ": " + item.examples.front());
  }
  EXPECT_THAT(found, ElementsAre("CONVERSION_CODE_NOT_IN_ORDER: row 5: A04.72",
                                 "CONVERSION_PREVIOUS_NOT_READ: row 6: A04.71, \"who knows\"",
                                 "CONVERSION_ROW_REPEATED: row 4 says of A04.71 what row 3 does"));
  const model::ReleaseId other = *model::ReleaseId::Parse("2019");
  const auto refused = CheckConversionTable(other, Date(2018, 10, 1), order, table);
  ASSERT_FALSE(refused.empty());
  EXPECT_EQ(refused.front().class_name, "CONVERSION_OF_OTHER_EDITION");
  EXPECT_TRUE(refused.front().fatal);
  // A correction may come later than the edition whose table it has.
  const model::ReleaseId correction = *model::ReleaseId::Parse("2018.1");
  for (const Disagreement& item :
       CheckConversionTable(correction, Date(2017, 12, 1), order, table)) {
    EXPECT_FALSE(item.fatal) << item.class_name;
  }
}

}  // namespace
}  // namespace codeset::source
