// The timeline that histories are told along against what dates resolve to, day by day.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/history.h"
#include "server/selector.h"
#include "storage/model/error.h"
#include "storage/model/timeline.h"
#include "tests/server/selectors.h"

namespace codeset::server {
namespace {

using model::Date;
using model::EditionRegister;
using model::FormatDate;
using model::Period;
using model::Reason;
using model::ReasonOf;
using ::testing::Contains;
using ::testing::ElementsAreArray;

const Period* PeriodOf(const model::Timeline& timeline, Date day) {
  for (const Period& period : timeline.periods) {
    if (period.from <= day && (!period.until.has_value() || day < *period.until)) return &period;
  }
  return nullptr;
}

// Holds the period of a day against what the day's date resolves to.
void Compare(const model::Timeline& timeline, Date day,
             const absl::StatusOr<Resolution>& resolution) {
  SCOPED_TRACE(absl::StrCat(FormatDate(day), ": ", resolution.status().ToString()));
  const Period* period = PeriodOf(timeline, day);
  if (period == nullptr) {
    EXPECT_EQ(ReasonOf(resolution.status()), Reason::kDateBeforeFirstRelease);
    return;
  }
  EXPECT_EQ(period->order_known, resolution.ok());
  if (resolution.ok()) {
    ASSERT_TRUE(period->release.has_value());
    EXPECT_EQ(timeline.releases[*period->release].id.ToString(),
              resolution->release->id.ToString());
    EXPECT_THAT(resolution->coverage.unloaded_editions(), ElementsAreArray(period->unloaded));
    return;
  }
  // What is to be let go is loaded, and need not be an edition that the register knows.
  if (ReasonOf(resolution.status()) == Reason::kReleaseHeldBack) return;
  EXPECT_EQ(ReasonOf(resolution.status()), Reason::kReleaseNotLoaded);
  EXPECT_THAT(period->unloaded, Contains(model::FactsOf(resolution.status())["edition"]));
}

struct Case {
  const char* name;
  std::vector<std::string> loaded;
  // What the register has; the built-in one where this is null.
  const char* editions;
  const char* today;
};

class TimelineAgreementTest : public ::testing::TestWithParam<Case> {};

TEST_P(TimelineAgreementTest, EveryDayIsAsItsDateResolves) {
  const Case& test = GetParam();
  const store::Catalog catalog = CatalogOf(test.loaded);
  const EditionRegister editions = test.editions == nullptr
                                       ? EditionRegister::BuiltIn()
                                       : *EditionRegister({}).Extend(test.editions, "a test");
  const Date today = *model::ParseDate(test.today);
  const model::Timeline timeline = TimelineOf(catalog, editions, today);
  ASSERT_FALSE(timeline.periods.empty());
  // The last period stays open: beyond the fiscal years that are known to begin, dates have
  // no answer yet and histories do not say that anything ends.
  const Date last_border = std::max(timeline.periods.back().from, today);
  const Date end = model::FiscalYearStart(model::FiscalYearOf(last_border) + 1);
  for (Date day = timeline.periods.front().from - 40; day < end; ++day) {
    Compare(timeline, day, Resolve(ByDate(FormatDate(day)), catalog, editions, today));
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, TimelineAgreementTest,
    ::testing::Values(
        Case{"Published", kPublished, nullptr, "2026-11-23"},
        Case{"PublishedBeforeTheNewestIsInForce", kPublished, nullptr, "2026-03-31"},
        Case{"PublishedWhenTheCalendarIsBeyondThem", kPublished, nullptr, "2029-02-01"},
        Case{"OneReleaseAlone", {"2026"}, nullptr, "2026-11-23"},
        Case{"OneReleaseThatNoRegisterKnows", {"2026"}, "", "2027-09-30"},
        Case{"NothingLoaded", {}, nullptr, "2026-11-23"},
        Case{"YearsMissingBetween", {"2020", "2024"}, "", "2026-11-23"},
        Case{"OnlyTheAprilEditions", {"2022-04", "2024-04"}, nullptr, "2025-01-01"},
        Case{"Corrections",
             {"2026", "2026.2", "2026.10", "2026-04", "2026-04.1@2026-05-15", "2027.1"},
             nullptr,
             "2026-11-23"},
        Case{"ACorrectionOfAnEditionThatIsNotLoaded", {"2020", "2020-04.1"}, nullptr, "2026-11-23"},
        Case{"AnEditionThatStartsLate", {"2026@2025-11-15", "2027"}, nullptr, "2026-11-23"},
        Case{"HeldBackForEver",
             {"2025", "2026", "2026.1!never", "2027!never"},
             nullptr,
             "2026-11-23"},
        Case{"HeldBackUntilTomorrow", {"2026", "2027!2026-11-24"}, nullptr, "2026-11-23"},
        Case{"HeldBackUntilToday", {"2026", "2027!2026-11-23"}, nullptr, "2026-11-23"},
        Case{"HeldBackWithinAYear",
             {"2022", "2022-04!never", "2026", "2026-04!never"},
             nullptr,
             "2026-11-23"},
        Case{"LoadedForAnotherDayThanTheRegisterSays",
             {"2022", "2022-04@2022-05-15", "2026", "2026-04@2026-05-15!never"},
             nullptr,
             "2026-11-23"},
        Case{"TheOldestHeldBack", {"2011!never", "2026"}, nullptr, "2026-11-23"},
        Case{"HeldBackBeyondTheRegister", {"2027", "2028!never"}, nullptr, "2027-12-01"},
        Case{"EverythingHeldBack", {"2026!never"}, nullptr, "2026-11-23"},
        Case{"ARegisterThatKnowsCorrectionsAndTheFuture",
             {"2026", "2026-04"},
             "2026 2025-10-01 order\n2026.1 2025-10-01 order\n2026-01 2026-01-01 tabular\n"
             "2026-04 2026-04-01 tabular\n2027 2026-10-01 order\n2028-04 2028-04-01 order",
             "2026-05-01"}),
    [](const ::testing::TestParamInfo<Case>& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace codeset::server
