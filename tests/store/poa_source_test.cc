// Whose list of POA-exempt codes is in force in a release.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "storage/model/release_id.h"
#include "storage/store/catalog.h"

namespace codeset::store {
namespace {

constexpr model::Date kToday(2026, 11, 24);

// `2024+` has a list; `2024+@never` is held back for ever, `2024+@2024-05-01` until a day.
CatalogRelease Described(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '@');
  std::string name = parts[0];
  const bool list = name.back() == '+';
  if (list) name.pop_back();
  const model::ReleaseId id = *model::ReleaseId::Parse(name);
  CatalogRelease release{id, id.DefaultEffectiveDate(), {}, {}, {}, {}};
  release.groups.emplace_back(model::FacetGroup::kOrder, model::DigestOf("order"));
  if (list) release.groups.emplace_back(model::FacetGroup::kPoa, model::DigestOf(name));
  if (parts.size() > 1) {
    release.activation = CatalogRelease::Activation();
    release.activation->never = parts[1] == "never";
    if (!release.activation->never) release.activation->day = *model::ParseDate(parts[1]);
  }
  return release;
}

TEST(PoaSourceTest, KeepsTheYearsListInForceAndNeverAnotherYears) {
  const struct {
    const char* why;
    std::vector<std::string> loaded;
    const char* release;
    const char* source;
  } kTests[] = {
      {"its own", {"2024+", "2025+"}, "2025", "2025"},
      {"an April edition without a list", {"2024+", "2024-04"}, "2024-04", "2024"},
      {"a year without a list", {"2026+", "2027"}, "2027", ""},
      {"never a later one's", {"2024", "2024-04+"}, "2024", ""},
      {"an edition between that changed the list is not loaded",
       {"2022+", "2022-08"},
       "2022-08",
       ""},
      {"it is loaded, with its list", {"2022+", "2022-04+", "2022-08"}, "2022-08", "2022-04"},
      {"it is loaded, without its list", {"2022+", "2022-04", "2022-08"}, "2022-08", ""},
      {"the edition itself is known to have changed it", {"2022+", "2022-04"}, "2022-04", ""},
      {"an edition between that left it alone", {"2023+", "2023-08"}, "2023-08", "2023"},
      {"a correction without a list", {"2026+", "2026.1"}, "2026.1", "2026"},
      {"the correction's list", {"2026+", "2026.2+", "2026.10+", "2026-04"}, "2026-04", "2026.10"},
      {"what is corrected does not take the correction's", {"2026", "2026.1+"}, "2026", ""},
      {"one that is held back lends to none",
       {"2026+", "2026.1+@never", "2026-04"},
       "2026-04",
       "2026"},
      {"held back until tomorrow", {"2026+", "2026.1+@2026-11-25", "2026-04"}, "2026-04", "2026"},
      {"held back until today", {"2026+", "2026.1+@2026-11-24", "2026-04"}, "2026-04", "2026.1"},
      {"held back, of itself", {"2026+@never"}, "2026", "2026"},
      {"none has a list", {"2026"}, "2026", ""},
  };
  for (const auto& test : kTests) {
    std::vector<CatalogRelease> releases;
    for (const std::string& text : test.loaded) releases.push_back(Described(text));
    const Catalog catalog(std::move(releases));
    const CatalogRelease* source = catalog.PoaSourceFor(*catalog.Find(test.release), kToday);
    EXPECT_EQ(source == nullptr ? "" : source->id.ToString(), test.source) << test.why;
  }
}

}  // namespace
}  // namespace codeset::store
