// What is held back, and what comes into force, over channels and with a clock that moves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/calls.h"
#include "tests/server/fixture.h"
#include "tests/server/selectors.h"

namespace codeset::server {
namespace {

using ::testing::ElementsAre;

class ActivationTest : public ::testing::Test {
 protected:
  ActivationTest() : calls_(fixture_.server()) {
    for (const char* const id : {"2025", "2026", "2027"}) fixture_.Load(id);
  }

  v1::ResolvedRelease Current() {
    v1::ResolvedRelease current;
    const grpc::Status status = calls_.Resolve(ByName("current"), &current);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return current;
  }

  ServerFixture fixture_;
  Calls calls_;
};

TEST_F(ActivationTest, AReleaseOfTheFutureAnswersFromItsDayOn) {
  fixture_.SetNow("2026-10-01T03:59:59Z");
  EXPECT_EQ(Current().release_id(), "2026");
  EXPECT_EQ(calls_.ListReleases().current().release_id(), "2026");
  EXPECT_EQ(calls_.IdOf(ByName("next")), "2027");
  fixture_.SetNow("2026-10-01T04:00:00Z");
  EXPECT_EQ(Current().release_id(), "2027");
  EXPECT_EQ(calls_.ListReleases().current().release_id(), "2027");
  EXPECT_EQ(calls_.IdOf(ByName("next")), "RELEASE_NOT_FOUND");
}

TEST_F(ActivationTest, CurrentIsOverdueWhenAFiscalYearBeginsWithoutItsEdition) {
  EXPECT_FALSE(Current().coverage().overdue());
  fixture_.SetNow("2027-10-01T04:00:00Z");
  const v1::ResolvedRelease current = Current();
  EXPECT_EQ(current.release_id(), "2027");
  EXPECT_TRUE(current.coverage().overdue());
  EXPECT_THAT(current.coverage().unloaded_editions(), ElementsAre("2028"));
  EXPECT_TRUE(calls_.ListReleases().current().coverage().overdue());
}

TEST_F(ActivationTest, WhatIsHeldBackIsAnsweredByItsIdAlone) {
  v1::SetActivationResponse response;
  ASSERT_TRUE(calls_.SetActivation("2027", "never", &response).ok());
  EXPECT_EQ(response.release().activate_on(), "never");
  EXPECT_TRUE(response.release().held_back());
  const v1::ResolvedRelease current = Current();
  EXPECT_EQ(current.release_id(), "2026");
  EXPECT_EQ(current.coverage().kind(), v1::COVERAGE_KIND_STALE);
  EXPECT_TRUE(current.coverage().overdue());
  EXPECT_EQ(calls_.IdOf(ByName("2027")), "2027");
  v1::ResolvedRelease resolved;
  const grpc::Status held = calls_.Resolve(ByDate("2026-11-03"), &resolved);
  EXPECT_EQ(ReasonIn(held), "RELEASE_HELD_BACK");
  EXPECT_EQ(held.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(FactIn(held, "edition"), "2027");
  EXPECT_EQ(calls_.IdOf(ByDate("2026-11-03", true)), "2026");

  const v1::ListReleasesResponse list = calls_.ListReleases();
  EXPECT_EQ(list.current().release_id(), "2026");
  for (const v1::Release& release : list.releases()) {
    EXPECT_EQ(release.held_back(), release.id() == "2027") << release.id();
  }
  for (const v1::Edition& edition : list.editions()) {
    EXPECT_EQ(edition.held_back(), edition.id() == "2027") << edition.id();
  }

  ASSERT_TRUE(calls_.SetActivation("2027", "", &response).ok());
  EXPECT_FALSE(response.release().held_back());
  EXPECT_EQ(Current().release_id(), "2027");
}

TEST_F(ActivationTest, HoldsBackUntilTheDayInNewYork) {
  ASSERT_TRUE(calls_.SetActivation("2027", "2026-12-01").ok());
  fixture_.SetNow("2026-12-01T04:59:59Z");
  EXPECT_EQ(Current().release_id(), "2026");
  EXPECT_TRUE(calls_.ListReleases().releases(2).held_back());
  fixture_.SetNow("2026-12-01T05:00:00Z");
  EXPECT_EQ(Current().release_id(), "2027");
  EXPECT_FALSE(calls_.ListReleases().releases(2).held_back());
  // What was asked for stays on record.
  EXPECT_EQ(calls_.ListReleases().releases(2).activate_on(), "2026-12-01");
}

TEST_F(ActivationTest, IsThereAfterARestart) {
  ASSERT_TRUE(calls_.SetActivation("2027", "never").ok());
  fixture_.Restart();
  calls_ = Calls(fixture_.server());
  EXPECT_EQ(Current().release_id(), "2026");
}

TEST_F(ActivationTest, ALoadCanHoldBack) {
  ASSERT_TRUE(calls_.Delete("2027").ok());
  v1::LoadOptions options;
  options.set_release_id("2027");
  options.set_activate_on("2026-12-01");
  const auto report = LoadRelease(fixture_.store(), options, MiniatureFiles("2027"), {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->release().held_back());
  EXPECT_EQ(report->release().activate_on(), "2026-12-01");
  EXPECT_EQ(Current().release_id(), "2026");
  fixture_.SetNow("2026-12-01T05:00:00Z");
  EXPECT_EQ(Current().release_id(), "2027");
}

TEST_F(ActivationTest, AllThatIsWrongWithARequestIsTold) {
  v1::SetActivationRequest request;
  request.set_release_id("prod");
  request.set_activate_on("tomorrow");
  request.set_by(std::string(201, 'x'));
  v1::SetActivationResponse response;
  const grpc::Status status =
      Calls::Do(calls_.admin(), &v1::Admin::Stub::SetActivation, request, &response);
  EXPECT_EQ(ReasonIn(status), "RELEASE_ID_INVALID");
  for (const char* const field : {"release_id: ", "activate_on: ", "by: "}) {
    EXPECT_NE(status.error_message().find(field), std::string::npos) << status.error_message();
  }
  EXPECT_EQ(ReasonIn(calls_.SetActivation("2027", "2026-02-30")), "ARGUMENT_INVALID");
  EXPECT_EQ(ReasonIn(calls_.SetActivation("2024", "never")), "RELEASE_NOT_FOUND");
  EXPECT_EQ(Current().release_id(), "2027");
}

TEST(NoReleaseTest, ThereIsNoCurrentInAnEmptyDirectory) {
  ServerFixture fixture;
  Calls calls(fixture.server());
  EXPECT_FALSE(calls.ListReleases().has_current());
  EXPECT_EQ(calls.IdOf(ByName("current")), "RELEASE_NOT_FOUND");
}

}  // namespace
}  // namespace codeset::server
