// Which release answers whom when: the rules of proto/codeset/v1/selector.proto as a table.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "server/selector.h"
#include "storage/model/error.h"
#include "tests/server/selectors.h"

namespace codeset::server {
namespace {

struct Row {
  // Releases and labels as selectors.h has them, with spaces between.
  const char* loaded;
  const char* labels;
  // A date, `stale` and a date, or what the field `release` takes.
  const char* asked;
  // In UTC.
  const char* now;
  // The release, its coverage, `without` the editions that are not there, and the marks; or
  // the reason of the error and the edition that it names.
  const char* answer;
};

std::vector<std::string> Words(absl::string_view text) {
  return absl::StrSplit(text, ' ', absl::SkipEmpty());
}

v1::ReleaseSelector SelectorOf(absl::string_view asked) {
  const bool stale = absl::ConsumePrefix(&asked, "stale ");
  const std::string text(asked);
  return model::ParseDate(text).ok() ? ByDate(text, stale) : ByName(text);
}

std::string AnswerOf(const Row& row) {
  absl::Time now;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, row.now, &now, &error)) << error;
  const store::Catalog catalog = CatalogOf(Words(row.loaded), Words(row.labels));
  const v1::ReleaseSelector selector = SelectorOf(row.asked);
  const model::Date today = model::DateInNewYork(now);
  const auto found = Resolve(selector, catalog, model::EditionRegister::BuiltIn(), today);
  if (!found.ok()) {
    const std::string edition = model::FactsOf(found.status())["edition"];
    return absl::StrCat(model::ReasonName(*model::ReasonOf(found.status())),
                        edition.empty() ? "" : " ", edition);
  }
  const v1::Coverage& coverage = found->coverage;
  EXPECT_EQ(coverage.date(), selector.has_date()                   ? selector.date()
                             : std::string(row.asked) == "current" ? model::FormatDate(today)
                                                                   : "");
  std::string answer =
      absl::StrCat(found->release->id.ToString(), " ",
                   absl::StripPrefix(v1::CoverageKind_Name(coverage.kind()), "COVERAGE_KIND_"));
  if (coverage.unloaded_editions_size() > 0) {
    absl::StrAppend(&answer, " without ", absl::StrJoin(coverage.unloaded_editions(), ","));
  }
  if (coverage.before_mandate()) absl::StrAppend(&answer, " before-mandate");
  if (coverage.overdue()) absl::StrAppend(&answer, " overdue");
  return answer;
}

class ResolutionTest : public ::testing::TestWithParam<Row> {};

TEST_P(ResolutionTest, Answers) {
  const Row& row = GetParam();
  EXPECT_EQ(AnswerOf(row), row.answer) << "asked for " << row.asked << " at " << row.now << " of ["
                                       << row.loaded << "] [" << row.labels << "]";
}

constexpr char kNow[] = "2026-11-23T17:00:00Z";
constexpr char kAll[] =
    "2013 2014 2016 2017 2019 2020 2021 2021-01 2022 2022-04 2023 2024 2024-04 2025 2025-04 2026 "
    "2027";

INSTANTIATE_TEST_SUITE_P(
    Corrections, ResolutionTest,
    ::testing::Values(Row{"2026 2026.1 2026.10 2026.2", "", "2025-11-03", kNow, "2026.10 EXACT"},
                      Row{"2026 2026.1 2026.10 2026.2", "", "2026", kNow, "2026 EXACT"},
                      Row{"2026 2026.1 2026.10 2026.2", "", "2026.2", kNow, "2026.2 EXACT"},
                      Row{"2026 2026.1@2025-12-01", "", "2025-11-30", kNow, "2026 EXACT"},
                      Row{"2026 2026.1@2025-12-01", "", "2025-12-01", kNow, "2026.1 EXACT"},
                      Row{"2026.1", "", "2025-11-03", kNow, "2026.1 EXACT"},
                      Row{"2026.1@2025-12-01", "", "2025-11-30", kNow, "RELEASE_NOT_LOADED 2026"},
                      Row{"2026.1@2025-12-01", "", "2025-12-01", kNow, "2026.1 EXACT"}));

