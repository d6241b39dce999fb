// The soak's own judgement: what may have been seen when, which release a date comes to, and that
// lists of what was acknowledged are compared in full. (self_test.py has it judge a server.)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/cpp/selector.h"
#include "tests/soak/changers.h"
#include "tests/soak/state_log.h"
#include "tests/soak/verifier.h"
#include "tests/soak/world.h"

namespace codeset::soak {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

// A clock that tests set.
absl::Time test_time;
absl::Time At(int seconds) { return absl::UnixEpoch() + absl::Seconds(seconds); }

StateLog<std::string> LogOfThree() {
  return StateLog<std::string>("a", [] { return test_time; });
}

TEST(SoakStateLogTest, TellsWhatCouldBeSeen) {
  StateLog<std::string> log = LogOfThree();
  test_time = At(10);
  log.Begin("b");
  test_time = At(12);
  log.End();
  test_time = At(20);
  log.Begin("c");
  EXPECT_THAT(log.Between(At(1), At(9)), ElementsAre("a"));
  EXPECT_THAT(log.Between(At(9), At(10)), ElementsAre("a", "b"));
  // While the change is under way either may be seen; once it is acknowledged, no more.
  EXPECT_THAT(log.Between(At(11), At(11)), ElementsAre("a", "b"));
  EXPECT_THAT(log.Between(At(13), At(19)), ElementsAre("b"));
  EXPECT_THAT(log.Between(At(13), At(99)), ElementsAre("b", "c"));
  EXPECT_THAT(log.Between(At(1), At(99)), ElementsAre("a", "b", "c"));
  log.Undo();
  EXPECT_THAT(log.Between(At(13), At(99)), ElementsAre("b"));
  EXPECT_EQ(log.Newest(), "b");
}

// Releases of three fiscal years, and an edition within one that is known and was never loaded.
Oracle SmallOracle() {
  Oracle oracle;
  for (const auto& [id, date] :
       std::vector<std::pair<std::string, std::string>>{{"2022", "2021-10-01"},
                                                        {"2022-04", "2022-04-01"},
                                                        {"2023", "2022-10-01"},
                                                        {"2024", "2023-10-01"}}) {
    oracle.releases[id].id = id;
    oracle.releases[id].date = date;
    oracle.releases[id].fingerprint = std::string(64, id.back());
    const bool october = date.substr(5) == "10-01";
    oracle.editions.push_back({id, date, october, october});
  }
  oracle.releases["2022"].groups[v1::FACET_GROUP_POA] = "list";
  oracle.editions.insert(oracle.editions.begin() + 3, {"2023-04", "2023-04-01", true, false});
  return oracle;
}

Outcomes On(const std::string& date, const std::vector<World>& worlds) {
  return OutcomesOf(SmallOracle(), client::OnDate(date), worlds, "2023-11-01");
}

TEST(SoakWorldTest, DatesComeToTheNewestReleaseOfTheirFiscalYear) {
  const std::vector<World> worlds = {{{"2022", "2023"}, "2022"}};
  EXPECT_THAT(On("2022-09-30", worlds).releases,
              UnorderedElementsAre(std::pair(
                  "2022", std::set<v1::CoverageKind>{v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED})));
  EXPECT_THAT(
      On("2022-03-31", worlds).releases,
      UnorderedElementsAre(std::pair("2022", std::set<v1::CoverageKind>{v1::COVERAGE_KIND_EXACT})));
  EXPECT_THAT(On("2023-03-31", worlds).releases, UnorderedElementsAre(Key("2023")));
}

TEST(SoakWorldTest, WhatIsNotLoadedIsNamedAndNotReplaced) {
  const std::vector<World> worlds = {{{"2022", "2023"}, "2022"}};
  const Outcomes spring = On("2023-04-01", worlds);
  EXPECT_THAT(spring.releases, IsEmpty());
  EXPECT_THAT(spring.reasons, ElementsAre(v1::ERROR_REASON_RELEASE_NOT_LOADED));
  EXPECT_THAT(spring.editions, ElementsAre("2023-04"));
  EXPECT_THAT(On("2023-10-01", worlds).editions, ElementsAre("2024"));
  EXPECT_THAT(On("2021-09-30", worlds).reasons,
              ElementsAre(v1::ERROR_REASON_DATE_BEFORE_FIRST_RELEASE));
}

TEST(SoakWorldTest, EitherWorldMayAnswer) {
  const std::vector<World> worlds = {{{"2022", "2023"}, "2022"}, {{"2022", "2024"}, "2024"}};
  const Outcomes outcomes = OutcomesOf(SmallOracle(), client::ById("2023"), worlds, "2023-11-01");
  EXPECT_THAT(outcomes.releases, UnorderedElementsAre(Key("2023")));
  EXPECT_THAT(outcomes.reasons, ElementsAre(v1::ERROR_REASON_RELEASE_NOT_FOUND));
  EXPECT_THAT(OutcomesOf(SmallOracle(), client::ById(kLabel), worlds, "2023-11-01").releases,
              UnorderedElementsAre(Key("2022"), Key("2024")));
  EXPECT_THAT(OutcomesOf(SmallOracle(), client::Current(), worlds, "2023-11-01").releases,
              UnorderedElementsAre(Key("2023"), Key("2024")));
}

TEST(SoakWorldTest, AnotherFingerprintIsRefused) {
  const auto asserted = client::WithFingerprint(client::ById("2023"), std::string(64, '2'));
  const Outcomes outcomes =
      OutcomesOf(SmallOracle(), asserted, {{{"2022", "2023"}, "2022"}}, "2023-11-01");
  EXPECT_THAT(outcomes.releases, IsEmpty());
  EXPECT_THAT(outcomes.reasons, ElementsAre(v1::ERROR_REASON_FINGERPRINT_MISMATCH));
}

TEST(SoakWorldTest, TheYearsListOfExemptCodesStaysInForce) {
  EXPECT_EQ(ExemptListOf(SmallOracle(), "2022-04", {"2022", "2022-04"}), "2022");
  EXPECT_EQ(ExemptListOf(SmallOracle(), "2022-04", {"2022-04"}), "");
  EXPECT_EQ(ExemptListOf(SmallOracle(), "2023", {"2022", "2023"}), "");
}

TEST(SoakEventsTest, EveryEventCountsOnceAndInOrder) {
  const std::vector<std::string> expected = {"loaded 2024", "deleted 2024", "loaded 2024"};
  EXPECT_EQ(DifferenceOf("event", expected, expected), "");
  EXPECT_THAT(DifferenceOf("event", expected, {"loaded 2024", "deleted 2024"}),
              HasSubstr("expected 'loaded 2024', came 'none'"));
  EXPECT_THAT(DifferenceOf("event", expected, {"loaded 2024", "loaded 2024", "deleted 2024"}),
              HasSubstr("event 1 of 3"));
  EXPECT_THAT(DifferenceOf("event", {}, {"loaded 2024"}), HasSubstr("came 'loaded 2024'"));
}

VerifiedPage PageWithTwoEvents() {
  VerifiedPage page;
  page.reference.set_code("G35");
  page.revision = 2;
  page.events = {{"e/1", 1, "d1", v1::VERIFICATION_OUTCOME_CONFIRMED},
                 {"e/2", 2, "d2", v1::VERIFICATION_OUTCOME_CONFIRMED}};
  return page;
}

std::vector<v1::Verification> ToldOf(const VerifiedPage& page) {
  std::vector<v1::Verification> told(page.events.size());
  for (size_t i = 0; i < told.size(); ++i) {
    told[i].set_number(static_cast<int>(i + 1));
    told[i].mutable_event()->set_id(page.events[i].id);
    told[i].mutable_event()->set_revision(page.events[i].revision);
    told[i].mutable_event()->set_revision_digest(page.events[i].digest);
    told[i].mutable_event()->set_outcome(page.events[i].outcome);
  }
  return told;
}

TEST(SoakLedgerTest, LostDoubledAndChangedEventsAreSeen) {
  const VerifiedPage page = PageWithTwoEvents();
  const std::vector<v1::Verification> told = ToldOf(page);
  EXPECT_EQ(DifferenceOf(page, told), "");
  EXPECT_NE(DifferenceOf(page, {told[0]}), "");
  EXPECT_NE(DifferenceOf(page, {told[0], told[1], told[1]}), "");
  EXPECT_NE(DifferenceOf(page, {told[1], told[0]}), "");
  std::vector<v1::Verification> changed = told;
  changed[1].mutable_event()->set_revision_digest("d3");
  EXPECT_NE(DifferenceOf(page, changed), "");
}

TEST(SoakLedgerTest, StatusFollowsTheLastEvent) {
  VerifiedPage page = PageWithTwoEvents();
  EXPECT_EQ(StatusOf(page), v1::VERIFICATION_STATUS_VERIFIED);
  page.revision = 3;
  EXPECT_EQ(StatusOf(page), v1::VERIFICATION_STATUS_STALE_TEXT);
  page.events.back().outcome = v1::VERIFICATION_OUTCOME_REJECTED;
  EXPECT_EQ(StatusOf(page), v1::VERIFICATION_STATUS_REJECTED);
  page.events.clear();
  EXPECT_EQ(StatusOf(page), v1::VERIFICATION_STATUS_UNVERIFIED);
}

}  // namespace
}  // namespace codeset::soak
