#include "storage/query/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

using image::Image;
using image::NodeIndex;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;

std::vector<std::string> Keys(const Image& image, absl::string_view code) {
  std::vector<std::string> keys;
  for (const NodeIndex node : NearestCodes(image, code)) {
    keys.emplace_back(image.node(node).key);
  }
  return keys;
}

TEST(NearestTest, ComesByEditsThenByCommonBeginningThenInOrder) {
  MemoryPages pages;
  const auto image = pages.BuildImage("2026", Order({{"A04", false, "a"},
                                                     {"A047", false, "b"},
                                                     {"A0471", true, "c"},
                                                     {"A0472", true, "d"},
                                                     {"B0473", true, "e"},
                                                     {"Z99", true, "f"}}));
  ASSERT_TRUE(image.ok());
  // One edit: those that begin alike for four characters, the header, the other category.
  EXPECT_THAT(Keys(**image, "A0473"), ElementsAre("A047", "A0471", "A0472", "B0473", "A04"));
  EXPECT_THAT(Keys(**image, "Z99999A"), ElementsAre("Z99"));
  EXPECT_THAT(Keys(**image, "Q88888A"), IsEmpty());
}

TEST(NearestTest, CodesOfTheSameBeginningFollow) {
  MemoryPages pages;
  const auto image = pages.BuildImage(
      "2026", Order({{"A04", false, "a"}, {"A047", false, "b"}, {"A0471", true, "c"}}));
  ASSERT_TRUE(image.ok());
  EXPECT_THAT(Keys(**image, "A04799Z"), ElementsAre("A047", "A0471"));
}

// The table of edit distances in full.
int Distance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = static_cast<int>(i + j);
        continue;
      }
      d[i][j] = std::min(
          {d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), d[i - 1][j] + 1, d[i][j - 1] + 1});
    }
  }
  return d[a.size()][b.size()];
}

TEST(NearestTest, FindsTheSameAsLookingAtEveryCode) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const OfficialImages official(releases);
  const Image& image = *official.images().back();
  for (const absl::string_view code : {"M99861", "E1199", "S52501Z", "T8149XB", "I1", "Z999999",
                                       "QA0", "O99O1", "A0473", "XYZ1234", "F4", "R69X"}) {
    std::vector<std::tuple<int, int, NodeIndex>> all;
    for (NodeIndex i = 0; i < image.nodes().size(); ++i) {
      if (image.node(i).row == nullptr) continue;
      const absl::string_view key = image.node(i).key;
      const int distance = Distance(key, code);
      if (distance > kMaxNearestDistance) continue;
      const auto common =
          std::mismatch(key.begin(), key.begin() + std::min(key.size(), code.size()), code.begin())
              .first -
          key.begin();
      all.emplace_back(distance, -static_cast<int>(common), i);
    }
    std::sort(all.begin(), all.end());
    const std::vector<NodeIndex> nearest = NearestCodes(image, code);
    EXPECT_GE(nearest.size(), std::min(all.size(), kMaxNearest)) << code;
    for (size_t i = 0; i < std::min(all.size(), kMaxNearest); ++i) {
      EXPECT_EQ(nearest[i], std::get<2>(all[i])) << code << " " << i;
    }
  }
}

}  // namespace
}  // namespace codeset::query