INSTANTIATE_TEST_SUITE_P(
    MidYearEditions, ResolutionTest,
    ::testing::Values(
        Row{kAll, "", "2022-03-31", kNow, "2022 EXACT"},
        Row{kAll, "", "2022-04-01", kNow, "2022-04 EXACT"},
        Row{kAll, "", "2020-12-31", kNow, "2021 EXACT"},
        Row{kAll, "", "2021-01-01", kNow, "2021-01 EXACT"},
        Row{"2022 2022-04 2022-04.10 2022-04.2", "", "2022-04-01", kNow, "2022-04.10 EXACT"},
        Row{"2022 2022-04 2022-04.1@2022-05-01", "", "2022-04-30", kNow, "2022-04 EXACT"},
        Row{"2022 2022-04 2022-04.1@2022-05-01", "", "2022-05-01", kNow, "2022-04.1 EXACT"},
        Row{"2022 2022-04.1", "", "2022-05-01", kNow, "2022-04.1 EXACT"},
        Row{"2022 2022-04.1", "", "2022-03-31", kNow, "2022 EXACT"},
        // Loaded for a later day than the register has it, it is missing until then.
        Row{"2022 2022-04@2022-05-15", "", "2022-04-10", kNow, "RELEASE_NOT_LOADED 2022-04"},
        Row{"2022 2022-04@2022-05-15", "", "2022-05-15", kNow, "2022-04 EXACT"},
        // A correction of October's edition that took effect with it is older than April's.
        Row{"2022 2022.1 2022-04", "", "2022-05-01", kNow, "2022-04 EXACT"},
        Row{"2022 2022.1 2022-04", "", "2022-03-31", kNow, "2022.1 EXACT"}));

INSTANTIATE_TEST_SUITE_P(
    UnloadedYears, ResolutionTest,
    ::testing::Values(Row{kAll, "", "2017-09-30", kNow, "2017 EXACT"},
                      Row{kAll, "", "2017-10-01", kNow, "RELEASE_NOT_LOADED 2018"},
                      Row{kAll, "", "2018-09-30", kNow, "RELEASE_NOT_LOADED 2018"},
                      Row{kAll, "", "2018-10-01", kNow, "2019 EXACT"},
                      Row{kAll, "", "stale 2018-01-01", kNow, "2017 STALE without 2018"},
                      Row{"2016 2017", "", "stale 2020-05-01", kNow,
                          "2017 STALE without 2018,2019,2020,2020-04"},
                      Row{"2027", "", "stale 2017-11-15", kNow, "RELEASE_NOT_LOADED 2018"},
                      Row{"2027", "", "2027-09-30", kNow, "2027 EXACT"},
                      Row{"2027", "", "2027-10-01", kNow, "RELEASE_NOT_LOADED 2028"},
                      Row{"2027", "", "stale 2027-10-01", kNow, "2027 STALE without 2028"},
                      // Of its year, but not in force yet.
                      Row{"2022-04", "", "2021-11-01", kNow, "RELEASE_NOT_LOADED 2022"}));

INSTANTIATE_TEST_SUITE_P(
    UnloadedEditions, ResolutionTest,
    ::testing::Values(
        Row{kAll, "", "2023-03-31", kNow, "2023 EXACT"},
        Row{kAll, "", "2023-04-01", kNow, "RELEASE_NOT_LOADED 2023-04"},
        Row{kAll, "", "stale 2023-04-01", kNow, "2023 STALE without 2023-04"},
        Row{kAll, "", "2020-03-31", kNow, "2020 EXACT"},
        Row{kAll, "", "2020-04-01", kNow, "RELEASE_NOT_LOADED 2020-04"},
        Row{kAll, "", "2026-03-31", kNow, "2026 EXACT"},
        Row{kAll, "", "2026-04-01", kNow, "2026 OTHER_GROUPS_CHANGED without 2026-04"},
        Row{kAll, "", "stale 2026-04-01", kNow, "2026 OTHER_GROUPS_CHANGED without 2026-04"},
        Row{kAll, "", "2024-04-01", kNow, "2024-04 EXACT"},
        Row{"2024", "", "2024-04-01", kNow, "2024 OTHER_GROUPS_CHANGED without 2024-04"}));

INSTANTIATE_TEST_SUITE_P(
    EarlyDates, ResolutionTest,
    ::testing::Values(Row{kAll, "", "2012-09-30", kNow, "DATE_BEFORE_FIRST_RELEASE"},
                      Row{kAll, "", "stale 2012-09-30", kNow, "DATE_BEFORE_FIRST_RELEASE"},
                      Row{kAll, "", "2012-10-01", kNow, "2013 EXACT before-mandate"},
                      Row{kAll, "", "2014-09-30", kNow, "2014 EXACT before-mandate"},
                      Row{kAll, "", "2014-10-01", kNow, "RELEASE_NOT_LOADED 2015"},
                      Row{kAll, "", "2015-09-30", kNow, "RELEASE_NOT_LOADED 2015"},
                      Row{kAll, "", "stale 2015-09-30", kNow,
                          "2014 STALE without 2015 before-mandate"},
                      Row{"2014 2015", "", "2015-09-30", kNow, "2015 EXACT before-mandate"},
                      Row{kAll, "", "2015-10-01", kNow, "2016 EXACT"}));

