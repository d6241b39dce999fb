// The order, filters and pages of the verification queue. That its groups hold exactly the pages
// that have the reason is verification_status_test's.
#include "server/verification_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/server/reference_fixture.h"

namespace codeset::server {
namespace {

using model::NoteKind;
using model::Reason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::PlainNote;

using Change = std::function<void(v1::ListVerificationQueueRequest&)>;

class VerificationQueueTest : public ::testing::Test {
 protected:
  // 2025 with every code verified but L55, which is judged by 2026: T36 is gone, T20's title and
  // T31's note are other, and so is the note of the wide section.
  VerificationQueueTest() {
    query::Edition after = query::Burns();
    after.Remove("T36");
    after.Row("T20").short_title = "Other words";
    after.diag("T31").facts.notes = {PlainNote(NoteKind::kNote, {"New"})};
    after.section("T20-T32").facts.notes = {PlainNote(NoteKind::kNote, {"Newer"})};
    fixture_.Publish("2025", query::Burns());
    fixture_.Publish("2026", after);
    std::vector<v1::Reference> pages;
    for (const char* code : {"L55", "T20", "T25", "T25.01", "T31", "T36"}) {
      pages.push_back(Page(code));
    }
    fixture_.Import(pages, "2025");
    for (const char* code : {"T20", "T25", "T25.01", "T31", "T36"}) {
      fixture_.Verify(code, "2025", "2025-03-01");
    }
  }

  absl::StatusOr<v1::ListVerificationQueueResponse> Ask(const Change& change) {
    v1::ListVerificationQueueRequest request;
    *request.mutable_release() = ByName("2026");
    request.set_as_of("2025-12-01");
    change(request);
    return ListVerificationQueue(fixture_.backend(), request);
  }

  // The groups' ids with their first codes.
  std::vector<std::string> Groups(const Change& change = [](auto&) {}) {
    const auto response = Ask(change);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> groups;
    for (const v1::QueueGroup& group : response->groups()) {
      groups.push_back(absl::StrCat(group.id(), " ", absl::StrJoin(group.first_codes(), ",")));
    }
    return groups;
  }

  ReferenceFixture fixture_;
};

TEST_F(VerificationQueueTest, TheGravestComeFirstAndOwnChangesBeforeInherited) {
  EXPECT_THAT(Groups(), ElementsAre("gone:2025 T36", "unverified L55",
                                    "stale_content:order:short_title:own:T20:2025 T20",
                                    "stale_content:tabular:notes:own:T31:2025 T31",
                                    "stale_content:tabular:notes:inherited:T20-T32:2025 "
                                    "T20,T25,T25.01,T31"));
  const auto response = Ask([](auto&) {});
  EXPECT_EQ(response->pages(), 6);
  EXPECT_EQ(response->as_of(), "2025-12-01");
  EXPECT_EQ(response->release().release_id(), "2026");
  EXPECT_EQ(response->groups(4).origin_title(), "Burns and corrosions");
  EXPECT_EQ(response->groups(4).code_count(), 4);
}

TEST_F(VerificationQueueTest, GroupsMeetEveryFilter) {
  EXPECT_THAT(Groups([](auto& r) { r.add_statuses(v1::VERIFICATION_STATUS_GONE); }),
              ElementsAre("gone:2025 T36"));
  EXPECT_THAT(Groups([](auto& r) { r.add_levels(v1::CHANGE_LEVEL_INHERITED); }),
              ElementsAre("stale_content:tabular:notes:inherited:T20-T32:2025 T20,T25,T25.01,T31"));
  EXPECT_THAT(Groups([](auto& r) {
                r.add_levels(v1::CHANGE_LEVEL_OWN);
                r.add_facets(v1::FACET_NOTES);
              }),
              ElementsAre("stale_content:tabular:notes:own:T31:2025 T31"));
  EXPECT_THAT(Groups([](auto& r) {
                r.add_statuses(v1::VERIFICATION_STATUS_GONE);
                r.add_facets(v1::FACET_NOTES);
              }),
              IsEmpty());
  // What is named by no other filter: the two releases have neither POA list nor table.
  EXPECT_THAT(
      Groups([](auto& r) { r.add_statuses(v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART); }),
      ElementsAre("carried_forward_in_part:conversion:2025 T20,T25,T25.01,T31",
                  "carried_forward_in_part:poa:2025 T20,T25,T25.01,T31"));
}

TEST_F(VerificationQueueTest, OnlyWhatLiesUnderAConcept) {
  EXPECT_THAT(Groups([](auto& r) { r.set_under("t25"); }),
              ElementsAre("stale_content:tabular:notes:inherited:T20-T32:2025 T25,T25.01"));
  EXPECT_THAT(Groups([](auto& r) { r.set_under("12"); }), ElementsAre("unverified L55"));
  // A code that is gone lies where it lay.
  EXPECT_THAT(Groups([](auto& r) { r.set_under("T36-T50"); }), ElementsAre("gone:2025 T36"));
  EXPECT_THAT(Groups([](auto& r) { r.set_under("T36"); }), ElementsAre("gone:2025 T36"));
  EXPECT_EQ(model::ReasonOf(Ask([](auto& r) { r.set_under("Z99"); }).status()),
            Reason::kConceptNotFound);
}

TEST_F(VerificationQueueTest, PagesGoOnWhereTheOneBeforeEnded) {
  const auto first = Ask([](auto& r) { r.set_page_size(3); });
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->groups_size(), 3);
  EXPECT_EQ(first->total_groups(), 5);
  const auto second = Ask([&](auto& r) {
    r.set_page_size(3);
    r.set_page_token(first->next_page_token());
  });
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->groups_size(), 2);
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(second->groups(0).id(), "stale_content:tabular:notes:own:T31:2025");
  const auto other = Ask([&](auto& r) {
    r.set_as_of("2025-12-02");
    r.set_page_token(first->next_page_token());
  });
  EXPECT_EQ(model::ReasonOf(other.status()), Reason::kPageTokenInvalid);
}

