#include "storage/source/recognise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/source/text.h"

namespace codeset::source {
namespace {

using ::testing::HasSubstr;

constexpr char kOrder[] =
    "00001 A00     0 Cholera                                                      Cholera\r\n";
constexpr char kBroken[] =
    "00001 A00     7 Cholera                                                      Cholera\r\n";

TEST(RecogniseTest, TellsKindsByContent) {
  const struct {
    std::string start;
    FileKind kind;
  } kCases[] = {
      {kOrder, FileKind::kOrderFile},
      {std::string("\xEF\xBB\xBF") + kOrder, FileKind::kOrderFile},
      {std::string(kBroken) + kOrder, FileKind::kOrderFile},
      {"Add:         1 G35A    Relapsing-remitting multiple sclerosis                       "
       "Relapsing-remitting multiple sclerosis\r\n",
       FileKind::kOrderAddenda},
      {"\r\nHeaders\r\n  22776 headers in old.txt\r\n", FileKind::kOrderAddenda},
      {"Delete:      B880    Other acariasis\r\n", FileKind::kCodesAddenda},
      {"\r\nCodes\r\n  74044 codes in icd10cm_order_2024.txt\r\n", FileKind::kCodesAddenda},
      {"A000    Cholera due to Vibrio cholerae 01, biovar cholerae\r\n", FileKind::kCodesFile},
      {"D H40141  Capsular glaucoma with pseudoexfoliation of lens\r\n", FileKind::kEarlyAddenda},
      {"Order26\tPOAexemptCode\tDescription\r\n01238\tB90.0\tSequelae\r\n", FileKind::kPoaList},
      {"Order2022 \tPOAexemptCode\tDescription\r\n", FileKind::kPoaList},
      {"OrdApr22\tPOAexemptCode\tDescription\r\n", FileKind::kPoaList},
      {"Order2020\tAction\tDiagnosis\tDescription\r\n", FileKind::kPoaChanges},
      {"Order2022\tAction\tPOAexemptCode\tDescription\t\r\n", FileKind::kPoaChanges},
      {"Action\tPOAexemptCode\tDescription\r\n", FileKind::kPoaChanges},
      {"POAexemptCode\tDescription\r\n", FileKind::kPoaChanges},
      {"POA-exm-Add-code\tDescription\r\n", FileKind::kPoaChanges},
      {"\"The FY 2020 Conversion Table shows\"\n", FileKind::kOtherText},
      {"\"A notice\nin two lines\",,\r\nCurrent code assignment,Effective October 1,Previous\r\n",
       FileKind::kConversionTable},
      {"<?xml version=\"1.0\"?>\r\n<!-- c -->\n<ICD10CM.tabular>", FileKind::kTabularXml},
      {"<!DOCTYPE ICD10CM.tabular [<!ENTITY a \"b\">]>", FileKind::kTabularXml},
      {"<?xml version=\"1.0\"?><ICD10CM.index>", FileKind::kOtherXml},
      {"<?xml version=\"1.0\"?>\n<xsd:schema\n id=\"t\">", FileKind::kSchema},
      {"%PDF-1.5 ...", FileKind::kPdf},
      {std::string("PK\x03\x04", 4) + std::string(22, '\0') + std::string("\x13\0\0\0", 4) +
           "[Content_Types].xml",
       FileKind::kSpreadsheet},
      {std::string("PK\x03\x04", 4) + std::string(22, '\0') + std::string("\x05\0\0\0", 4) +
           "a.txt",
       FileKind::kArchive},
      {std::string("PK\x05\x06", 4), FileKind::kArchive},
      {"", FileKind::kEmpty},
      {"Description of Present On Admission (POA) files\r\n", FileKind::kPoaReadMe},
      {std::string("\x7F"
                   "ELF\x02\x01\0",
                   7),
       FileKind::kUnknown},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(FileKindName(Recognise(test.start)), FileKindName(test.kind))
        << test.start.substr(0, 40);
  }
}

TEST(RecogniseTest, NeedsOnlyWhatItReads) {
  EXPECT_TRUE(IsNeeded(FileKind::kOrderFile));
  EXPECT_TRUE(IsNeeded(FileKind::kOrderAddenda));
  EXPECT_TRUE(IsNeeded(FileKind::kTabularXml));
  EXPECT_FALSE(IsNeeded(FileKind::kCodesFile));
  EXPECT_TRUE(IsNeeded(FileKind::kPoaList));
  EXPECT_TRUE(IsNeeded(FileKind::kPoaReadMe));
  EXPECT_TRUE(IsNeeded(FileKind::kConversionTable));
  EXPECT_TRUE(IsNeeded(FileKind::kSpreadsheet));
  EXPECT_FALSE(IsNeeded(FileKind::kPoaChanges));
  EXPECT_FALSE(IsNeeded(FileKind::kUnknown));
}

TEST(RecogniseTest, SaysWhyTextIsNoOrderFile) {
  const std::string why = WhyIgnored(FileKind::kOtherText, "Dear reader,\nhello\n");
  EXPECT_THAT(why, HasSubstr("line 1: expected an order number in columns 1-5, found \"Dear \""));
  EXPECT_THAT(WhyIgnored(FileKind::kUnknown, "\xFF\xFE<"), HasSubstr("UTF-16"));
}

TEST(TextTest, FindsWhatIsNotUtf8) {
  const struct {
    std::string text;
    int offset;  // -1: none.
  } kCases[] = {
      {"plain\r\n\ttext", -1},
      {"S\xC3\xA9zary \xE2\x82\xAC \xF0\x9F\x98\x80", -1},
      {"S\xE9zary", 1},
      {"ab\xC3", 2},
      {"\xC0\x80", 0},          // Overlong.
      {"\xE0\x80\x80", 0},      // Overlong.
      {"a\xED\xA0\x80", 1},     // Surrogate.
      {"\xF4\x90\x80\x80", 0},  // Past U+10FFFF.
      {"\xF5\x80\x80\x80", 0},
      {"\x80", 0},
      {std::string("a\0b", 3), 1},
      {"a\x7F", 1},
  };
  for (const auto& test : kCases) {
    const std::optional<TextFault> fault = FindTextFault(test.text);
    EXPECT_EQ(fault.has_value() ? static_cast<int>(fault->offset) : -1, test.offset) << test.text;
  }
}

TEST(TextTest, CleansAsTheCanonicalFormSays) {
  EXPECT_EQ(CleanText("  a  b\r\n\tc "), "a  b   c");
  EXPECT_EQ(CleanText(" \r\n"), "");
  EXPECT_EQ(CleanText(""), "");
}

TEST(TextTest, ReadsLinesOfEitherEnd) {
  LineReader lines("one\r\n\ntwo");
  ASSERT_TRUE(lines.Next());
  EXPECT_EQ(lines.line(), "one");
  ASSERT_TRUE(lines.Next());
  EXPECT_EQ(lines.line(), "");
  ASSERT_TRUE(lines.Next());
  EXPECT_EQ(lines.line(), "two");
  EXPECT_EQ(lines.number(), 3);
  EXPECT_FALSE(lines.Next());
}

}  // namespace
}  // namespace codeset::source
