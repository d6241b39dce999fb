// What applies to a code in two releases typed by hand.
#include "storage/query/effective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/query/effective_editions.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using image::Image;
using image::NodeIndex;
using model::FacetGroup;
using model::NoteKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryPages;
using testing::Order;
using testing::PlainNote;

std::string Shown(const EffectiveChange& change) {
  const std::string facet = v1::Facet_Name(change.facet).substr(std::string("FACET_").size());
  return absl::StrCat(model::FacetGroupName(change.group), " ", facet, " ",
                      change.level == v1::CHANGE_LEVEL_OWN ? "own" : "inherited", " ",
                      change.origin);
}

class EffectiveTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Image> Build(const Edition& edition) {
    image::ImageSpec spec;
    spec.release_id = "2026";
    spec.effective = model::Date(2025, 10, 1);
    spec.groups.emplace_back(FacetGroup::kOrder, pages_.Add(model::EncodeOrder(edition.order)));
    if (edition.tabular.has_value()) {
      spec.groups.emplace_back(FacetGroup::kTabular,
                               pages_.Add(model::EncodeTabular(*edition.tabular)));
    }
    if (edition.poa.has_value()) {
      const model::Digest root = pages_.Add(model::EncodePoa({*edition.poa}));
      spec.groups.emplace_back(FacetGroup::kPoa, root);
      spec.poa = {spec.release_id, root};
    }
    if (edition.conversion.has_value()) {
      spec.groups.emplace_back(FacetGroup::kConversion,
                               pages_.Add(model::EncodeConversion({*edition.conversion})));
    }
    auto image = image::Image::Build(std::move(spec), pages_, cache_);
    EXPECT_TRUE(image.ok()) << image.status();
    return *image;
  }

  // The causes as `tabular NOTES own T25: T25 T250`, gone and now headers. Holds every way of
  // asking against each other on the way.
  std::vector<std::string> Changes() {
    from_ = Build(before_);
    to_ = Build(after_);
    const EffectiveDifference difference = CompareAllEffective(*from_, *to_);
    std::map<NodeIndex, std::vector<EffectiveChange>> by_code;
    std::vector<std::string> shown;
    const auto keys = [&](const std::vector<NodeIndex>& nodes) {
      return absl::StrJoin(nodes, " ", [&](std::string* out, NodeIndex node) {
        absl::StrAppend(out, from_->node(node).key);
      });
    };
    for (const EffectiveDifference::Cause& cause : difference.causes) {
      shown.push_back(absl::StrCat(Shown(cause.change), ": ", keys(cause.codes)));
      for (const NodeIndex node : cause.codes) by_code[node].push_back(cause.change);
    }
    if (!difference.gone.empty()) shown.push_back(absl::StrCat("gone: ", keys(difference.gone)));
    if (!difference.now_headers.empty()) {
      shown.push_back(absl::StrCat("now headers: ", keys(difference.now_headers)));
    }
    for (NodeIndex node = 0; node < from_->nodes().size(); ++node) {
      const auto after = to_->Find(from_->node(node).key);
      if (from_->node(node).row == nullptr || !after.has_value()) continue;
      const auto alone = CompareEffective(*from_, node, *to_, *after);
      EXPECT_THAT(alone, ::testing::UnorderedElementsAreArray(by_code[node]))
          << from_->node(node).key;
      ExpectDigestsAgree(node, *after, alone);
    }
    return shown;
  }

  // The changes of one code, in their order.
  std::vector<std::string> ChangesOf(const std::string& key) {
    from_ = Build(before_);
    to_ = Build(after_);
    std::vector<std::string> shown;
    for (const auto& change : CompareEffective(*from_, *from_->Find(key), *to_, *to_->Find(key))) {
      shown.push_back(Shown(change));
    }
    return shown;
  }

  Edition before_ = Burns();
  Edition after_ = Burns();

 private:
  void ExpectDigestsAgree(NodeIndex before, NodeIndex after,
                          const std::vector<EffectiveChange>& changes) {
    const auto a = EffectiveDigests(*from_, before);
    const auto b = EffectiveDigests(*to_, after);
    for (const auto& [group, digest] : a) {
      for (const auto& [other_group, other_digest] : b) {
        if (group != other_group) continue;
        const bool differs = std::any_of(changes.begin(), changes.end(),
                                         [g = group](const auto& one) { return one.group == g; });
        EXPECT_EQ(digest != other_digest, differs)
            << from_->node(before).key << " " << model::FacetGroupName(group);
      }
    }
  }

  MemoryPages pages_;
  image::PageCache cache_;
  std::shared_ptr<const Image> from_, to_;
};

