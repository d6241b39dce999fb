#include "storage/model/canonical.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "storage/model/error.h"
#include "tests/support/hand_made.h"

namespace codeset::model {
namespace {

using testing::Chapter;
using testing::Order;
using testing::Section;

const Page& PageOf(const PageSet& set, absl::string_view node) {
  for (const Page& page : set.pages) {
    if (page.node == node) return page;
  }
  ADD_FAILURE() << "no page of node " << node;
  return set.pages.front();
}

// The digest of nothing and of "abc", as FIPS 180-2 gives them.
TEST(DigestTest, IsSha256) {
  EXPECT_EQ(FormatDigest(DigestOf("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(FormatDigest(DigestOf("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(*ParseDigest(FormatDigest(DigestOf("abc"))), DigestOf("abc"));
  EXPECT_FALSE(ParseDigest("BA78").ok());
}

TEST(DigestDeathTest, ComesFromLibcryptoOrNotAtAll) {
  // In a process of its own, since libcrypto reads its configuration once.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::string path = ::testing::TempDir() + "/codeset-no-digests.cnf";
  std::ofstream(path) << "openssl_conf = init\n[init]\nproviders = all\n[all]\nbase = base\n"
                         "[base]\nactivate = 1\n";
  EXPECT_DEATH(
      {
        ::setenv("OPENSSL_CONF", path.c_str(), 1);
        DigestOf("abc");
      },
      "computes no SHA-256");
}

TEST(CanonicalTest, WritesOrderPagesAsTheFormatSays) {
  const PageSet set = EncodeOrder(Order({{"C76", true, "Ill-defined"},
                                         {"C7A", false, "Neuro"},
                                         {"C7A0", true, "Tumor"},
                                         {"D00", true, "In situ"}}));
  EXPECT_EQ(PageOf(set, "C7A").text,
            "codeset/1 order category C7A\nC7A\t0\tNeuro\tNeuro\nC7A0\t1\tTumor\tTumor\n");
  EXPECT_EQ(PageOf(set, "C").text, "codeset/1 order block C\nC76\t" +
                                       FormatDigest(PageOf(set, "C76").digest) + "\nC7A\t" +
                                       FormatDigest(PageOf(set, "C7A").digest) + "\n");
  EXPECT_EQ(set.pages.back().text, "codeset/1 order root\nC\t" +
                                       FormatDigest(PageOf(set, "C").digest) + "\nD\t" +
                                       FormatDigest(PageOf(set, "D").digest) + "\n");
  EXPECT_EQ(set.root(), DigestOf(set.pages.back().text));
}

TEST(CanonicalTest, NumbersABlockWhoseLetterComesAgain) {
  const PageSet set =
      EncodeOrder(Order({{"C76", true, "a"}, {"D00", true, "b"}, {"C80", true, "c"}}));
  EXPECT_EQ(PageOf(set, "C.2").text.substr(0, 26), "codeset/1 order block C.2\n");
}

TabularFacts EveryFact() {
  TabularFacts facts;
  facts.notes.push_back({NoteKind::kUseAdditionalCode,
                         {{std::nullopt, {"before"}}, {"to identify:", {"one", "two"}}}});
  facts.notes.push_back({NoteKind::kExcludes1, {{std::nullopt, {"other (A00)"}}}});
  facts.seventh_characters =
      SeventhCharacters{{"instruction"}, {{"A", "initial", {"open"}}, {"D", "subsequent", {}}}};
  VisualCategory heading;
  heading.heading = "Category";
  heading.ranges.push_back(
      {"Acuity", VisualBound{"less than", std::nullopt}, VisualBound{"equal to", std::nullopt}});
  VisualCategory row;
  row.value = "1";
  row.ranges.push_back({std::nullopt, VisualBound{std::nullopt, "6/18"}, std::nullopt});
  facts.visual_impairment = {heading, row};
  return facts;
}

Tabular OneOfEach() {
  Tabular tabular;
  tabular.chapters.push_back(Chapter(
      "7", "Eye", {Section("H53-H54", "Wide", {}), Section("H54-H54", "Blindness", {"H54"})}));
  tabular.chapters[0].facts = EveryFact();
  tabular.chapters[0].sections[1].facts = EveryFact();
  Diag diag;
  diag.code = "H548";
  diag.placeholder = true;
  diag.title = "Legal blindness";
  diag.facts = EveryFact();
  tabular.chapters[0].sections[1].categories[0].diags.push_back(diag);
  return tabular;
}

TEST(CanonicalTest, WritesTabularPagesAsTheFormatSays) {
  const PageSet set = EncodeTabular(OneOfEach());
  const std::string facts =
      "note\tuseAdditionalCode\nitem\tbefore\nheading\tto identify:\nitem\tone\nitem\ttwo\n"
      "note\texcludes1\nitem\tother (A00)\n"
      "seventh\ninstruction\tinstruction\ncharacter\tA\tinitial\ncharacter-note\topen\n"
      "character\tD\tsubsequent\n"
      "vis\tcategory\nvis\tcategory.heading\tCategory\nvis\trange\nvis\trange.heading\tAcuity\n"
      "vis\tmax\nvis\tmax.heading\tless than\nvis\tmin\nvis\tmin.heading\tequal to\n"
      "vis\tcategory\nvis\tcategory.value\t1\nvis\trange\nvis\tmax\nvis\tmax.value\t6/18\n";
  EXPECT_EQ(PageOf(set, "H54").text,
            "codeset/1 tabular category H54\ndiag\tH54\t0\tH54\ndiag\tH548\t1\tLegal blindness\n" +
                facts);
  EXPECT_EQ(PageOf(set, "H54-H54").text, "codeset/1 tabular section H54-H54\ntitle\tBlindness\n" +
                                             facts + "category\tH54\t" +
                                             FormatDigest(PageOf(set, "H54").digest) + "\n");
  EXPECT_EQ(PageOf(set, "7").text, "codeset/1 tabular chapter 7\ntitle\tEye\n" + facts +
                                       "section\tH53-H54\t" +
                                       FormatDigest(PageOf(set, "H53-H54").digest) + "\n");
  EXPECT_EQ(PageOf(set, "H53-H54").text,
            "codeset/1 tabular section H53-H54\ntitle\tWide\nsection\tH54-H54\t" +
                FormatDigest(PageOf(set, "H54-H54").digest) + "\n");
}

TEST(CanonicalTest, ReadsBackWhatItWrote) {
  const PageSet set = EncodeTabular(OneOfEach());
  const auto diags = DecodeTabularCategory(PageOf(set, "H54").text);
  ASSERT_TRUE(diags.ok()) << diags.status();
  ASSERT_EQ(diags->size(), 2u);
  EXPECT_EQ((*diags)[1].code, "H548");
  EXPECT_TRUE((*diags)[1].placeholder);
  EXPECT_EQ((*diags)[1].facts, EveryFact());
  const auto section = DecodeInner(PageOf(set, "H54-H54").text);
  ASSERT_TRUE(section.ok()) << section.status();
  EXPECT_EQ(section->title, "Blindness");
  EXPECT_EQ(section->facts, EveryFact());
  ASSERT_EQ(section->children.size(), 1u);
  EXPECT_EQ(section->children[0].id, "H54");
}

TEST(CanonicalTest, RefusesDamagedPages) {
  for (const char* text :
       {"", "codeset/2 order root\n", "codeset/1 order category A00",
        "codeset/1 order category A00\nA00\t2\tx\tx\n", "codeset/1 order category A00\nA00\t1\tx\n",
        "codeset/1 order category A00\nA0\t1\tx\tx\n"}) {
    EXPECT_EQ(ReasonOf(DecodeOrderCategory(text).status()), Reason::kDataDamaged) << text;
  }
  for (const char* text :
       {"codeset/1 tabular category A00\nnote\tincludes\n",
        "codeset/1 tabular category A00\ndiag\tA00\t0\tx\nitem\tx\n",
        "codeset/1 tabular category A00\ndiag\tA00\t0\tx\nnote\tunheard\n",
        "codeset/1 tabular category A00\ndiag\tA00\t0\tx\ncharacter\tA\tx\n",
        "codeset/1 tabular category A00\ndiag\tA00\t0\tx\nvis\trange\n",
        "codeset/1 tabular category A00\ndiag\tA00\t0\tx\nvis\tcategory\nvis\tmax.value\t1\n"}) {
    EXPECT_EQ(ReasonOf(DecodeTabularCategory(text).status()), Reason::kDataDamaged) << text;
  }
  for (const char* text : {"codeset/1 order root\nA\tnodigest\n", "codeset/1 order root\nA\n",
                           "codeset/1 tabular root\nchapter\t1\tzz\n"}) {
    EXPECT_EQ(ReasonOf(DecodeInner(text).status()), Reason::kDataDamaged) << text;
  }
}

TEST(CanonicalTest, TakesAReleasesFingerprintFromItsGroupsAlone) {
  const Digest order = DigestOf("order"), tabular = DigestOf("tabular");
  EXPECT_EQ(ReleaseFingerprint({{FacetGroup::kOrder, order}}),
            DigestOf("codeset/1 release\norder\t" + FormatDigest(order) + "\n"));
  // Whatever order they come in.
  EXPECT_EQ(ReleaseFingerprint({{FacetGroup::kTabular, tabular}, {FacetGroup::kOrder, order}}),
            DigestOf("codeset/1 release\norder\t" + FormatDigest(order) + "\ntabular\t" +
                     FormatDigest(tabular) + "\n"));
}

}  // namespace
}  // namespace codeset::model
