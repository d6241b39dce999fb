#include "storage/image/key_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace codeset::image {
namespace {

std::vector<uint64_t> Packed(const std::vector<std::string>& keys) {
  std::vector<uint64_t> packed;
  for (const std::string& key : keys) packed.push_back(PackKey(key));
  return packed;
}

TEST(KeyTableTest, FindsEveryKeyAndNothingElse) {
  std::mt19937 random(20261124);
  for (const size_t count : {0, 1, 2, 3, 127, 128, 129, 5000}) {
    std::map<std::string, uint32_t> places;
    std::vector<std::string> keys;
    while (keys.size() < count) {
      // As codes are: alike in front, and of every length.
      std::string key(1 + random() % kMaxKeyLength, 'A');
      for (char& c : key) c = "ABX019-Z"[random() % 8];
      if (places.emplace(key, static_cast<uint32_t>(keys.size())).second) keys.push_back(key);
    }
    KeyTable table;
    ASSERT_FALSE(table.Build(Packed(keys)).has_value());
    for (const auto& [key, place] : places) {
      ASSERT_EQ(table.Find(key), place) << key;
      for (const char* more : {"0", "X", "."}) {
        const std::string other = key + more;
        const auto known = places.find(other);
        ASSERT_EQ(table.Find(other).has_value(), known != places.end()) << other;
      }
    }
    EXPECT_FALSE(table.Find("").has_value());
    EXPECT_FALSE(table.Find("A00.123456789").has_value());
  }
}

TEST(KeyTableTest, AnEmptyTableThatWasNeverBuiltFindsNothing) {
  EXPECT_FALSE(KeyTable().Find("A00").has_value());
}

TEST(KeyTableTest, TellsWhichKeyIsNone) {
  KeyTable table;
  EXPECT_EQ(table.Build(Packed({"A00", "A01", "A00"})), 2u);
  EXPECT_EQ(table.Build(Packed({"A00", ""})), 1u);
  EXPECT_EQ(table.Build(Packed({"A00", "A01", "ABCDEFGHI"})), 2u);
}

TEST(KeyTableTest, KeysThatDifferInLengthAloneAreTwo) {
  KeyTable table;
  ASSERT_FALSE(table.Build(Packed({"A00", "A000", "A0000"})).has_value());
  EXPECT_EQ(table.Find("A000"), 1u);
  EXPECT_EQ(table.Find("A00"), 0u);
}

}  // namespace
}  // namespace codeset::image