TEST_F(EffectiveTest, FindsNothingBetweenEqualReleases) { EXPECT_THAT(Changes(), IsEmpty()); }

TEST_F(EffectiveTest, ANoteBearsOnAllThatLiesBelowIt) {
  after_.diag("T25").facts.notes = {PlainNote(NoteKind::kIncludes, {"frostbite"})};
  EXPECT_THAT(Changes(),
              ElementsAre("tabular NOTES own T25: T25", "tabular NOTES inherited T25: T250 T2501"));

  after_ = Burns();
  after_.section("T20-T32").facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  EXPECT_THAT(Changes(), ElementsAre("tabular NOTES inherited T20-T32: T20 T25 T250 T2501 T31"));

  after_ = Burns();
  after_.chapter(1).facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  EXPECT_THAT(Changes(), ElementsAre("tabular NOTES inherited 19: T20 T25 T250 T2501 T31 T36"));
}

TEST_F(EffectiveTest, WhatDoesNotApplyBelowBearsOnNoOther) {
  after_.diag("T25").facts.notes = {PlainNote(NoteKind::kInclusionTerm, {"scald"})};
  after_.section("T20-T32").facts.notes = {PlainNote(NoteKind::kInclusionTerm, {"scald"})};
  after_.section("T30-T32").title = "Extent of burns";
  after_.chapter(0).title = "Skin and subcutaneous tissue";
  EXPECT_THAT(Changes(), ElementsAre("tabular NOTES own T25: T25"));
}

TEST_F(EffectiveTest, TellsOwnFactsByTheirGroup) {
  after_.Row("T20").long_title = "Burn of head";
  after_.Row("T20").short_title = "Burn head";
  after_.diag("T20").title = "Burn of head";
  after_.diag("T31").title = "Burns by extent";
  after_.diag("T2501").placeholder = true;
  after_.diag("L55").facts.visual_impairment = {{"heading", std::nullopt, {}}};
  EXPECT_THAT(Changes(), ElementsAre("tabular TABULAR_OTHER own L55: L55",
                                     "order TITLE own T20: T20", "order SHORT_TITLE own T20: T20",
                                     "tabular TABULAR_OTHER own T2501: T2501",
                                     "tabular TABULAR_OTHER own T31: T31"));
}

TEST_F(EffectiveTest, ADefinitionOf7thCharactersAppliesWholeFromTheNearest) {
  const model::SeventhCharacters encounters{{}, {{"A", "initial", {}}, {"D", "later", {}}}};
  const model::SeventhCharacters one{{}, {{"A", "initial", {}}}};
  before_.section("T20-T25").facts.seventh_characters = one;
  before_.diag("T250").facts.seventh_characters = one;
  after_.section("T20-T25").facts.seventh_characters = encounters;
  after_.diag("T250").facts.seventh_characters = one;
  EXPECT_THAT(Changes(), ElementsAre("tabular SEVENTH_CHARACTERS inherited T20-T25: T20 T25"));
  // Moved up whole, from T25.0 to its section: the same for what lies in T25.0.
  before_ = Burns();
  before_.diag("T250").facts.seventh_characters = one;
  after_ = Burns();
  after_.section("T20-T25").facts.seventh_characters = one;
  EXPECT_THAT(Changes(), ElementsAre("tabular SEVENTH_CHARACTERS inherited T20-T25: T20 T25"));
  // None any more: where the old one stood.
  after_ = Burns();
  EXPECT_THAT(Changes(), ElementsAre("tabular SEVENTH_CHARACTERS own T250: T250",
                                     "tabular SEVENTH_CHARACTERS inherited T250: T2501"));
}

