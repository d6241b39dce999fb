// Labels over channels: setting, moving, rolling back, removing, and what is recorded of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/server/calls.h"
#include "tests/server/fixture.h"
#include "tests/server/selectors.h"

namespace codeset::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LabelTest : public ::testing::Test {
 protected:
  LabelTest() : calls_(fixture_.server()) {
    for (const char* const id : {"2025", "2026", "2027"}) fixture_.Load(id);
  }

  std::vector<std::string> Moves(const std::string& label) {
    v1::ListLabelMovesRequest request;
    request.set_label(label);
    v1::ListLabelMovesResponse response;
    const grpc::Status status =
        Calls::Do(calls_.releases(), &v1::Releases::Stub::ListLabelMoves, request, &response);
    if (!status.ok()) return {ReasonIn(status)};
    std::vector<std::string> moves;
    for (const v1::ReleaseEvent& move : response.moves()) {
      EXPECT_EQ(move.label(), label);
      EXPECT_EQ(move.occurred_at(), "2026-11-23T17:00:00Z");
      moves.push_back(absl::StrCat(move.previous_release_id(), ">", move.release_id(),
                                   move.exact() ? "!" : "", " by ", move.by()));
    }
    return moves;
  }

  std::vector<std::string> Labels() {
    v1::ListLabelsResponse response;
    EXPECT_TRUE(Calls::Do(calls_.releases(), &v1::Releases::Stub::ListLabels,
                          v1::ListLabelsRequest(), &response)
                    .ok());
    std::vector<std::string> labels;
    for (const v1::Label& label : response.labels()) {
      labels.push_back(absl::StrCat(label.name(), "=", label.release_id(), label.exact() ? "!" : "",
                                    ">", label.resolves_to()));
    }
    return labels;
  }

  grpc::Status Rollback(const std::string& name, v1::Label* label = nullptr,
                        const std::string& from = "") {
    v1::RollbackLabelRequest request;
    request.set_label(name);
    request.set_by("bob");
    request.set_from_release_id(from);
    v1::RollbackLabelResponse response;
    grpc::Status status =
        Calls::Do(calls_.admin(), &v1::Admin::Stub::RollbackLabel, request, &response);
    if (label != nullptr) *label = response.label();
    return status;
  }

  grpc::Status Remove(const std::string& name) {
    v1::RemoveLabelRequest request;
    request.set_label(name);
    request.set_by("eve");
    v1::RemoveLabelResponse response;
    return Calls::Do(calls_.admin(), &v1::Admin::Stub::RemoveLabel, request, &response);
  }

  ServerFixture fixture_;
  Calls calls_;
};

TEST_F(LabelTest, NamesAReleaseUntilItIsMoved) {
  v1::SetLabelResponse set;
  ASSERT_TRUE(calls_.SetLabel("prod", "2025", false, &set).ok());
  EXPECT_EQ(set.label().resolves_to(), "2025");
  EXPECT_EQ(set.label().moved_by(), "ann");
  EXPECT_EQ(set.label().moved_at(), "2026-11-23T17:00:00Z");
  EXPECT_EQ(calls_.IdOf(ByName("prod")), "2025");
  ASSERT_TRUE(calls_.SetLabel("prod", "2026", true, &set).ok());
  EXPECT_EQ(set.label().previous_release_id(), "2025");
  EXPECT_FALSE(set.label().previous_exact());
  EXPECT_EQ(calls_.IdOf(ByName("prod")), "2026");
  EXPECT_THAT(Labels(), ElementsAre("prod=2026!>2026"));
  EXPECT_THAT(Moves("prod"), ElementsAre(">2025 by ann", "2025>2026! by ann"));
}

