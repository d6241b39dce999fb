// 7th characters in the published releases.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "storage/query/seventh_characters.h"
#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

using image::Image;
using image::Node;

constexpr size_t kStem = 6;

// Whether a definition applies that has the code's 7th character, found from the tabular
// list's own nesting, prefix by prefix.
bool IsDefined(const Image& image, absl::string_view code) {
  for (size_t length = code.size(); length >= 3; --length) {
    const model::Diag* diag = image.FindDiag(code.substr(0, length));
    if (diag == nullptr || !diag->facts.seventh_characters.has_value()) continue;
    for (const model::SeventhCharacter& c : diag->facts.seventh_characters->characters) {
      if (c.character == code.substr(kStem)) return true;
    }
    return false;
  }
  return false;
}

TEST(OfficialSeventhCharactersTest, EveryCodeIsToldAsTheTabularListHasIt) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const OfficialImages official(releases);
  std::map<std::string, std::shared_ptr<const Image>> images;
  for (const auto& image : official.images()) images[image->release_id()] = image;

  for (const auto& [id, image] : images) {
    if (!image->Has(model::FacetGroup::kTabular)) continue;
    int present = 0, not_told = 0;
    for (image::NodeIndex i = 0; i < image->nodes().size(); ++i) {
      const Node& node = image->node(i);
      if (node.row == nullptr || node.key.size() != 7) continue;
      const bool told = CodesTellExtension(*image, node.key.substr(0, kStem));
      if (!IsDefined(*image, node.key)) {
        // The codes alone never make an extension of what is none.
        EXPECT_FALSE(told) << id << " " << node.key;
        EXPECT_EQ(SeventhCharacterUseOf(*image, i), v1::SEVENTH_CHARACTER_USE_NONE) << node.key;
        continue;
      }
      ++present;
      not_told += told ? 0 : 1;
      EXPECT_EQ(SeventhCharacterUseOf(*image, i), v1::SEVENTH_CHARACTER_USE_PRESENT) << node.key;
      const auto completing = CompletingCharacters(*image, node.key.substr(0, kStem));
      const auto it = std::find_if(completing.begin(), completing.end(), [&](const auto& c) {
        return c.character() == node.key.substr(kStem);
      });
      ASSERT_NE(it, completing.end()) << id << " " << node.key;
      EXPECT_FALSE(it->meaning().empty()) << id << " " << node.key;
    }
    EXPECT_GT(present, 48000) << id;
    EXPECT_LE(not_told, 191) << id;
  }

  // Its row is missing in 2013, and so is that of S12.8, which has a definition of its own.
  ASSERT_FALSE(images["2013"]->Find("S128").has_value());
  EXPECT_EQ(FindSeventhCharacters(*images["2013"], "S128XXA")->origin, "S128");
  // By prose alone, D and S do not apply where the 6th character is 7 or 8.
  ASSERT_EQ(CompletingCharacters(*images["2023"], "S062X7").size(), 1U);
  EXPECT_EQ(CompletingCharacters(*images["2023"], "S062X7")[0].code_id(), "S06.2X7A");
  EXPECT_EQ(CompletingCharacters(*images["2023"], "S062X1").size(), 3U);
  // Seven characters that are no extension, in a release without a tabular list.
  EXPECT_TRUE(CompletingCharacters(*images["2027"], "QA0010").empty());
  EXPECT_EQ(SeventhCharacterUseOf(*images["2027"], *images["2027"]->Find("QA00101")),
            v1::SEVENTH_CHARACTER_USE_NOT_KNOWN);
}

}  // namespace
}  // namespace codeset::query