TEST_F(EffectiveTest, ANoteThatMovesUpWholeChangesNothingBelow) {
  before_.diag("T250").facts.notes = {PlainNote(NoteKind::kCodeFirst, {"the cause"})};
  after_.section("T20-T25").facts.notes = {PlainNote(NoteKind::kCodeFirst, {"the cause"})};
  EXPECT_THAT(Changes(), ElementsAre("tabular NOTES inherited T20-T25: T20 T25"));
  // Not so where one is put in between that makes another order.
  before_.diag("T25").facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  after_.diag("T25").facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  EXPECT_THAT(ChangesOf("T2501"),
              ElementsAre("tabular NOTES inherited T250", "tabular NOTES inherited T20-T25"));
}

// As X92-Y08 came to be X92-Y09: what it says stays the same.
TEST_F(EffectiveTest, ASectionOfAnotherNameChangesOnlyThePlaceOfWhatLiesInIt) {
  before_.section("T36-T50").facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  after_.section("T36-T50").facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  after_.section("T36-T50").id = "T36-T51";
  EXPECT_THAT(Changes(), ElementsAre("tabular PARENT own T36: T36"));
}

TEST_F(EffectiveTest, OriginsInAnotherOrderAreToldOfTheNearest) {
  for (Edition* edition : {&before_, &after_}) {
    edition->section("T20-T32").facts.notes = {PlainNote(NoteKind::kNote, {"wide"})};
    edition->section("T20-T25").facts.notes = {PlainNote(NoteKind::kNote, {"narrow"})};
  }
  // By hand: T20-T32 comes to lie within T20-T25.
  for (model::TabularSection& section : after_.chapter(1).sections) section.parent = -1;
  after_.section("T20-T32").categories = after_.section("T20-T25").categories;
  after_.section("T20-T25").categories.clear();
  after_.section("T20-T32").parent = 1;
  EXPECT_THAT(ChangesOf("T2501"), ElementsAre("tabular NOTES inherited T20-T32"));
  EXPECT_THAT(ChangesOf("T20"),
              ElementsAre("tabular PARENT own T20", "tabular NOTES inherited T20-T32"));
}

TEST_F(EffectiveTest, AnExcludesThatNamesTheCodeItselfDoesNotApplyToIt) {
  after_.section("T20-T25").facts.notes = {
      PlainNote(NoteKind::kExcludes2, {"burn of ankle and foot (T25.-)"})};
  EXPECT_THAT(Changes(), ElementsAre("tabular NOTES inherited T20-T25: T20"));
  after_.section("T20-T25").facts.notes = {
      PlainNote(NoteKind::kExcludes2, {"ankle (T25.0-)", "extent (T31)"})};
  before_.section("T20-T25").facts.notes = {PlainNote(NoteKind::kExcludes2, {"extent (T31)"})};
  EXPECT_THAT(Changes(), ElementsAre("tabular NOTES inherited T20-T25: T20 T25"));
}

// Not a word of the note and nothing on T36 changes: T31 goes, at which the range ended.
TEST_F(EffectiveTest, AnExcludesAppliesOtherwiseWhenAnEndOfItsRangeGoes) {
  for (Edition* edition : {&before_, &after_}) {
    edition->chapter(1).facts.notes = {PlainNote(NoteKind::kExcludes1, {"burns (T20-T31)"})};
  }
  after_.Remove("T31");
  after_.section("T30-T32").categories.clear();
  EXPECT_THAT(Changes(),
              ElementsAre("tabular NOTES inherited 19: T20 T25 T250 T2501", "gone: T31"));
}

