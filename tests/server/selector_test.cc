#include "server/selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/model/error.h"
#include "tests/server/selectors.h"

namespace codeset::server {
namespace {

using model::Date;
using model::EditionRegister;
using model::FactsOf;
using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAreArray;

struct Found {
  const char* name;
  std::vector<std::string> loaded;
  v1::ReleaseSelector selector;
  const char* today;
  const char* id;
  v1::CoverageKind kind;
  std::vector<std::string> unloaded = {};
  bool before_mandate = false;
  const char* date = "";
};

class SelectorFindsTest : public ::testing::TestWithParam<Found> {};

TEST_P(SelectorFindsTest, ReleaseAndCoverage) {
  const Found& test = GetParam();
  const store::Catalog catalog = CatalogOf(test.loaded);
  const auto found =
      Resolve(test.selector, catalog, EditionRegister::BuiltIn(), *model::ParseDate(test.today));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->release->id.ToString(), test.id);
  EXPECT_EQ(found->coverage.kind(), test.kind);
  EXPECT_THAT(found->coverage.unloaded_editions(), ElementsAreArray(test.unloaded));
  EXPECT_EQ(found->coverage.before_mandate(), test.before_mandate);
  EXPECT_EQ(found->coverage.date(), test.date);
}

constexpr auto kExact = v1::COVERAGE_KIND_EXACT;
constexpr auto kOther = v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED;
constexpr auto kStale = v1::COVERAGE_KIND_STALE;

INSTANTIATE_TEST_SUITE_P(
    All, SelectorFindsTest,
    ::testing::Values(
        Found{"Id", kPublished, ByName("2021-01"), "2026-11-23", "2021-01", kExact},
        Found{"IdWhateverTheRegisterKnows", {"2023"}, ByName("2023"), "2023-06-01", "2023", kExact},
        Found{"NothingMeansCurrent",
              kPublished,
              {},
              "2026-11-23",
              "2027",
              kExact,
              {},
              false,
              "2026-11-23"},
        Found{"Current",
              kPublished,
              ByName("current"),
              "2025-12-01",
              "2026",
              kExact,
              {},
              false,
              "2025-12-01"},
        Found{"CurrentWithOtherGroupsChanged",
              kPublished,
              ByName("current"),
              "2026-09-30",
              "2026",
              kOther,
              {"2026-04"},
              false,
              "2026-09-30"},
        Found{"CurrentCrossesFiscalYears",
              {"2022", "2023"},
              ByName("current"),
              "2024-01-01",
              "2023",
              kStale,
              {"2023-04", "2024"},
              false,
              "2024-01-01"},
        Found{"CurrentIsNotFuture",
              {"2026", "2027"},
              ByName("current"),
              "2026-09-30",
              "2026",
              kOther,
              {"2026-04"},
              false,
              "2026-09-30"},
        Found{"CurrentFromTheFirstDay",
              {"2026", "2027"},
              ByName("current"),
              "2026-10-01",
              "2027",
              kExact,
              {},
              false,
              "2026-10-01"},
        Found{"CurrentBeyondTheRegister",
              {"2027"},
              ByName("current"),
              "2028-01-01",
              "2027",
              kStale,
              {"2028"},
              false,
              "2028-01-01"},
        Found{"Next", kPublished, ByName("next"), "2026-03-31", "2027", kExact},
        Found{"NextIsTheFirstOfSeveral",
              {"2025", "2025-04", "2026"},
              ByName("next"),
              "2024-12-01",
              "2025-04",
              kExact},
        Found{"NextWithItsNewestCorrection",
              {"2026", "2027", "2027.1"},
              ByName("next"),
              "2026-03-31",
              "2027.1",
              kExact},
        Found{"DateOnTheFirstDay",
              kPublished,
              ByDate("2024-10-01"),
              "2026-11-23",
              "2025",
              kExact,
              {},
              false,
              "2024-10-01"},
        Found{"DateOnTheLastDay",
              kPublished,
              ByDate("2022-09-30"),
              "2026-11-23",
              "2022-04",
              kExact,
              {},
              false,
              "2022-09-30"},
        Found{"DateBeforeTheAprilEdition",
              kPublished,
              ByDate("2022-03-31"),
              "2026-11-23",
              "2022",
              kExact,
              {},
              false,
              "2022-03-31"},
        Found{"DateBeforeAnUnloadedEditionOfItsYear",
              kPublished,
              ByDate("2023-03-31"),
              "2026-11-23",
              "2023",
              kExact,
              {},
              false,
              "2023-03-31"},
        Found{"DateWithOtherGroupsChanged",
              {"2024"},
              ByDate("2024-05-01"),
              "2026-11-23",
              "2024",
              kOther,
              {"2024-04"},
              false,
              "2024-05-01"},
        Found{"DateBeforeTheMandate",
              kPublished,
              ByDate("2014-01-01"),
              "2026-11-23",
              "2014",
              kExact,
              {},
              true,
              "2014-01-01"},
        Found{"DateOfTheMandate",
              kPublished,
              ByDate("2015-10-01"),
              "2026-11-23",
              "2016",
              kExact,
              {},
              false,
              "2015-10-01"},
        Found{"DateInTheFuture",
              kPublished,
              ByDate("2027-09-30"),
              "2026-11-23",
              "2027",
              kExact,
              {},
              false,
              "2027-09-30"},
        Found{"CorrectionOfTheSameDay",
              {"2026", "2026.1"},
              ByDate("2025-11-01"),
              "2026-11-23",
              "2026.1",
              kExact,
              {},
              false,
              "2025-11-01"},
        Found{"TenthCorrectionAfterTheSecond",
              {"2026.10", "2026.2", "2026"},
              ByDate("2025-11-01"),
              "2026-11-23",
              "2026.10",
              kExact,
              {},
              false,
              "2025-11-01"},
        Found{"CorrectionNotYetInForce",
              {"2026", "2026.1@2025-12-01"},
              ByDate("2025-11-30"),
              "2026-11-23",
              "2026",
              kExact,
              {},
              false,
              "2025-11-30"},
        Found{"CorrectionInForce",
              {"2026", "2026.1@2025-12-01"},
              ByDate("2025-12-01"),
              "2026-11-23",
              "2026.1",
              kExact,
              {},
              false,
              "2025-12-01"},
        Found{"CorrectionOfAMidYearEdition",
              {"2022", "2022-04", "2022-04.1"},
              ByDate("2022-05-01"),
              "2026-11-23",
              "2022-04.1",
              kExact,
              {},
              false,
              "2022-05-01"},
        Found{"CorrectionStandsForItsEdition",
              {"2022", "2022-04.1"},
              ByDate("2022-05-01"),
              "2026-11-23",
              "2022-04.1",
              kExact,
              {},
              false,
              "2022-05-01"},
        Found{"LateCorrectionOfTheFirstEditionIsNewerThanApril",
              {"2026", "2026.1@2026-05-01"},
              ByDate("2026-06-01"),
              "2026-11-23",
              "2026.1",
              kExact,
              {},
              false,
              "2026-06-01"},
        Found{"StaleWithinTheYear",
              kPublished,
              ByDate("2023-06-01", true),
              "2026-11-23",
              "2023",
              kStale,
              {"2023-04"},
              false,
              "2023-06-01"},
        Found{"StaleFromAnotherYear",
              kPublished,
              ByDate("2017-11-15", true),
              "2026-11-23",
              "2017",
              kStale,
              {"2018"},
              false,
              "2017-11-15"},
        Found{"StaleIsNotNeeded",
              kPublished,
              ByDate("2022-05-01", true),
              "2026-11-23",
              "2022-04",
              kExact,
              {},
              false,
              "2022-05-01"}),
    [](const auto& tested) { return std::string(tested.param.name); });

// A text may have 64 bytes, and a label 63.
TEST(SelectorTest, TextOf64BytesIsLookedAt) {
  const auto reason_of = [](size_t length) {
    return ReasonOf(Resolve(ByName(std::string(length, 'x')), CatalogOf({"2026"}),
                            EditionRegister::BuiltIn(), Date(2026, 11, 23))
                        .status());
  };
  EXPECT_EQ(reason_of(63), Reason::kReleaseNotFound);
  EXPECT_EQ(reason_of(64), Reason::kLabelInvalid);
}

TEST(SelectorTest, ReleasesOlderThanTheRegisterMoveTheFirstDate) {
  EXPECT_TRUE(Resolve(ByDate("2011-12-01"), CatalogOf({"2012"}), EditionRegister::BuiltIn(),
                      Date(2026, 11, 23))
                  .ok());
}

TEST(SelectorTest, AnOperatorsEditionCounts) {
  const auto editions = EditionRegister::BuiltIn().Extend("2027-04 2027-04-01 order,tabular", "f");
  ASSERT_TRUE(editions.ok());
  const auto found =
      Resolve(ByDate("2027-05-01"), CatalogOf({"2027"}), *editions, Date(2026, 11, 23));
  EXPECT_EQ(FactsOf(found.status())["edition"], "2027-04");
}

// What is current changes at midnight in New York, in summer time.
TEST(SelectorTest, CurrentChangesAtMidnightInNewYork) {
  const store::Catalog catalog = CatalogOf({"2026", "2027"});
  const absl::Time midnight =
      absl::FromCivil(absl::CivilSecond(2026, 10, 1, 4), absl::UTCTimeZone());
  const auto current_at = [&](absl::Time now) {
    return Resolve(ByName("current"), catalog, EditionRegister::BuiltIn(),
                   model::DateInNewYork(now))
        ->release->id.ToString();
  };
  EXPECT_EQ(current_at(midnight - absl::Seconds(1)), "2026");
  EXPECT_EQ(current_at(midnight), "2027");
}

}  // namespace
}  // namespace codeset::server