TEST_F(VerificationQueueTest, WithdrawnPagesAreInNoGroup) {
  v1::Reference page = Page("T31");
  page.set_state(v1::REFERENCE_STATE_WITHDRAWN);
  fixture_.Import({page}, "2025");
  EXPECT_THAT(Groups([](auto& r) { r.set_under("T31"); }), IsEmpty());
  EXPECT_EQ(Ask([](auto&) {})->pages(), 5);
}

TEST_F(VerificationQueueTest, WhatIsVerifiedAgainLeavesItAtOnce) {
  fixture_.Verify("T31", "2026", "2025-11-01");
  EXPECT_THAT(Groups([](auto& r) { r.set_under("T31"); }), IsEmpty());
  // Not on the day before.
  EXPECT_THAT(Groups([](auto& r) {
                r.set_under("T31");
                r.set_as_of("2025-10-31");
              }),
              ElementsAre("stale_content:tabular:notes:own:T31:2025 T31",
                          "stale_content:tabular:notes:inherited:T20-T32:2025 T31"));
  // And by the older release it is another's turn.
  EXPECT_THAT(
      fixture_.Queue("2025", "2025-12-01").count("stale_content:tabular:notes:own:T31:2026"), 1U);
}

TEST_F(VerificationQueueTest, BadRequestsAreRefusedByField) {
  const auto fields = [&](const Change& change) {
    std::vector<std::string> names;
    for (const Violation& violation : ViolationsOf(Ask(change).status())) {
      names.push_back(violation.field);
    }
    return absl::StrJoin(names, " ");
  };
  EXPECT_EQ(fields([](auto& r) {
              r.set_as_of("today");
              r.add_statuses(v1::VERIFICATION_STATUS_UNSPECIFIED);
              r.add_levels(static_cast<v1::ChangeLevel>(9));
              r.set_under("!");
              r.set_page_size(1001);
            }),
            "as_of statuses[0] levels[0] under page_size");
  v1::ListQueueCodesRequest codes;
  EXPECT_EQ(ViolationsOf(ListQueueCodes(fixture_.backend(), codes).status())[0].field, "group_id");
  codes.set_group_id("no such group");
  const auto none = ListQueueCodes(fixture_.backend(), codes);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->total_size(), 0);
}

}  // namespace
}  // namespace codeset::server