// The same for a range whose note stands on a category, and for the order of categories.
TEST_F(EffectiveTest, AnExcludesAppliesOtherwiseWhenCodesStandInAnotherOrder) {
  for (Edition* edition : {&before_, &after_}) {
    edition->diag("T25").facts.notes = {
        PlainNote(NoteKind::kExcludes1, {"these (T20-T31)", "others (L55)"})};
  }
  std::swap(after_.order.rows[1], after_.order.rows[5]);
  EXPECT_THAT(Changes(),
              ElementsAre("tabular NOTES own T25: T25", "tabular NOTES inherited T25: T250 T2501"));
  after_.order = before_.order;
  after_.Remove("T20");
  after_.section("T20-T25").categories.erase(after_.section("T20-T25").categories.begin());
  EXPECT_THAT(Changes(), ElementsAre("tabular NOTES own T25: T25",
                                     "tabular NOTES inherited T25: T250 T2501", "gone: T20"));
}

TEST_F(EffectiveTest, TellsWhatIsGoneAndWhatIsAHeaderNow) {
  after_.order = Order({{"L55", false, "L55"},
                        {"L550", true, "L550"},
                        {"T20", true, "T20"},
                        {"T25", true, "T25"},
                        {"T31", true, "T31"},
                        {"T36", true, "T36"}});
  EXPECT_THAT(Changes(), ElementsAre("order BILLABLE own L55: L55", "order BILLABLE own T25: T25",
                                     "gone: T250 T2501", "now headers: L55"));
}

// As in 2013: T25.0 comes to stand between T25 and T25.01, and T25 goes.
TEST_F(EffectiveTest, TellsTheParentByWhatItIs) {
  before_.Remove("T250");
  EXPECT_THAT(Changes(), ElementsAre("order PARENT own T2501: T2501"));
  before_ = Burns();
  before_.Remove("T25");
  EXPECT_THAT(Changes(),
              ElementsAre("order PARENT own T250: T250", "tabular PARENT own T250: T250"));
  // Where chapters are not known the order file's part is.
  after_.tabular.reset();
  EXPECT_THAT(Changes(), ElementsAre("order PARENT own T250: T250"));
}

TEST_F(EffectiveTest, ComparesExemptionByTheListInForce) {
  before_.poa = {{"L55", "T31"}};
  after_.poa = {{"T20", "T31"}};
  EXPECT_THAT(Changes(),
              ElementsAre("poa POA_EXEMPTION own L55: L55", "poa POA_EXEMPTION own T20: T20"));
  after_.poa.reset();
  EXPECT_THAT(Changes(), IsEmpty());
}

TEST_F(EffectiveTest, ARowOfTheConversionTableBearsOnTheCodesThatItNames) {
  const model::Date day(2025, 10, 1);
  const model::ConversionRow old{3, "T36", "T36", model::Date(2020, 10, 1), "T20"};
  before_.conversion = {{old}};
  // The old row stands in another place and twice, which is the same.
  after_.conversion = {{{4, "T36", "T36", old.effective, "T20"},
                        {5, "T36", "T36", old.effective, "T20"},
                        {6, "L55", "L55", day, "T25.0-"}}};
  EXPECT_THAT(Changes(), ElementsAre("conversion UNSPECIFIED own L55: L55",
                                     "conversion UNSPECIFIED own T250: T250",
                                     "conversion UNSPECIFIED own T2501: T2501"));
  after_.conversion = {{old, {6, "T36", "T36", day, "T20-T25"}}};
  EXPECT_THAT(Changes(), ElementsAre("conversion UNSPECIFIED own T20: T20",
                                     "conversion UNSPECIFIED own T25: T25",
                                     "conversion UNSPECIFIED own T250: T250",
                                     "conversion UNSPECIFIED own T2501: T2501",
                                     "conversion UNSPECIFIED own T36: T36"));
  // What cannot be read names its current code; another date is another row.
  before_.conversion = {{{2, "T36", "T36", day, "see T31?!"}, old}};
  after_.conversion = {{{3, "T36", "T36", day, "see T31 or so"}, {4, "T36", "T36", day, "T20"}}};
  EXPECT_THAT(Changes(), ElementsAre("conversion UNSPECIFIED own T20: T20",
                                     "conversion UNSPECIFIED own T36: T36"));
  after_.conversion.reset();
  EXPECT_THAT(Changes(), IsEmpty());
}

