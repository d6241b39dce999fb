#include "storage/model/text.h"

#include <gtest/gtest.h>

#include "storage/model/concept_id.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/model/release_id.h"

namespace codeset::model {
namespace {

bool IsUtf8(absl::string_view text) { return EscapeInvalidUtf8(text) == text; }

TEST(TextTest, KnowsCharactersFromOtherBytes) {
  const struct {
    const char* text;
    size_t length;
  } kCases[] = {
      {"", 0},
      {"a", 1},
      {"é", 2},
      {"€", 3},
      {"😀", 4},
      {"\xE9", 0},              // Latin-1
      {"\xC3", 0},              // cut
      {"\xA9", 0},              // continuation
      {"\xC0\xAF", 0},          // overlong
      {"\xE0\x80\xAF", 0},      // overlong
      {"\xED\xA0\x80", 0},      // surrogate
      {"\xF4\x90\x80\x80", 0},  // past U+10FFFF
      {"\xE2\x82x", 0},
  };
  for (const auto& test : kCases) EXPECT_EQ(Utf8CharacterLength(test.text), test.length);
}

TEST(TextTest, CutsBetweenCharacters) {
  const struct {
    const char* text;
    size_t limit;
    const char* cut;
  } kCases[] = {
      {"abc", 3, "abc"}, {"abc", 2, "ab"}, {"abc", 0, ""},   {"aé", 2, "a"},        {"aé", 3, "aé"},
      {"a€b", 3, "a"},   {"a€b", 2, "a"},  {"a€b", 4, "a€"}, {"😀x", 3, ""},         {"éé", 2, "é"},
      {"é", 1, ""},      {"😀😀", 7, "😀"},   {"€", 0, ""},     {"\xE9zz", 1, "\xE9"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(CutUtf8(test.text, test.limit), test.cut) << test.text << " " << test.limit;
  }
}

TEST(TextTest, WritesBytesThatAreNoCharactersAsNumbers) {
  EXPECT_EQ(EscapeInvalidUtf8("Sézary\n"), "Sézary\n");
  EXPECT_EQ(EscapeInvalidUtf8("S\xE9zary"), "S\\xE9zary");
  EXPECT_EQ(EscapeInvalidUtf8("\xC3"), "\\xC3");
  EXPECT_EQ(CleanName("a\x1b\x1f\xE9é.txt"), "a\\x1B\\x1F\\xE9é.txt");
}

TEST(TextTest, QuotesOnOneLineAndNotEndlessly) {
  EXPECT_EQ(Quoted("a\"b\n\xE9é"), "\"a\\\"b\\n\\xE9é\"");
  EXPECT_EQ(Quoted("x" + std::string(60, 'y')), "\"x" + std::string(39, 'y') + "…\"");
  std::string accents = "x";
  for (int i = 0; i < 40; ++i) accents += "é";
  EXPECT_TRUE(IsUtf8(Quoted(accents)));
  EXPECT_LT(Quoted(accents).size(), 50u);
}

// Whatever is typed, the error must fit into a protobuf string.
TEST(TextTest, ErrorsAboutWhatWasTypedAreUtf8) {
  std::string accents;
  for (int i = 0; i < 60; ++i) accents += "é";
  for (const std::string& typed :
       {"20261" + accents, "2026-0" + accents, accents, "x" + accents, std::string("2026\xE9")}) {
    EXPECT_TRUE(IsUtf8(ReleaseId::Parse(typed).status().message())) << typed;
    EXPECT_TRUE(IsUtf8(ParseDate(typed).status().message())) << typed;
    EXPECT_TRUE(IsUtf8(ParseConceptKey(typed).status().message())) << typed;
    EXPECT_TRUE(IsUtf8(
        EditionRegister({}).Extend("2026 2025-10-01 " + typed, "editions.txt").status().message()))
        << typed;
  }
}

}  // namespace
}  // namespace codeset::model
