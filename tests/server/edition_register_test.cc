#include "storage/model/edition_register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_is.h"

namespace codeset::model {
namespace {

using testing::FailsWith;

TEST(EditionRegisterTest, KnowsEveryEditionOldestFirst) {
  std::vector<std::string> ids;
  const EditionRegister editions = EditionRegister::BuiltIn();
  for (const Edition& edition : editions.editions()) {
    ids.push_back(edition.id.ToString());
    EXPECT_EQ(edition.effective, edition.id.DefaultEffectiveDate()) << ids.back();
  }
  EXPECT_THAT(ids, ::testing::ElementsAre("2013", "2014", "2015", "2016", "2017", "2018", "2019",
                                          "2020", "2020-04", "2021", "2021-01", "2022", "2022-04",
                                          "2023", "2023-04", "2024", "2024-04", "2025", "2025-04",
                                          "2026", "2026-04", "2027"));
}

TEST(EditionRegisterTest, KnowsWhichMidYearEditionsChangedCodes) {
  const EditionRegister editions = EditionRegister::BuiltIn();
  for (const Edition& edition : editions.editions()) {
    if (edition.id.month() == 0) continue;
    EXPECT_EQ(edition.Changed(FacetGroup::kOrder), edition.id.year() <= 2023)
        << edition.id.ToString();
    EXPECT_TRUE(edition.Changed(FacetGroup::kTabular)) << edition.id.ToString();
  }
}

TEST(EditionRegisterTest, TakesAndReplacesEditions) {
  const auto editions = EditionRegister::BuiltIn().Extend(
      "# ours\n\n2027-04\t2027-04-01 tabular,order # groups in any order\r\n"
      "2026-04 2026-04-01 -\n2026.1 2025-11-05 order",
      "ours.txt");
  ASSERT_TRUE(editions.ok()) << editions.status();
  EXPECT_EQ(editions->editions().size(), EditionRegister::BuiltIn().editions().size() + 2);
  const Edition& last = editions->editions().back();
  EXPECT_EQ(last.id.ToString(), "2027-04");
  EXPECT_THAT(last.changed, ::testing::ElementsAre(FacetGroup::kOrder, FacetGroup::kTabular));
  for (const Edition& edition : editions->editions()) {
    if (edition.id.ToString() == "2026-04") {
      EXPECT_TRUE(edition.changed.empty());
    }
  }
}

TEST(EditionRegisterTest, RefusesWhatItCannotReadWithFileAndLine) {
  const struct {
    const char* text;
    const char* begins;
    const char* holds;
  } cases[] = {
      {"2027-04 2027-04-01", "f:1: ", "changed groups"},
      {"\n#\n2027-13 2027-04-01 order", "f:3: ", "release id"},
      {"2027-04 2027-04-31 order", "f:1: ", "no such day"},
      {"2027-04 2027-03-31 order", "f:1: ", "cannot take effect"},
      {"2027-04 2027-10-01 order", "f:1: ", "2027-09-30"},
      {"2027-04 2027-04-01 order,notes", "f:1: ", "facet group"},
      {"2027-04 2027-04-01 order, tabular", "f:1: ", "changed groups"},
      {"2027-04 2027-04-01 -\n2027-04 2027-04-01 -", "f:2: ", "twice"},
  };
  for (const auto& test : cases) {
    EXPECT_TRUE(FailsWith(EditionRegister::BuiltIn().Extend(test.text, "f").status(),
                          Reason::kArgumentInvalid, test.begins, test.holds))
        << test.text;
  }
}

}  // namespace
}  // namespace codeset::model