TEST_F(EffectiveTest, ComparesNoGroupThatOneOfBothLacks) {
  after_.diag("T25").facts.notes = {PlainNote(NoteKind::kIncludes, {"frostbite"})};
  after_.Row("T31").long_title = "Burns by extent";
  before_.tabular.reset();
  EXPECT_THAT(Changes(), ElementsAre("order TITLE own T31: T31"));
  const auto image = Build(before_);
  EXPECT_TRUE(IsKnown(*image, FacetGroup::kOrder));
  EXPECT_FALSE(IsKnown(*image, FacetGroup::kTabular));
  EXPECT_FALSE(IsKnown(*image, FacetGroup::kPoa));
  EXPECT_FALSE(IsKnown(*image, FacetGroup::kConversion));
  EXPECT_EQ(EffectiveDigests(*image, *image->Find("T31")).size(), 1);
}

TEST_F(EffectiveTest, OrdersOwnChangesFirstThenByNearness) {
  after_.chapter(1).facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  after_.section("T20-T32").facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  before_.diag("T25").facts.notes = {PlainNote(NoteKind::kNote, {"acute"})};
  after_.diag("T2501").placeholder = true;
  after_.diag("T2501").facts.notes = {PlainNote(NoteKind::kInclusionTerm, {"scald"})};
  EXPECT_THAT(ChangesOf("T2501"),
              ElementsAre("tabular NOTES own T2501", "tabular TABULAR_OTHER own T2501",
                          "tabular NOTES inherited T25", "tabular NOTES inherited T20-T32",
                          "tabular NOTES inherited 19"));
}

// storage/FORMAT.md, "Effective digests", written out by hand.
TEST_F(EffectiveTest, DigestsAreOfTheCanonicalForm) {
  before_.section("T20-T32").facts.notes = {
      {NoteKind::kExcludes1, {{"burns of:", {"head (T20)", "ankle (T25.0-)"}}}}};
  before_.diag("T25").facts.notes = {PlainNote(NoteKind::kCodeFirst, {"the cause"})};
  before_.diag("T25").facts.seventh_characters = {{"one of:"}, {{"A", "initial", {"once"}}}};
  before_.diag("T2501").title = "Ankle";
  before_.poa = {{"T2501"}};
  before_.conversion = {{{3, "T2501", "T25.01", model::Date(2020, 10, 1), "T25.-"}}};
  const auto image = Build(before_);
  const auto digest = [](const std::string& text) { return model::DigestOf(text); };
  EXPECT_THAT(
      EffectiveDigests(*image, *image->Find("T2501")),
      ElementsAre(
          std::pair(FacetGroup::kOrder,
                    digest("codeset/1 effective order T2501\nbillable\t1\nshort-title\tT2501\n"
                           "title\tT2501\nparent\tT250\n")),
          std::pair(FacetGroup::kTabular,
                    digest("codeset/1 effective tabular T2501\ntabular-title\tAnkle\n"
                           "placeholder\t0\nnote\tcodeFirst\nitem\tthe cause\nnote\texcludes1\n"
                           "heading\tburns of:\nitem\thead (T20)\nseventh\ninstruction\tone of:\n"
                           "character\tA\tinitial\ncharacter-note\tonce\n")),
          std::pair(FacetGroup::kPoa, digest("codeset/1 effective poa T2501\nexempt\t1\n")),
          std::pair(FacetGroup::kConversion, digest("codeset/1 effective conversion T2501\n"
                                                    "row\tT2501\t2020-10-01\tT25.-\n"))));
}

}  // namespace
}  // namespace codeset::query