INSTANTIATE_TEST_SUITE_P(
    TodayAndTomorrow, ResolutionTest,
    ::testing::Values(
        // A date in the future is answered, and is not current yet.
        Row{"2026 2027", "", "2026-10-01", "2026-09-30T16:00:00Z", "2027 EXACT"},
        Row{"2026 2027", "", "current", "2026-09-30T16:00:00Z",
            "2026 OTHER_GROUPS_CHANGED without 2026-04 overdue"},
        Row{"2026 2026-04 2027", "", "current", "2026-09-30T16:00:00Z", "2026-04 EXACT"},
        Row{"2026 2027", "", "next", "2026-09-30T16:00:00Z", "2027 EXACT"},
        Row{"2026 2027", "", "current", "2026-10-01T16:00:00Z", "2027 EXACT"},
        Row{"2026 2027", "", "next", "2026-10-01T16:00:00Z", "RELEASE_NOT_FOUND"},
        Row{"2026 2027 2027.2 2027.10", "", "next", "2026-09-30T16:00:00Z", "2027.10 EXACT"},
        // Midnight in New York, in summer and in winter.
        Row{"2026-04 2027", "", "current", "2026-10-01T03:59:59Z", "2026-04 EXACT"},
        Row{"2026-04 2027", "", "next", "2026-10-01T03:59:59Z", "2027 EXACT"},
        Row{"2026-04 2027", "", "current", "2026-10-01T04:00:00Z", "2027 EXACT"},
        Row{"2021 2021-01", "", "current", "2021-01-01T04:00:00Z", "2021 EXACT"},
        Row{"2021 2021-01", "", "current", "2021-01-01T04:59:59Z", "2021 EXACT"},
        Row{"2021 2021-01", "", "current", "2021-01-01T05:00:00Z", "2021-01 EXACT"}));

INSTANTIATE_TEST_SUITE_P(
    Overdue, ResolutionTest,
    ::testing::Values(
        Row{kAll, "", "current", kNow, "2027 EXACT"},
        Row{kAll, "", "current", "2027-10-01T03:59:59Z", "2027 EXACT"},
        Row{kAll, "", "current", "2027-10-01T04:00:00Z", "2027 STALE without 2028 overdue"},
        Row{"2023", "", "current", "2023-04-01T03:59:59Z", "2023 EXACT"},
        Row{"2023", "", "current", "2023-04-01T04:00:00Z", "2023 STALE without 2023-04 overdue"},
        Row{"2014", "", "current", "2014-11-01T17:00:00Z",
            "2014 STALE without 2015 before-mandate overdue"},
        Row{"2027", "", "current", "2026-09-01T17:00:00Z", "RELEASE_NOT_FOUND"}));

INSTANTIATE_TEST_SUITE_P(
    HeldBack, ResolutionTest,
    ::testing::Values(
        Row{"2022 2022-04!never", "", "2022-03-31", kNow, "2022 EXACT"},
        Row{"2022 2022-04!never", "", "2022-04-01", kNow, "RELEASE_HELD_BACK 2022-04"},
        Row{"2022 2022-04!never", "", "stale 2022-04-01", kNow, "2022 STALE without 2022-04"},
        Row{"2022 2022-04!never", "", "2022-04", kNow, "2022-04 EXACT"},
        // On New York's day, whatever the date asked about.
        Row{"2022 2022-04!2026-12-01", "", "2022-04-01", kNow, "RELEASE_HELD_BACK 2022-04"},
        Row{"2022 2022-04!2026-12-01", "", "2022-04-01", "2026-12-01T04:59:59Z",
            "RELEASE_HELD_BACK 2022-04"},
        Row{"2022 2022-04!2026-12-01", "", "2022-04-01", "2026-12-01T05:00:00Z", "2022-04 EXACT"},
        Row{"2022 2022-04!2026-12-01", "", "2026-12-02", kNow, "RELEASE_NOT_LOADED 2027"},
        // As one that is not loaded, where that is known to be there.
        Row{"2026 2026-04!never", "", "2026-04-01", kNow,
            "2026 OTHER_GROUPS_CHANGED without 2026-04"},
        Row{"2026 2026.1!never", "", "2025-11-03", kNow, "2026 EXACT"},
        Row{"2026!never 2026.1", "", "2025-11-03", kNow, "2026.1 EXACT"},
        Row{"2025 2026!never", "", "2025-11-03", kNow, "RELEASE_HELD_BACK 2026"},
        Row{"2025 2026!never", "", "stale 2025-11-03", kNow, "2025 STALE without 2025-04,2026"},
        Row{"2027 2028!never", "", "2027-11-01", kNow, "RELEASE_HELD_BACK 2028"},
        Row{"2027 2028!never", "", "stale 2027-11-01", kNow, "2027 STALE without 2028"},
        Row{"2022!never 2022-04!never", "", "2022-05-01", kNow, "RELEASE_HELD_BACK 2022-04"},
        Row{"2022!never 2022-04!never", "", "2021-11-01", kNow, "RELEASE_HELD_BACK 2022"},
        Row{"2022!never 2022.1!never", "", "2021-11-01", kNow, "RELEASE_HELD_BACK 2022.1"},
        // To let it go would not be enough.
        Row{"2020!never", "", "2020-05-01", kNow, "RELEASE_NOT_LOADED 2020-04"},
        Row{"2026 2027!never", "", "next", "2026-09-01T17:00:00Z", "RELEASE_NOT_FOUND"},
        Row{"2026 2027 2027.1!never", "", "next", "2026-09-01T17:00:00Z", "2027 EXACT"},
        Row{"2026 2027!never", "", "current", kNow, "2026 STALE without 2026-04,2027 overdue"},
        Row{"2027!never", "", "current", kNow, "RELEASE_HELD_BACK 2027"}));

