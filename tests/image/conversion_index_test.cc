// Which rows of a conversion table name a code.
#include "storage/image/conversion_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace codeset::image {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ConversionPage::Row Row(int number, const std::string& code, const std::string& previous) {
  return {{number, code, code, model::Date(2025, 10, 1), previous},
          model::ParsePreviousCell(previous)};
}

class ConversionIndexTest : public ::testing::Test {
 protected:
  // The numbers of the rows that name a code.
  std::vector<int> Naming(const std::string& code) const {
    std::vector<const ConversionPage::Row*> rows;
    for (const ConversionPage::Row& row : rows_) rows.push_back(&row);
    std::vector<int> numbers;
    for (const auto* row : ConversionIndex(rows).Naming(code)) numbers.push_back(row->row.row);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  const std::vector<ConversionPage::Row> rows_ = {
      Row(3, "K7290", "K72.9"),
      Row(4, "I639", "I63.-"),
      Row(5, "T150", "Codes in Categories T15-T19"),
      Row(6, "S06890A", "S06.890A-S06.899A"),
      Row(7, "G5603", "G56.01 and G56.02; G56.03"),
      Row(8, "Z99", "None"),
      Row(9, "Z98", "whatever it was"),
  };
};

TEST_F(ConversionIndexTest, ARowNamesItsCurrentCodeAlone) {
  EXPECT_THAT(Naming("Z99"), ElementsAre(8));
  EXPECT_THAT(Naming("Z98"), ElementsAre(9));
  EXPECT_THAT(Naming("Z981"), IsEmpty());
}

TEST_F(ConversionIndexTest, ACodeStandsForWhatBeginsWithIt) {
  EXPECT_THAT(Naming("K729"), ElementsAre(3));
  EXPECT_THAT(Naming("K7290"), ElementsAre(3));
  EXPECT_THAT(Naming("K72"), IsEmpty());
  EXPECT_THAT(Naming("I63"), ElementsAre(4));
  EXPECT_THAT(Naming("I6301"), ElementsAre(4));
}

TEST_F(ConversionIndexTest, ARowThatNamesACodeTwiceIsThereOnce) {
  EXPECT_THAT(Naming("G5601"), ElementsAre(7));
  EXPECT_THAT(Naming("G5603"), ElementsAre(7));
}

TEST_F(ConversionIndexTest, ARangeTakesInWhatBeginsWithItsLast) {
  EXPECT_THAT(Naming("T15"), ElementsAre(5));
  EXPECT_THAT(Naming("T199XXA"), ElementsAre(5));
  EXPECT_THAT(Naming("T20"), IsEmpty());
  EXPECT_THAT(Naming("T149"), IsEmpty());
}

TEST_F(ConversionIndexTest, ARangeOfOne7thCharacterIsOfItsStems) {
  EXPECT_THAT(Naming("S06893A"), ElementsAre(6));
  EXPECT_THAT(Naming("S06893D"), IsEmpty());
  EXPECT_THAT(Naming("S06893"), IsEmpty());
}

}  // namespace
}  // namespace codeset::image
