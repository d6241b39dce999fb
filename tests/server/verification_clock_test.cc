// What moves under a verification that was recorded: lists on loan, releases that are held back,
// corrections, years that nobody has told the register of, labels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/verification_impact.h"
#include "tests/server/reference_fixture.h"

namespace codeset::server {
namespace {

using query::Edition;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Burns with a list of exempt codes and a conversion table.
Edition Whole(const std::vector<std::string>& exempt) {
  Edition edition = query::Burns();
  edition.poa = exempt;
  edition.conversion = {{{2, "L55", "L55", model::Date(2020, 10, 1), "None"}}};
  return edition;
}

class VerificationClockTest : public ::testing::Test {
 protected:
  void Activate(const std::string& id, const std::string& on) {
    const absl::Status status = fixture_.store().SetActivation(id, on, "a test");
    EXPECT_TRUE(status.ok()) << status;
  }

  ReferenceFixture fixture_;
};

// A release of January without a list, which has October's on loan.
class PoaOnLoanTest : public VerificationClockTest {
 protected:
  PoaOnLoanTest() {
    fixture_.Publish("2026", Whole({"L55", "T31"}));
    Edition january = Whole({});
    january.poa.reset();
    fixture_.Publish("2026-01", january);
    fixture_.Import({Page("T31"), Page("T20")}, "2026-01");
    fixture_.Verify("T31", "2026-01", "2026-02-01");
    fixture_.Verify("T20", "2026-01", "2026-02-01");
  }
  std::string Shown(const std::string& release) {
    return fixture_.Shown("T31", release, "2026-03-01");
  }
};

TEST_F(PoaOnLoanTest, WhatWasSeenIsWhatIsCompared) {
  EXPECT_EQ(Shown("2026-01"), "VERIFIED");
  EXPECT_EQ(Shown("2026"), "CARRIED_FORWARD");
  EXPECT_THAT(fixture_.Queue("2026-01", "2026-03-01"), IsEmpty());
  Edition list;
  list.poa = {{"L55"}};
  fixture_.Publish("2026-01", list);
  // By January's own list the code is not exempt any more, by October's it is as it was.
  EXPECT_EQ(Shown("2026-01"), "STALE_CONTENT POA POA_EXEMPTION OWN T31");
  EXPECT_EQ(Shown("2026"), "CARRIED_FORWARD");
  EXPECT_THAT(fixture_.Queue("2026-01", "2026-03-01"),
              UnorderedElementsAre(Pair("stale_content:poa:poa_exemption:own:T31:2026-01",
                                        std::set<std::string>{"T31"})));
  EXPECT_THAT(fixture_.Queue("2026", "2026-03-01"), IsEmpty());
  const auto here = ImpactOf(fixture_.backend(), "2026-01");
  ASSERT_TRUE(here.ok()) << here.status();
  EXPECT_EQ(here->stale_content(), 1);
  EXPECT_EQ(here->verified(), 1);
  const auto there = ImpactOf(fixture_.backend(), "2026");
  ASSERT_TRUE(there.ok()) << there.status();
  EXPECT_EQ(there->carried_forward(), 2);
}

TEST_F(PoaOnLoanTest, ALenderThatIsHeldBackLeavesNothingToCompare) {
  Activate("2026", "never");
  EXPECT_EQ(Shown("2026-01"), "CARRIED_FORWARD_IN_PART POA missing in 2026-01");
  // That one still has its list itself.
  EXPECT_EQ(Shown("2026"), "CARRIED_FORWARD");
}

TEST_F(VerificationClockTest, ACorrectionSupersedesFromWhenItIsLetGo) {
  fixture_.Publish("2025", query::Burns());
  v1::Reference page = Page("T20");
  *page.add_sources() = SourceOf(v1::SOURCE_KIND_TABULAR_LIST, "2025");
  fixture_.Import({page}, "2025");
  fixture_.Verify("T20", "2025", "2024-11-01");
  Edition corrected = query::Burns();
  corrected.Row("T31").short_title = "Other words";
  fixture_.Publish("2025.1", corrected);
  Activate("2025.1", "never");
  EXPECT_EQ(fixture_.Shown("T20", "2025", "2024-12-01"), "VERIFIED");
  Activate("2025.1", "");
  // Nobody could know of it on the day of verification.
  EXPECT_EQ(fixture_.Shown("T20", "2025", "2024-12-01"),
            "STALE_SOURCE TABULAR_LIST 2025 by 2025.1 on 2024-10-01 [1]");
}

TEST_F(VerificationClockTest, TheCalendarSupersedesWhatNobodyHasToldTheRegisterOf) {
  fixture_.Publish("2025", query::Burns());
  v1::Reference page = Page("T20");
  *page.add_sources() = SourceOf(v1::SOURCE_KIND_TABULAR_LIST, "2027");
  *page.add_sources() = SourceOf(v1::SOURCE_KIND_GUIDELINES, "2027");
  page.mutable_sources(1)->set_number(2);
  fixture_.Import({page}, "2025");
  fixture_.Verify("T20", "2025", "2026-11-01");
  EXPECT_EQ(fixture_.Shown("T20", "2025", "2027-09-30"), "VERIFIED");
  EXPECT_EQ(fixture_.Shown("T20", "2025", "2027-10-01"),
            "STALE_SOURCE GUIDELINES 2027 by 2028 on 2027-10-01 [2]\n"
            "STALE_SOURCE TABULAR_LIST 2027 by 2028 on 2027-10-01 [1]");
}

TEST_F(VerificationClockTest, RecordingAgainDoesNotDependOnWhereALabelPointsByNow) {
  fixture_.Publish("2025", query::Burns());
  Edition after = query::Burns();
  after.Remove("T20");
  fixture_.Publish("2026", after);
  ASSERT_TRUE(fixture_.store().SetLabel("prod", "2025", false, "a test").ok());
  fixture_.Import({Page("T20")}, "2025");
  const v1::NewVerification event = fixture_.Confirmation("T20", "prod", "2026-02-01");
  fixture_.Record(event);
  ASSERT_TRUE(fixture_.store().SetLabel("prod", "2026", false, "a test").ok());
  const auto again = fixture_.TryRecord({event});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->already_recorded(), 1);
  EXPECT_EQ(again->verifications(0).release_id(), "2025");
}

}  // namespace
}  // namespace codeset::server
