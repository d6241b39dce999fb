#include "storage/source/order_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/source_text.h"
#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

using model::OrderRow;
using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;
using testing::OrderLine;

std::string M99() {
  return OrderLine(1, "M99", false, "Biomechanical lesions") +
         OrderLine(2, "M998", false, "Other biomechanical lesions") +
         OrderLine(3, "M9986", true, "Other biomechanical lesions of lower extremity");
}

TEST(OrderFileTest, ReadsRowsInFileOrder) {
  const auto facts = ParseOrderFile("order.txt", M99());
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_THAT(facts->rows,
              ElementsAre(OrderRow{"M99", false, "Biomechanical lesions", "Biomechanical lesions"},
                          OrderRow{"M998", false, "Other biomechanical lesions",
                                   "Other biomechanical lesions"},
                          OrderRow{"M9986", true, "Other biomechanical lesions of lower extremity",
                                   "Other biomechanical lesions of lower extremity"}));
}

TEST(OrderFileTest, ReadsTheSameWithoutCarriageReturnsFinalLineEndOrWithAMark) {
  std::string plain = M99();
  plain.erase(std::remove(plain.begin(), plain.end(), '\r'), plain.end());
  plain.pop_back();
  const auto expected = ParseOrderFile("order.txt", M99());
  const auto facts = ParseOrderFile("order.txt", "\xEF\xBB\xBF" + plain);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->rows, expected->rows);
}

TEST(OrderFileTest, CountsColumnsInBytes) {
  // As in 2013: é takes two of the short title's 60 bytes.
  std::string line = OrderLine(1, "L70", false, "Acne") + OrderLine(2, "L705", true, "Acne");
  const size_t place = line.rfind("Acne", line.rfind("Acne") - 1);
  line.replace(place, 6, "Acn\xC3\xA9\x65");
  const auto facts = ParseOrderFile("order.txt", line);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->rows[1].short_title, "Acn\xC3\xA9\x65");
  EXPECT_EQ(facts->rows[1].long_title, "Acne");
}

TEST(OrderFileTest, KeepsTabularOrderThatIsNotTextOrder) {
  const std::string text = OrderLine(1, "C75", true, "Other endocrine") +
                           OrderLine(2, "C7A", true, "Neuroendocrine") +
                           OrderLine(3, "C76", true, "Other sites");
  const auto facts = ParseOrderFile("order.txt", text);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->rows[1].code, "C7A");
}

TEST(OrderFileTest, ReadsCodesOfACategoryWithoutARow) {
  // 2013 leaves 63 categories out; Reconcile says so.
  EXPECT_TRUE(ParseOrderFile("order.txt", OrderLine(1, "T66XXXA", true, "Radiation")).ok());
}

std::string Changed(std::string line, size_t column, const std::string& bytes) {
  return line.replace(column - 1, bytes.size(), bytes);
}

TEST(OrderFileTest, NamesLineAndReasonOfABrokenLine) {
  const std::string good = OrderLine(4, "M9987", true, "Title");
  const struct {
    std::string line;
    const char* reason;
  } kCases[] = {
      {Changed(good, 1, "0004x"), "an order number in columns 1-5, found \"0004x\""},
      {"abc\r\n", "an order number in columns 1-5, found \"abc\""},
      {"\r\n", "an order number in columns 1-5, found \"\""},
      {Changed(good, 1, "00006"), "expected order number 4, found 00006"},
      {Changed(good, 7, "M99.87"), "a code without its dot in columns 7-13, found \"M99.87 \""},
      {Changed(good, 7, "m9987"), "a code without its dot"},
      {Changed(good, 7, "M9 87"), "a code without its dot"},
      {Changed(good, 7, "M9    "), "a code without its dot"},
      {Changed(good, 15, "2"), "flag 0 or 1 in column 15, found \"2\""},
      {Changed(good, 6, "x"), "a space in column 6"},
      {Changed(good, 14, "x"), "a space in column 14"},
      {Changed(good, 16, "x"), "a space in column 16"},
      {Changed(good, 77, "x"), "a space in column 77"},
      {good.substr(0, 77) + "\r\n", "a long title from column 78"},
      {good.substr(0, 20) + "\r\n", "a long title from column 78, but the line has 20 bytes"},
      {good.substr(0, 77) + "  \r\n", "a long title from column 78"},
      {Changed(good, 17, "     "), "a short title in columns 17-76"},
      {Changed(good, 20, "\xE9"), "not valid UTF-8"},
      {Changed(good, 76, "\xC3"), "not valid UTF-8"},
      {Changed(good, 20, "\x01"), "a control character"},
  };
  for (const auto& test : kCases) {
    EXPECT_TRUE(FailsWith(ParseOrderFile("a.zip/order.txt", M99() + test.line).status(),
                          Reason::kSourceMalformed, "a.zip/order.txt:4: ", test.reason))
        << test.line;
  }
}

TEST(OrderFileTest, NamesRowsThatAreOutOfPlace) {
  const struct {
    const char* name;
    std::string text;
    int line;
    const char* reason;
  } kCases[] = {
      {"duplicate", M99() + OrderLine(4, "M9986", true, "Again"), 4,
       "code M99.86 stands on line 3 already"},
      {"split category", M99() + OrderLine(4, "N00", true, "N") + OrderLine(5, "M9987", true, "M"),
       5, "the rows of category M99 do not stand together: line 1 begins them"},
      {"header after its codes",
       OrderLine(1, "M9986", true, "M") + OrderLine(2, "M998", false, "M"), 2,
       "M99.8 stands after codes that lie below it"},
      {"split subcategory",
       M99() + OrderLine(4, "M999", true, "M") + OrderLine(5, "M9987", true, "M"), 5,
       "M99.87 does not stand with the other codes below M99.8"},
      {"code below a billable one", M99() + OrderLine(4, "M99861", true, "M"), 4,
       "M99.861 lies below M99.86, which line 3 marks as billable"},
      {"header over nothing", OrderLine(1, "M99", false, "M") + OrderLine(2, "N00", true, "N"), 1,
       "header M99 (flag 0) is not followed by a code below it"},
      {"last header over nothing", M99() + OrderLine(4, "N00", false, "N"), 4,
       "header N00 (flag 0) is not followed by a code below it"},
  };
  for (const auto& test : kCases) {
    const auto facts = ParseOrderFile("order.txt", test.text);
    EXPECT_TRUE(FailsWith(facts.status(), Reason::kSourceMalformed,
                          absl::StrCat("order.txt:", test.line, ": "), test.reason))
        << test.name;
    EXPECT_EQ(model::FactsOf(facts.status())["line"], absl::StrCat(test.line)) << test.name;
  }
}

TEST(OrderFileTest, RefusesAnEmptyFile) {
  EXPECT_TRUE(FailsWith(ParseOrderFile("order.txt", "").status(), Reason::kSourceMalformed,
                        "order.txt: ", "empty"));
}

}  // namespace
}  // namespace codeset::source