TEST_F(LabelTest, RollsBackAndForth) {
  ASSERT_TRUE(calls_.SetLabel("prod", "2025", true).ok());
  EXPECT_EQ(ReasonIn(Rollback("prod")), "LABEL_HAS_NO_PREVIOUS");
  ASSERT_TRUE(calls_.SetLabel("prod", "2026").ok());
  v1::Label label;
  ASSERT_TRUE(Rollback("prod", &label).ok());
  EXPECT_EQ(label.release_id(), "2025");
  EXPECT_TRUE(label.exact());
  EXPECT_EQ(label.moved_by(), "bob");
  EXPECT_EQ(calls_.IdOf(ByName("prod")), "2025");
  ASSERT_TRUE(Rollback("prod", &label).ok());
  EXPECT_EQ(label.release_id(), "2026");
  EXPECT_FALSE(label.exact());
  EXPECT_THAT(Moves("prod"), ElementsAre(">2025! by ann", "2025>2026 by ann", "2026>2025! by bob",
                                         "2025>2026 by bob"));
}

TEST_F(LabelTest, IsRolledBackFromAReleaseOnceOnly) {
  ASSERT_TRUE(calls_.SetLabel("prod", "2025").ok());
  ASSERT_TRUE(calls_.SetLabel("prod", "2026").ok());
  v1::Label label;
  for (int times = 0; times < 2; ++times) {
    ASSERT_TRUE(Rollback("prod", &label, "2026").ok());
    EXPECT_EQ(label.release_id(), "2025");
  }
  EXPECT_THAT(Moves("prod"), ElementsAre(">2025 by ann", "2025>2026 by ann", "2026>2025 by bob"));
  const grpc::Status other = Rollback("prod", nullptr, "2027");
  EXPECT_EQ(other.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonIn(other), "ARGUMENT_INVALID");
  EXPECT_EQ(ReasonIn(Rollback("prod", nullptr, "twenty")), "RELEASE_ID_INVALID");
  EXPECT_EQ(calls_.IdOf(ByName("prod")), "2025");
}

TEST_F(LabelTest, WhatItWouldRollBackToStays) {
  ASSERT_TRUE(calls_.SetLabel("prod", "2025").ok());
  ASSERT_TRUE(calls_.SetLabel("prod", "2026").ok());
  const grpc::Status status = calls_.Delete("2025");
  EXPECT_EQ(ReasonIn(status), "RELEASE_IN_USE");
  EXPECT_EQ(FactIn(status, "labels"), "prod");
  ASSERT_TRUE(Rollback("prod").ok());
  EXPECT_EQ(calls_.IdOf(ByName("prod")), "2025");
}

TEST_F(LabelTest, KeepsTheMovesOfALabelThatWasRemoved) {
  ASSERT_TRUE(calls_.SetLabel("prod", "2025").ok());
  ASSERT_TRUE(Remove("prod").ok());
  EXPECT_THAT(Labels(), IsEmpty());
  EXPECT_EQ(calls_.IdOf(ByName("prod")), "RELEASE_NOT_FOUND");
  EXPECT_THAT(Moves("prod"), ElementsAre(">2025 by ann", "2025> by eve"));
  EXPECT_EQ(ReasonIn(Remove("prod")), "LABEL_NOT_FOUND");
  EXPECT_EQ(ReasonIn(Rollback("prod")), "LABEL_NOT_FOUND");
}

TEST_F(LabelTest, GuardsItsReleaseFromDeletion) {
  ASSERT_TRUE(calls_.SetLabel("prod", "2025").ok());
  const grpc::Status status = calls_.Delete("2025");
  EXPECT_EQ(ReasonIn(status), "RELEASE_IN_USE");
  EXPECT_EQ(FactIn(status, "labels"), "prod");
  ASSERT_TRUE(Remove("prod").ok());
  EXPECT_TRUE(calls_.Delete("2025").ok());
}

