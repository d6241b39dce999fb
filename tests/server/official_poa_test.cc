// The published lists of POA-exempt codes, loaded with their releases: as many codes as each
// read-me says, the list of its own year in force, and never a union over years.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "server/backend.h"
#include "server/loader.h"
#include "storage/image/concept.h"
#include "tests/server/fixture.h"
#include "tests/support/official_releases.h"

namespace codeset::server {
namespace {

// A published release: the count of its read-me, and whose list is in force in it.
struct Known {
  const char* id;
  int codes;
  const char* poa_from;
};
constexpr Known kKnown[] = {
    {"2013", 0, ""},         {"2014", 0, ""},
    {"2016", 35239, "2016"}, {"2017", 36875, "2017"},
    {"2019", 36935, "2019"}, {"2020", 37075, "2020"},
    {"2021", 37258, "2021"}, {"2021-01", 37260, "2021-01"},
    {"2022", 37297, "2022"}, {"2022-04", 37299, "2022-04"},
    {"2023", 37658, "2023"}, {"2024", 38110, "2024"},
    {"2024-04", 0, "2024"},  {"2025", 38154, "2025"},
    {"2025-04", 0, "2025"},  {"2026", 38349, "2026"},
    {"2027", 0, ""},
};

// Codes that are billable on both sides of a change of the list, and some that are not there.
struct Fact {
  const char* id;
  const char* code;
  std::optional<bool> exempt;
};
constexpr Fact kFacts[] = {
    {"2014", "V00822A", std::nullopt}, {"2016", "V00822A", true},      {"2017", "V00822A", false},
    {"2017", "M96840", true},          {"2019", "M96840", false},      {"2017", "O09A0", false},
    {"2019", "O09A0", true},           {"2021-01", "Z515", false},     {"2022", "Z515", true},
    {"2023", "M8000XD", false},        {"2024", "M8000XD", true},      {"2024-04", "M8000XD", true},
    {"2024-04", "A000", false},        {"2021-01", "Z8616", true},     {"2025-04", "Z9989", true},
    {"2026", "Z9989", true},           {"2027", "Z9989", std::nullopt}};

TEST(OfficialPoaTest, KnowsForEachReleaseWhichCodesAreExempt) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  ServerFixture fixture;
  store::Store& store = fixture.store();
  for (const Known& known : kKnown) {
    auto files = source::ReadInputFiles({(releases / known.id).string()});
    ASSERT_TRUE(files.ok()) << files.status();
    v1::LoadOptions options;
    options.set_release_id(known.id);
    options.set_discard_sources(true);
    const auto report = LoadRelease(store, options, *std::move(files), {});
    ASSERT_TRUE(report.ok()) << known.id << ": " << report.status();
    EXPECT_EQ(report->release().counts().poa_exempt(), known.codes) << known.id;
    for (const v1::Disagreement& found : report->release().disagreements()) {
      EXPECT_FALSE(absl::StartsWith(found.class_name(), "POA_")) << known.id << found.class_name();
    }
  }
  const auto catalog = store.catalog();
  for (const Known& known : kKnown) {
    const store::CatalogRelease& release = *catalog->Find(known.id);
    EXPECT_EQ(ToResolved(*catalog, release, store.Today(), {}).poa_from(), known.poa_from)
        << known.id;
    EXPECT_EQ(release.Group(model::FacetGroup::kPoa).has_value(), known.codes > 0) << known.id;
    const auto image = store.GetImage(*catalog, known.id);
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_EQ((*image)->poa_from(), known.poa_from);
    const auto exempt =
        std::count_if((*image)->nodes().begin(), (*image)->nodes().end(),
                      [](const image::Node& node) { return node.billable && node.poa_exempt; });
    // Neither April edition has other codes than its October.
    const Known* const lender =
        std::find_if(std::begin(kKnown), std::end(kKnown),
                     [&](const Known& other) { return other.id == std::string(known.poa_from); });
    EXPECT_EQ(exempt, lender == std::end(kKnown) ? 0 : lender->codes) << known.id;
  }
  for (const Fact& fact : kFacts) {
    const auto image = store.GetImage(*catalog, fact.id);
    ASSERT_TRUE(image.ok()) << image.status();
    const std::optional<image::NodeIndex> node = (*image)->Find(fact.code);
    ASSERT_TRUE(node.has_value()) << fact.id << " " << fact.code;
    const v1::Concept found = image::ToConcept(**image, *node, v1::CONCEPT_VIEW_BASIC);
    EXPECT_EQ(found.has_poa_exempt() ? std::optional(found.poa_exempt()) : std::nullopt,
              fact.exempt)
        << fact.id << " " << fact.code;
  }
}

}  // namespace
}  // namespace codeset::server