INSTANTIATE_TEST_SUITE_P(
    Labels, ResolutionTest,
    ::testing::Values(
        Row{"2026 2026.1", "prod=2026", "prod", kNow, "2026.1 EXACT"},
        Row{"2026 2026.1", "prod=2026!", "prod", kNow, "2026 EXACT"},
        Row{"2026 2026.2 2026.10", "prod=2026", "prod", kNow, "2026.10 EXACT"},
        Row{"2026 2026.1 2026.2", "prod=2026.1", "prod", kNow, "2026.2 EXACT"},
        Row{"2026 2026.1", "prod=2026.1", "prod", kNow, "2026.1 EXACT"},
        Row{"2026 2026.1!never", "prod=2026", "prod", kNow, "2026 EXACT"},
        Row{"2026 2026.1!2026-11-24", "prod=2026", "prod", "2026-11-24T05:00:00Z", "2026.1 EXACT"},
        Row{"2027 2027.1@2026-12-01", "prod=2027", "prod", "2026-12-01T04:59:59Z", "2027 EXACT"},
        Row{"2027 2027.1@2026-12-01", "prod=2027", "prod", "2026-12-01T05:00:00Z", "2027.1 EXACT"},
        // The newest is the one that took effect last, as it is for dates.
        Row{"2026 2026.1@2026-05-01 2026.2", "prod=2026", "prod", kNow, "2026.1 EXACT"},
        Row{"2026 2026.1@2026-05-01 2026.2", "", "2026-06-01", kNow, "2026.1 EXACT"},
        Row{"2026 2026.1@2026-05-01 2026.2", "", "2026-03-01", kNow, "2026.2 EXACT"},
        // An edition is not followed to the next.
        Row{"2022 2022-04", "prod=2022", "prod", kNow, "2022 EXACT"},
        Row{"2022 2022-04 2022-04.1 2022.1", "prod=2022-04", "prod", kNow, "2022-04.1 EXACT"},
        // Where the operator put it, it stays.
        Row{"2026!never", "prod=2026", "prod", kNow, "2026 EXACT"},
        Row{"2026 2027", "prod=2027", "prod", "2026-09-01T17:00:00Z", "2027 EXACT"},
        Row{"2026", "prod=2026", "test", kNow, "RELEASE_NOT_FOUND"},
        Row{"2026", "prod=2026", "Prod", kNow, "LABEL_INVALID"},
        Row{"2026", "prod=2026", "2026-prod", kNow, "RELEASE_ID_INVALID"}));

TEST(ResolutionErrorTest, NamesLabelsAndReleasesWhereALabelIsUnknown) {
  const auto found = Resolve(ByName("tset"), CatalogOf({"2025", "2026!never"}, {"prod=2025"}),
                             model::EditionRegister::BuiltIn(), model::Date(2026, 11, 23));
  EXPECT_TRUE(absl::StrContains(found.status().message(),
                                "there is no label \"tset\"; the labels are prod; loaded are "
                                "2025, 2026 (held back)"))
      << found.status();
}

TEST(ResolutionErrorTest, SaysHowToLetGoWhatIsHeldBack) {
  const auto found = Resolve(ByDate("2022-05-01"), CatalogOf({"2022", "2022-04!2026-12-01"}),
                             model::EditionRegister::BuiltIn(), model::Date(2026, 11, 23));
  for (const char* const part :
       {"2022-04", "held back until 2026-12-01", "release activate 2022-04", "allow_stale"}) {
    EXPECT_TRUE(absl::StrContains(found.status().message(), part)) << part << found.status();
  }
}

}  // namespace
}  // namespace codeset::server
