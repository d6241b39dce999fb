#include "storage/query/code_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/image/key_table.h"
#include "storage/model/concept_id.h"

namespace codeset::query {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// `DOT@3` for each fault.
std::vector<std::string> Told(const std::vector<v1::CodeFault>& faults) {
  constexpr size_t kPrefix = sizeof("CODE_FAULT_KIND_") - 1;
  std::vector<std::string> told;
  for (const v1::CodeFault& fault : faults) {
    EXPECT_FALSE(fault.description().empty());
    told.push_back(
        absl::StrCat(v1::CodeFaultKind_Name(fault.kind()).substr(kPrefix), "@", fault.position()));
  }
  return told;
}

TEST(CodeTextTest, ReadsWhatIsWellWrittenAsOtherCallsDo) {
  for (const char* text : {"M99.86", "m9986", " M99.86\t", "s06.0x1a", "S06.0X1A", "I10", "c4a.9",
                           "M1a.0110", "O99.01", "13A"}) {
    const CodeText read = ReadCodeText(text);
    const auto parsed = model::ParseCode(text);
    if (!parsed.ok()) continue;
    EXPECT_EQ(read.key, *parsed) << text;
    EXPECT_THAT(Told(read.faults), IsEmpty()) << text;
  }
}

TEST(CodeTextTest, TellsWhatIsWrongAndWhere) {
  struct Case {
    const char* text;
    std::vector<std::string> faults;
  };
  const Case cases[] = {
      {"", {"EMPTY@0"}},
      {"  \t", {"EMPTY@0"}},
      {"M9", {"LENGTH@2"}},
      {"M99.86123", {"LENGTH@8"}},
      {"M99.861234", {"LENGTH@8"}},
      {"S06.0x1A", {"LOWER_CASE_X@5"}},
      {"T81.4xxA", {"LOWER_CASE_X@5", "LOWER_CASE_X@6"}},
      {"M99 86", {"SPACE@3"}},
      {" M99. 86", {"SPACE@5"}},
      {"M99\xC2\xA0"
       "86",
       {"SPACE@3"}},
      {"M9.986", {"DOT@2"}},
      {"M99.8.6", {"DOT@5"}},
      {"M99.", {"DOT@3"}},
      {"M99,86", {"CHARACTER@3"}},
      {"M99.8\xC3\xA9", {"CHARACTER@5"}},
      {"E11.-", {"CHARACTER@4"}},
      {"M99-M99", {"CHARACTER@3"}},
      {"S72.0-S72.9", {"CHARACTER@5"}},
      {"13", {"FIRST_CHARACTER@0"}},
      {"999.1", {"FIRST_CHARACTER@0"}},
      {"S06.Ox1A", {"LETTER_O@4", "LOWER_CASE_X@5"}},
      {"M 9.986", {"SPACE@1", "DOT@3"}},
  };
  for (const Case& c : cases) {
    const CodeText read = ReadCodeText(c.text);
    EXPECT_THAT(Told(read.faults), ElementsAreArray(c.faults)) << c.text;
    EXPECT_EQ(read.key, "") << c.text;
  }
}

TEST(CodeTextTest, LettersThatLookLikeDigitsAreDoubtfulUnlessSomethingElseIsWrong) {
  const CodeText read = ReadCodeText("E1O.l");
  EXPECT_EQ(read.key, "E1OL");
  EXPECT_THAT(Told(read.faults), IsEmpty());
  EXPECT_THAT(Told(read.doubtful), ElementsAre("LETTER_O@2", "LETTER_I@4"));
  EXPECT_THAT(read.readings, ElementsAre("E101", "E1O1", "E10L", "E1OL"));
  EXPECT_THAT(Told(ReadCodeText("O99.01").doubtful), IsEmpty());
  EXPECT_THAT(Told(ReadCodeText("I10").doubtful), IsEmpty());
}

TEST(CodeTextTest, ReadsWhatMayHaveBeenMeant) {
  EXPECT_THAT(ReadCodeText("M9.9 86").readings, ElementsAre("M9986"));
  EXPECT_THAT(ReadCodeText("S06.0x1A").readings, ElementsAre("S060X1A"));
  EXPECT_THAT(ReadCodeText("099.01").readings, ElementsAre("O9901"));
  EXPECT_THAT(ReadCodeText("M99,86").readings, ElementsAre("M9986"));
  EXPECT_THAT(ReadCodeText("E11.-").readings, ElementsAre("E11"));
  EXPECT_THAT(ReadCodeText("999.1").readings, IsEmpty());
  EXPECT_THAT(ReadCodeText("M99.8\xC3\xA9").readings, IsEmpty());
}

TEST(CodeTextTest, WhatIsPlainlyWrittenIsReadTheSameWay) {
  std::mt19937 random(20261124);
  int plain = 0;
  for (int i = 0; i < 300000; ++i) {
    // Mostly texts that are nearly codes.
    std::string text = i % 2 == 0 ? "M99" : "";
    const size_t length = random() % 9;
    for (size_t at = 0; at < length; ++at) text += "ABMXSxlioOI0189.. -\t\xA0"[random() % 21];
    const uint64_t key = ReadPlainCode(text);
    if (key == 0) continue;
    ++plain;
    ASSERT_EQ(key, image::PackKey(ReadCodeText(text).key)) << '"' << text << '"';
  }
  EXPECT_GT(plain, 10000);
}

TEST(CodeTextTest, PlainCodesAreTakenQuickly) {
  for (const char* text : {"M99.86", "m9986", " M99.86  ", "S06.0X1A", "I10", "c4a.9"}) {
    EXPECT_EQ(ReadPlainCode(text), image::PackKey(*model::ParseCode(text))) << text;
  }
  for (const char* text : {"", " ", "M9", "M99.", "M9.986", "M99..86", "99986", "S06.0x1A",
                           "M99.861234", "M99-M99", "M99 86", "13"}) {
    EXPECT_EQ(ReadPlainCode(text), 0u) << text;
  }
  EXPECT_EQ(ReadPlainCode(std::string(model::kMaxIdTextLength, ' ') + "I10"), 0u);
}

TEST(CodeTextTest, OfALongTextOnlyTheLengthIsTold) {
  const CodeText read = ReadCodeText(std::string(100000, 'O'));
  EXPECT_THAT(Told(read.faults), ElementsAre("LENGTH@64"));
  EXPECT_THAT(read.readings, IsEmpty());
}

}  // namespace
}  // namespace codeset::query
