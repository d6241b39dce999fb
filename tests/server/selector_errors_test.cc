#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/selector.h"
#include "storage/model/error.h"
#include "tests/server/selectors.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Date;
using model::EditionRegister;
using model::FactsOf;
using model::Reason;

struct Refused {
  const char* name;
  std::vector<std::string> loaded;
  v1::ReleaseSelector selector;
  Reason reason;
  // Of the fact `edition`; empty for none.
  const char* edition;
  const char* says;
};

class SelectorRefusesTest : public ::testing::TestWithParam<Refused> {};

TEST_P(SelectorRefusesTest, WithReason) {
  const Refused& test = GetParam();
  const auto found = Resolve(test.selector, CatalogOf(test.loaded), EditionRegister::BuiltIn(),
                             Date(2026, 11, 23));
  EXPECT_TRUE(testing::FailsWith(found.status(), test.reason, "", test.says));
  EXPECT_EQ(FactsOf(found.status())["edition"], test.edition);
}

INSTANTIATE_TEST_SUITE_P(
    All, SelectorRefusesTest,
    ::testing::Values(
        Refused{"YearNotLoaded", kPublished, ByDate("2017-11-15"), Reason::kReleaseNotLoaded,
                "2018", "allow_stale"},
        Refused{"EditionThatChangedCodes", kPublished, ByDate("2023-06-01"),
                Reason::kReleaseNotLoaded, "2023-04", "2023-04"},
        Refused{"EditionWithoutOrderFile", kPublished, ByDate("2020-05-01"),
                Reason::kReleaseNotLoaded, "2020-04", ""},
        Refused{"YearBeyondTheRegister", kPublished, ByDate("2029-10-01"),
                Reason::kReleaseNotLoaded, "2030", ""},
        Refused{"YearOfWhichOnlyALaterEditionIsLoaded",
                {"2022-04"},
                ByDate("2021-11-01"),
                Reason::kReleaseNotLoaded,
                "2022",
                "by its id"},
        Refused{"NewestEditionWithCodes",
                {"2027"},
                ByDate("2024-05-01"),
                Reason::kReleaseNotLoaded,
                "2024",
                ""},
        Refused{"NothingToFallBackOn",
                {"2027"},
                ByDate("2017-11-15", true),
                Reason::kReleaseNotLoaded,
                "2018",
                ""},
        Refused{"BeforeTheFirstEdition", kPublished, ByDate("2012-09-30"),
                Reason::kDateBeforeFirstRelease, "", "2012-10-01"},
        Refused{"BeforeTheFirstEditionEvenIfStale", kPublished, ByDate("2012-09-30", true),
                Reason::kDateBeforeFirstRelease, "", "2012-10-01"},
        Refused{"NoDate", kPublished, ByDate("2023-02-29"), Reason::kArgumentInvalid, "", "day"},
        Refused{"EmptyDate", kPublished, ByDate(""), Reason::kArgumentInvalid, "", "YYYY-MM-DD"},
        Refused{"IdNotLoaded",
                {"2026"},
                ByName("2024-03"),
                Reason::kReleaseNotFound,
                "",
                "loaded are 2026"},
        Refused{"KnownIdNotLoaded",
                {"2026"},
                ByName("2023-04"),
                Reason::kReleaseNotFound,
                "",
                "codesetctl release load 2023-04"},
        Refused{"NoReleaseAtAll",
                {},
                ByName("current"),
                Reason::kReleaseNotFound,
                "",
                "no release is loaded"},
        Refused{"NoNext", {"2026"}, ByName("next"), Reason::kReleaseNotFound, "", "2026-11-23"},
        Refused{"Label", {"2026"}, ByName("prod"), Reason::kReleaseNotFound, "", "no label"},
        Refused{"CurrentInCapitals", {"2026"}, ByName("CURRENT"), Reason::kLabelInvalid, "", "a-z"},
        Refused{"NearlyAnId", {"2026"}, ByName("2026-13"), Reason::kReleaseIdInvalid, "", "month"},
        Refused{"IdOfOctober", {"2026"}, ByName("2026-10"), Reason::kReleaseIdInvalid, "", "2027"},
        Refused{"LongText",
                {"2026"},
                ByName(std::string(65, 'x')),
                Reason::kArgumentInvalid,
                "",
                "64"}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace codeset::server