TEST_F(LabelTest, IsToldWithTheReleaseThatItResolvesTo) {
  ASSERT_TRUE(calls_.SetLabel("test", "2026").ok());
  ASSERT_TRUE(calls_.SetLabel("prod", "2026").ok());
  const v1::ListReleasesResponse list = calls_.ListReleases();
  ASSERT_EQ(list.releases_size(), 3);
  EXPECT_THAT(list.releases(0).labels(), IsEmpty());
  EXPECT_THAT(list.releases(1).labels(), ElementsAre("prod", "test"));
  v1::GetReleaseRequest request;
  *request.mutable_release() = ByName("prod");
  v1::GetReleaseResponse response;
  ASSERT_TRUE(
      Calls::Do(calls_.releases(), &v1::Releases::Stub::GetRelease, request, &response).ok());
  EXPECT_THAT(response.release().labels(), ElementsAre("prod", "test"));
}

TEST_F(LabelTest, IsThereAfterARestart) {
  ASSERT_TRUE(calls_.SetLabel("prod", "2025").ok());
  ASSERT_TRUE(calls_.SetLabel("prod", "2026").ok());
  fixture_.Restart();
  calls_ = Calls(fixture_.server());
  EXPECT_THAT(Labels(), ElementsAre("prod=2026>2026"));
  ASSERT_TRUE(Rollback("prod").ok());
  EXPECT_THAT(Labels(), ElementsAre("prod=2025>2025"));
}

TEST_F(LabelTest, OfAnotherNameOrReleaseIsRefusedAndNothingChanges) {
  ASSERT_TRUE(calls_.SetLabel("prod", "2025").ok());
  const struct {
    const char* label;
    const char* release;
    const char* reason;
  } kRefused[] = {
      {"current", "2026", "LABEL_INVALID"},
      {"next", "2026", "LABEL_INVALID"},
      {"2026", "2025", "LABEL_INVALID"},
      {"2026-prod", "2025", "LABEL_INVALID"},
      {"", "2026", "LABEL_INVALID"},
      {"Prod", "2026", "LABEL_INVALID"},
      {"prod", "current", "RELEASE_ID_INVALID"},
      {"prod", "prod", "RELEASE_ID_INVALID"},
      {"prod", "", "RELEASE_ID_INVALID"},
      {"prod", "2024", "RELEASE_NOT_FOUND"},
      {"prod", "2026.1", "RELEASE_NOT_FOUND"},
  };
  for (const auto& refused : kRefused) {
    EXPECT_EQ(ReasonIn(calls_.SetLabel(refused.label, refused.release)), refused.reason)
        << refused.label << " " << refused.release;
  }
  EXPECT_THAT(Labels(), ElementsAre("prod=2025>2025"));
  EXPECT_THAT(Moves("prod"), ElementsAre(">2025 by ann"));
  EXPECT_THAT(Moves("test"), ElementsAre("LABEL_NOT_FOUND"));
  EXPECT_THAT(Moves("2026"), ElementsAre("LABEL_INVALID"));
}

// Whatever is wrong is told at once.
TEST_F(LabelTest, AllThatIsWrongWithARequestIsTold) {
  v1::SetLabelRequest request;
  request.set_label("current");
  request.set_release_id("2026-13");
  request.set_by(std::string(201, 'x'));
  v1::SetLabelResponse response;
  const grpc::Status status =
      Calls::Do(calls_.admin(), &v1::Admin::Stub::SetLabel, request, &response);
  EXPECT_EQ(ReasonIn(status), "LABEL_INVALID");
  for (const char* const field : {"label: ", "release_id: ", "by: "}) {
    EXPECT_TRUE(absl::StrContains(status.error_message(), field)) << status.error_message();
  }
  request.set_label("prod");
  request.set_release_id("2026");
  request.set_by("ann\nbob");
  EXPECT_EQ(ReasonIn(Calls::Do(calls_.admin(), &v1::Admin::Stub::SetLabel, request, &response)),
            "ARGUMENT_INVALID");
  request.set_by(std::string(200, 'x'));
  EXPECT_TRUE(Calls::Do(calls_.admin(), &v1::Admin::Stub::SetLabel, request, &response).ok());
}

}  // namespace
}  // namespace codeset::server
