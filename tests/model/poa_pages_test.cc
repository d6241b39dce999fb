// The canonical form of the group `poa`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/model/canonical.h"
#include "storage/model/error.h"
#include "tests/support/status_is.h"

namespace codeset::model {
namespace {

using codeset::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PoaPagesTest, AreTheGrammarsText) {
  const PageSet set = EncodePoa({{"B900", "I10", "S060X0D", "S060X0S", "S3011XD"}});
  std::vector<std::string> nodes, texts;
  for (const Page& page : set.pages) {
    nodes.push_back(page.node);
    texts.push_back(page.text);
    EXPECT_EQ(page.digest, DigestOf(page.text));
  }
  EXPECT_THAT(nodes, ElementsAre("B90", "B", "I10", "I", "S06", "S30", "S", ""));
  EXPECT_EQ(texts[4], "codeset/1 poa category S06\nS060X0D\nS060X0S\n");
  EXPECT_EQ(texts[6], "codeset/1 poa block S\nS06\t" + FormatDigest(set.pages[4].digest) +
                          "\nS30\t" + FormatDigest(set.pages[5].digest) + "\n");
  EXPECT_EQ(texts[7], "codeset/1 poa root\nB\t" + FormatDigest(set.pages[1].digest) + "\nI\t" +
                          FormatDigest(set.pages[3].digest) + "\nS\t" +
                          FormatDigest(set.pages[6].digest) + "\n");
}

TEST(PoaPagesTest, AreReadBack) {
  const PageSet set = EncodePoa({{"S060X0D", "S060X0S", "T360X5D"}});
  const auto codes = DecodePoaCategory(set.pages[0].text);
  ASSERT_TRUE(codes.ok()) << codes.status();
  EXPECT_THAT(*codes, ElementsAre("S060X0D", "S060X0S"));
  const auto block = DecodeInner(set.pages[1].text);
  ASSERT_TRUE(block.ok()) << block.status();
  ASSERT_EQ(block->children.size(), 1U);
  EXPECT_EQ(block->children[0].kind, "category");
  EXPECT_EQ(block->children[0].id, "S06");
  EXPECT_EQ(block->children[0].digest, set.pages[0].digest);
  const auto root = DecodeInner(set.pages.back().text);
  ASSERT_TRUE(root.ok()) << root.status();
  ASSERT_EQ(root->children.size(), 2U);
  EXPECT_EQ(root->children[1].kind, "block");
  EXPECT_EQ(root->children[1].digest, set.pages[3].digest);
}

// An empty list still has a root; no file gives one.
TEST(PoaPagesTest, HaveARootEvenWithoutCodes) {
  const PageSet set = EncodePoa({});
  ASSERT_EQ(set.pages.size(), 1U);
  EXPECT_EQ(set.pages[0].text, "codeset/1 poa root\n");
  const auto root = DecodeInner(set.pages[0].text);
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_THAT(root->children, IsEmpty());
}

TEST(PoaPagesTest, RefuseWhatWasNeverWritten) {
  const char* const kDamaged[] = {
      "",
      "codeset/1 order category S06\nS060X0D\n",
      "codeset/1 poa category S06",
      "codeset/1 poa category S06\n",
      "codeset/1 poa category S06\nS060X0D",
      "codeset/1 poa category S06\nS060X0D\n\n",
      "codeset/1 poa category S06\nS06.0X0D\n",
      "codeset/1 poa category S06\nS060X0S\nS060X0D\n",
      "codeset/1 poa category S06\nS060X0D\nS060X0D\n",
      "codeset/1 poa category S06\nS070X0D\n",
      "codeset/1 poa category S06\nS060X0D\t1\n",
  };
  for (const char* text : kDamaged) {
    EXPECT_TRUE(FailsWith(DecodePoaCategory(text).status(), Reason::kDataDamaged, "", "damaged"))
        << text;
  }
  const char* const kInner[] = {
      "codeset/1 poa root\nS\n",
      "codeset/1 poa block S\nS06\tnot a digest\n",
      "codeset/1 poa block S\ncategory\tS06\t0\n",
  };
  for (const char* text : kInner) EXPECT_FALSE(DecodeInner(text).ok()) << text;
}

}  // namespace
}  // namespace codeset::model
