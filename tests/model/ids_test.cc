#include <gtest/gtest.h>

#include "storage/model/concept_id.h"
#include "storage/model/date.h"
#include "storage/model/error.h"
#include "storage/model/release_id.h"

namespace codeset::model {
namespace {

TEST(ConceptIdTest, ReadsIdsAsPeopleWriteThem) {
  const struct {
    const char* text;
    const char* key;
    const char* official;
  } kCases[] = {
      {"M99.86", "M9986", "M99.86"},
      {"m9986", "M9986", "M99.86"},
      {"  M99.86\t", "M9986", "M99.86"},
      {"I10", "I10", "I10"},
      {"t81.4xxa", "T814XXA", "T81.4XXA"},
      {"C4A", "C4A", "C4A"},
      {"qa0.0101", "QA00101", "QA0.0101"},
      {"13", "13", "13"},
      {" 1 ", "1", "1"},
      {"m99-m99", "M99-M99", "M99-M99"},
      {"C00-C96", "C00-C96", "C00-C96"},
  };
  for (const auto& test : kCases) {
    const absl::StatusOr<std::string> key = ParseConceptKey(test.text);
    ASSERT_TRUE(key.ok()) << test.text << ": " << key.status();
    EXPECT_EQ(*key, test.key) << test.text;
    EXPECT_EQ(FormatConceptKey(*key), test.official) << test.text;
  }
}

TEST(ConceptIdTest, RefusesWhatCanBeNoIdAndSaysWhy) {
  const struct {
    const char* text;
    const char* why;
  } kCases[] = {
      {"", "empty"},
      {"   ", "empty"},
      {"M9", "three characters"},
      {"M99.", "nothing follows"},
      {"M9.986", "after the third"},
      {"M99.8.6", "letters and digits"},
      {"M99 86", "letters and digits"},
      {"M99.86ABC", "seven"},
      {"9M9", "begins with a letter"},
      {"M99-", "first-last"},
      {"M99.8-M99.9", "first-last"},
      {"013", "chapter"},
      {"123", "chapter"},
      {"M99.8é", "letters and digits"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = ParseConceptKey(test.text).status();
    EXPECT_EQ(ReasonOf(status), Reason::kConceptIdInvalid) << test.text;
    EXPECT_NE(status.message().find(test.why), absl::string_view::npos)
        << test.text << ": " << status.message();
  }
}

TEST(ConceptIdTest, RefusesACodeOfTenThousandCharactersWithoutRepeatingIt) {
  const absl::Status status = ParseConceptKey(std::string(10000, 'A')).status();
  EXPECT_EQ(ReasonOf(status), Reason::kConceptIdInvalid);
  EXPECT_LT(status.message().size(), 200u);
}

TEST(ConceptIdTest, WritesSectionsAlwaysFirstLast) {
  EXPECT_EQ(SectionId("M99"), "M99-M99");
  EXPECT_EQ(SectionId("C00-C96"), "C00-C96");
}

TEST(ReleaseIdTest, ReadsTheGrammarAndDerivesTheEffectiveDate) {
  const struct {
    const char* text;
    const char* effective;
    int correction;
  } kCases[] = {{"2026", "2025-10-01", 0},
                {"2026-04", "2026-04-01", 0},
                {"2021-01", "2021-01-01", 0},
                {"2026.1", "2025-10-01", 1},
                {"2026-04.12", "2026-04-01", 12}};
  for (const auto& test : kCases) {
    const absl::StatusOr<ReleaseId> id = ReleaseId::Parse(test.text);
    ASSERT_TRUE(id.ok()) << test.text << ": " << id.status();
    EXPECT_EQ(id->ToString(), test.text);
    EXPECT_EQ(FormatDate(id->DefaultEffectiveDate()), test.effective) << test.text;
    EXPECT_EQ(id->correction(), test.correction) << test.text;
  }
}

TEST(ReleaseIdTest, RefusesWhatIsNoId) {
  for (const char* text :
       {"", "prod", "26", "20266", "2026-4", "2026-13", "2026-00", "2026-10", "2026.0", "2026.01",
        "2026.", "2026.1234", "2026 ", "2026.1.1", "1999"}) {
    EXPECT_EQ(ReasonOf(ReleaseId::Parse(text).status()), Reason::kReleaseIdInvalid) << text;
  }
}

TEST(ReleaseIdTest, OrdersByEffectiveDateThenCorrectionAsANumber) {
  const Date october(2025, 10, 1), april(2026, 4, 1);
  EXPECT_LT((ReleaseOrder{october, 2}), (ReleaseOrder{october, 10}));
  EXPECT_LT((ReleaseOrder{october, 10}), (ReleaseOrder{april, 0}));
}

TEST(DateTest, ReadsDaysThatExistAndNoOthers) {
  for (const char* text : {"2025-10-01", "2024-02-29", "1900-01-01", "2999-12-31"}) {
    const absl::StatusOr<Date> date = ParseDate(text);
    ASSERT_TRUE(date.ok()) << text;
    EXPECT_EQ(FormatDate(*date), text);
  }
  for (const char* text :
       {"", "2025-02-29", "2025-04-31", "2025-13-01", "2025-00-10", "2025-1-1", "20251001",
        "2025/10/01", "+025-10-01", "2025-10-01T00", "1899-12-31", "2025-10-0x"}) {
    EXPECT_EQ(ReasonOf(ParseDate(text).status()), Reason::kArgumentInvalid) << text;
  }
}

TEST(DateTest, BeginsFiscalYearsOnTheFirstOfOctober) {
  EXPECT_EQ(FiscalYearOf(Date(2025, 9, 30)), 2025);
  EXPECT_EQ(FiscalYearOf(Date(2025, 10, 1)), 2026);
  EXPECT_EQ(FormatDate(FiscalYearStart(2026)), "2025-10-01");
}

TEST(DateTest, TakesTodayFromNewYorkAcrossDaylightSaving) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  // 2026-09-30 23:59:59 and 2026-10-01 00:00:00 in New York (UTC-4).
  EXPECT_EQ(
      FormatDate(DateInNewYork(absl::FromCivil(absl::CivilSecond(2026, 10, 1, 3, 59, 59), utc))),
      "2026-09-30");
  EXPECT_EQ(
      FormatDate(DateInNewYork(absl::FromCivil(absl::CivilSecond(2026, 10, 1, 4, 0, 0), utc))),
      "2026-10-01");
  // In winter the offset is five hours.
  EXPECT_EQ(
      FormatDate(DateInNewYork(absl::FromCivil(absl::CivilSecond(2027, 1, 1, 4, 59, 59), utc))),
      "2026-12-31");
}

TEST(ErrorTest, KeepsReasonAndFacts) {
  const absl::Status status =
      MakeFileError(Reason::kSourceMalformed, "order.txt", 7, "the flag is 2");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "order.txt:7: the flag is 2");
  EXPECT_EQ(ReasonOf(status), Reason::kSourceMalformed);
  EXPECT_EQ(FactsOf(status), (ErrorFacts{{"file", "order.txt"}, {"line", "7"}}));
  EXPECT_EQ(ReasonOf(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(ReasonOf(absl::InternalError("foreign")), std::nullopt);
}

}  // namespace
}  // namespace codeset::model
