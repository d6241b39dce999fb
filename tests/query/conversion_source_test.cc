// Which conversion table covers two releases, and what it does not tell of.
#include "storage/query/conversion_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace codeset::query {
namespace {

// `2026+` has a table; `2026+@` is held back for ever.
model::TimelineRelease Described(std::string name) {
  const bool held_back = name.back() == '@';
  if (held_back) name.pop_back();
  const bool table = name.back() == '+';
  if (table) name.pop_back();
  const model::ReleaseId id = *model::ReleaseId::Parse(name);
  model::TimelineRelease release{id, id.DefaultEffectiveDate(), {}, false, held_back};
  release.groups.push_back(model::FacetGroup::kOrder);
  if (table) release.groups.push_back(model::FacetGroup::kConversion);
  return release;
}

TEST(ConversionSourceTest, IsTheNewersOwnTableElseTheNearestThatCovers) {
  const struct {
    const char* why;
    std::vector<std::string> loaded;
    const char* older;
    const char* newer;
    // The table, then the editions that it does not tell of.
    const char* source;
  } kTests[] = {
      {"its own", {"2024", "2025+", "2026+", "2027+"}, "2024", "2026", "2026"},
      {"the April edition changed none",
       {"2023", "2025+", "2025-04", "2026+"},
       "2023",
       "2025-04",
       "2025"},
      {"a later one, since the year changed it",
       {"2019+", "2020", "2021", "2022+", "2023+"},
       "2019",
       "2021",
       "2022"},
      {"an edition between that is not loaded changed it",
       {"2022+", "2024", "2025+"},
       "2022",
       "2024",
       "2025"},
      {"the newest is not covered", {"2025", "2026+", "2027"}, "2025", "2027", "2026 2027"},
      {"nor are editions that nobody loaded",
       {"2021", "2021-01+", "2024"},
       "2021-01",
       "2024",
       "2021-01 2022 2022-04 2023 2023-04 2024"},
      {"an old table before the older release",
       {"2017+", "2020", "2021"},
       "2020",
       "2021",
       "2017 2020-04 2021"},
      {"no table at all", {"2025", "2026"}, "2025", "2026", "- 2026"},
      {"nothing changed between", {"2024", "2024-04"}, "2024", "2024-04", "-"},
      {"no table tells of the time before 2016",
       {"2013", "2016", "2017+"},
       "2013",
       "2017",
       "2017 2014"},
      {"nor is it looked for there", {"2014", "2016", "2017+"}, "2014", "2016", "2017"},
      {"a correction of the edition has its table",
       {"2025", "2026+", "2026.1"},
       "2025",
       "2026.1",
       "2026"},
      {"a year of which nothing is known", {"2027+", "2029+"}, "2027", "2029", "2029"},
      {"and of which no table tells", {"2027+", "2029"}, "2027", "2029", "2027 2028 2029"},
      {"one that is held back lends to none",
       {"2024+", "2025", "2026+@"},
       "2024",
       "2025",
       "2024 2025"},
      {"held back, of itself", {"2025", "2026+@"}, "2025", "2026", "2026"},
      {"the same release", {"2026+"}, "2026", "2026", "2026"},
  };
  const auto editions = model::EditionRegister::BuiltIn();
  for (const auto& test : kTests) {
    // Lists of the test are oldest first.
    std::vector<model::TimelineRelease> releases;
    for (const std::string& name : test.loaded) releases.push_back(Described(name));
    const auto place = [&](const std::string& id) {
      return static_cast<size_t>(
          std::find_if(releases.begin(), releases.end(),
                       [&](const auto& release) { return release.id.ToString() == id; }) -
          releases.begin());
    };
    const ConversionSource source =
        FindConversionSource(releases, editions, place(test.older), place(test.newer));
    std::vector<std::string> told = {
        source.release.has_value() ? releases[*source.release].id.ToString() : "-"};
    told.insert(told.end(), source.uncovered.begin(), source.uncovered.end());
    EXPECT_EQ(absl::StrJoin(told, " "), test.source) << test.why;
  }
}

}  // namespace
}  // namespace codeset::query
