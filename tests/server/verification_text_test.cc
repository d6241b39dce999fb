// What words of a page are verified: revisions, scopes, rejections, corrections, and the ledger's
// own rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/server/reference_fixture.h"

namespace codeset::server {
namespace {

using model::Reason;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr char kAsOf[] = "2025-12-01";

class VerificationTextTest : public ::testing::Test {
 protected:
  VerificationTextTest() {
    fixture_.Publish("2025", query::Burns());
    fixture_.Import({page_}, "2025");
  }

  std::string Shown(const std::string& as_of = kAsOf) {
    return fixture_.Shown("T20", "2025", as_of);
  }

  // Imports the page as it is now: a further revision.
  void Revise() { fixture_.Import({page_}, "2025"); }

  // A confirmation of some sections or items.
  v1::NewVerification Partial(const std::vector<v1::ReferenceSection>& sections,
                              const std::vector<std::string>& items, const std::string& date) {
    v1::NewVerification event = fixture_.Confirmation("T20", "2025", date);
    for (const v1::ReferenceSection section : sections)
      event.mutable_scope()->add_sections(section);
    for (const std::string& item : items) event.mutable_scope()->add_item_ids(item);
    return event;
  }

  // The reason of an error of recording, and the fields that it names.
  std::string Refusal(const v1::NewVerification& event) {
    const auto response = fixture_.TryRecord({event});
    EXPECT_FALSE(response.ok());
    std::string text(model::ReasonName(*model::ReasonOf(response.status())));
    for (const Violation& violation : ViolationsOf(response.status())) {
      absl::StrAppend(&text, " ", violation.field);
    }
    return text;
  }

  v1::TextItem& tip(int i) { return *page_.mutable_documentation_tips()->mutable_items(i); }

  ReferenceFixture fixture_;
  v1::Reference page_ = Page("T20");
};

TEST_F(VerificationTextTest, APageWithoutVerificationIsUnverified) {
  EXPECT_EQ(Shown(), "UNVERIFIED");
  EXPECT_THAT(fixture_.Queue("2025", kAsOf),
              ElementsAre(Pair("unverified", std::set<std::string>{"T20"})));
}

TEST_F(VerificationTextTest, OtherWordsAfterItAreStaleItemByItem) {
  fixture_.Verify("T20", "2025", "2025-03-01");
  EXPECT_EQ(Shown(), "VERIFIED");
  tip(1).set_text("Say something else.");
  Revise();
  EXPECT_EQ(Shown(), "STALE_TEXT tip-2");
  const v1::VerificationState state = fixture_.State("T20", "2025", kAsOf);
  EXPECT_EQ(state.reasons(0).text().verified_revision(), 1);
  EXPECT_EQ(state.reasons(0).text().current_revision(), 2);
  EXPECT_EQ(state.reasons(0).verification_id(), "v1");
  EXPECT_THAT(fixture_.Queue("2025", kAsOf),
              ElementsAre(Pair("stale_text", std::set<std::string>{"T20"})));
  // The one tip is enough, and the page is as old as its oldest part.
  fixture_.Record(Partial({}, {"tip-2"}, "2025-04-01"));
  EXPECT_EQ(Shown(), "VERIFIED");
  EXPECT_EQ(fixture_.State("T20", "2025", kAsOf).last_verified(), "2025-03-01");
  EXPECT_EQ(Shown("2026-03-02"), "EXPIRED on 2026-03-02");
}

TEST_F(VerificationTextTest, PublishingOrRevertingChangesNoWords) {
  fixture_.Verify("T20", "2025", "2025-03-01");
  page_.set_state(v1::REFERENCE_STATE_REVIEWED);
  page_.set_author("Someone else");
  Revise();
  EXPECT_EQ(Shown(), "VERIFIED");
  tip(0).set_text("Say something else.");
  Revise();
  EXPECT_EQ(Shown(), "STALE_TEXT tip-1");
  tip(0).set_text("Say tip-1.");
  Revise();
  EXPECT_EQ(Shown(), "VERIFIED");
  EXPECT_EQ(fixture_.State("T20", "2025", kAsOf).revision(), 4);
}

TEST_F(VerificationTextTest, NewRemovedAndReorderedPartsAreStale) {
  fixture_.Verify("T20", "2025", "2025-03-01");
  v1::TextItem* added = page_.mutable_documentation_tips()->add_items();
  added->set_id("tip-3");
  added->set_text("New.");
  Revise();
  EXPECT_EQ(Shown(), "STALE_TEXT DOCUMENTATION_TIPS tip-3");
  page_.mutable_documentation_tips()->mutable_items()->RemoveLast();
  page_.mutable_documentation_tips()->mutable_items()->SwapElements(0, 1);
  Revise();
  EXPECT_EQ(Shown(), "STALE_TEXT DOCUMENTATION_TIPS");
  page_.clear_documentation_tips();
  Revise();
  EXPECT_EQ(Shown(), "STALE_TEXT DOCUMENTATION_TIPS");
  fixture_.Verify("T20", "2025", "2025-05-01");
  EXPECT_EQ(Shown(), "VERIFIED");
}

TEST_F(VerificationTextTest, ANewSourceOrProvenanceIsStale) {
  fixture_.Verify("T20", "2025", "2025-03-01");
  *page_.add_sources() = SourceOf(v1::SOURCE_KIND_OTHER, "");
  Revise();
  EXPECT_EQ(Shown(), "STALE_TEXT SOURCES");
  page_.mutable_summary()->mutable_provenance()->add_source_numbers(1);
  page_.mutable_documentation_tips()->mutable_provenance()->set_making(v1::MAKING_GENERATED);
  Revise();
  EXPECT_EQ(Shown(), "STALE_TEXT SUMMARY DOCUMENTATION_TIPS SOURCES");
}

TEST_F(VerificationTextTest, PartsAloneDoNotVerifyAPage) {
  fixture_.Record(Partial({v1::REFERENCE_SECTION_SUMMARY}, {"tip-1"}, "2025-03-01"));
  EXPECT_EQ(Shown(), "UNVERIFIED DOCUMENTATION_TIPS SOURCES tip-2");
  EXPECT_EQ(fixture_.State("T20", "2025", kAsOf).last_verified(), "");
  fixture_.Record(Partial({v1::REFERENCE_SECTION_DOCUMENTATION_TIPS, v1::REFERENCE_SECTION_SOURCES},
                          {}, "2025-04-01"));
  EXPECT_EQ(Shown(), "VERIFIED");
}

TEST_F(VerificationTextTest, ARejectionHoldsUntilTheWordsOrTheVerdictChange) {
  fixture_.Verify("T20", "2025", "2025-03-01");
  v1::NewVerification rejection = Partial({}, {"tip-1"}, "2025-04-01");
  rejection.set_outcome(v1::VERIFICATION_OUTCOME_REJECTED);
  fixture_.Record(rejection);
  EXPECT_EQ(Shown(), "REJECTED tip-1");
  EXPECT_EQ(Shown("2025-03-31"), "VERIFIED");
  EXPECT_THAT(fixture_.Queue("2025", kAsOf),
              ElementsAre(Pair("rejected", std::set<std::string>{"T20"})));
  tip(0).set_text("Better.");
  Revise();
  EXPECT_EQ(Shown(), "STALE_TEXT tip-1");
  fixture_.Record(Partial({}, {"tip-1"}, "2025-05-01"));
  EXPECT_EQ(Shown(), "VERIFIED");
}

TEST_F(VerificationTextTest, AWholePageCanBeRejected) {
  v1::NewVerification rejection = fixture_.Confirmation("T20", "2025", "2025-03-01");
  rejection.set_outcome(v1::VERIFICATION_OUTCOME_REJECTED);
  fixture_.Record(rejection);
  EXPECT_EQ(Shown(), "REJECTED");
  fixture_.Verify("T20", "2025", "2025-03-02");
  EXPECT_EQ(Shown(), "VERIFIED");
}

TEST_F(VerificationTextTest, ACorrectionSpeaksForTheRevisionThatItProduced) {
  tip(0).set_text("Better.");
  Revise();
  v1::NewVerification event = fixture_.Confirmation("T20", "2025", "2025-03-01");
  event.set_revision(1);
  event.set_outcome(v1::VERIFICATION_OUTCOME_CORRECTED);
  EXPECT_EQ(Refusal(event), "ARGUMENT_INVALID verifications[0].corrected_revision");
  event.set_corrected_revision(3);
  EXPECT_EQ(Refusal(event), "REFERENCE_NOT_FOUND");
  event.set_corrected_revision(2);
  fixture_.Record(event);
  EXPECT_EQ(Shown(), "VERIFIED");
}

TEST_F(VerificationTextTest, ACorrectionCanBeThatAnItemIsTakenOut) {
  fixture_.Verify("T20", "2025", "2025-03-01");
  page_.mutable_documentation_tips()->mutable_items()->RemoveLast();
  Revise();
  v1::NewVerification event = Partial({}, {"tip-2"}, "2025-04-01");
  event.set_outcome(v1::VERIFICATION_OUTCOME_CORRECTED);
  event.set_revision(1);
  event.set_corrected_revision(2);
  fixture_.Record(event);
  // That the list is complete without it nobody has said.
  EXPECT_EQ(Shown(), "STALE_TEXT DOCUMENTATION_TIPS");
}

TEST_F(VerificationTextTest, AnEventThatWasRecordedWronglyCountsNoMore) {
  fixture_.Verify("T20", "2025", "2025-03-01");
  v1::NewVerification instead = fixture_.Confirmation("T20", "2025", "2024-11-01");
  instead.set_corrects_id("v1");
  fixture_.Record(instead);
  EXPECT_EQ(fixture_.State("T20", "2025", kAsOf).last_verified(), "2024-11-01");
  EXPECT_EQ(Shown("2025-11-02"), "EXPIRED on 2025-11-02");
  v1::ListVerificationsRequest request;
  request.set_code("t20");
  request.set_page_size(1);
  const auto first = ListVerifications(fixture_.backend(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->verifications_size(), 1);
  EXPECT_EQ(first->verifications(0).event().id(), "v1");
  EXPECT_EQ(first->verifications(0).corrected_by_id(), "v2");
  request.set_page_token(first->next_page_token());
  const auto second = ListVerifications(fixture_.backend(), request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->verifications(0).event().id(), "v2");
  EXPECT_EQ(second->next_page_token(), "");
  v1::NewVerification again = fixture_.Confirmation("T20", "2025", "2024-11-01");
  again.set_corrects_id("v1");
  EXPECT_EQ(Refusal(again), "VERIFICATION_NOT_FOUND");
}

TEST_F(VerificationTextTest, RecordingTwiceRecordsOnce) {
  const v1::NewVerification event = fixture_.Confirmation("t20", "2025", "2025-03-01");
  fixture_.Record(event);
  const auto again = fixture_.TryRecord({event});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->already_recorded(), 1);
  EXPECT_EQ(again->verifications(0).number(), 1);
  EXPECT_EQ(again->verifications(0).event().code(), "T20");
  EXPECT_EQ(again->verifications(0).release_id(), "2025");
  // Order and tabular facts; there is no list of exempt codes and no conversion table.
  EXPECT_EQ(again->verifications(0).effective_digests_size(), 2);
  v1::NewVerification other = event;
  other.set_verifier("Someone else");
  EXPECT_EQ(Refusal(other), "VERIFICATION_ID_TAKEN");
}

TEST_F(VerificationTextTest, AllOfARequestAreRecordedOrNone) {
  const v1::NewVerification good = fixture_.Confirmation("T20", "2025", "2025-03-01");
  v1::NewVerification bad = fixture_.Confirmation("T31", "2025", "2025-03-01");
  EXPECT_FALSE(fixture_.TryRecord({good, bad}).ok());
  EXPECT_EQ(Shown(), "UNVERIFIED");
}

TEST_F(VerificationTextTest, BadEventsAreRefusedByField) {
  const auto with = [&](auto change) {
    v1::NewVerification event = fixture_.Confirmation("T20", "2025", "2025-03-01");
    change(event);
    return Refusal(event);
  };
  const std::string field = "ARGUMENT_INVALID verifications[0].";
  EXPECT_EQ(with([](auto& e) { e.set_id(""); }), field + "id");
  EXPECT_EQ(with([](auto& e) { e.set_id("two words"); }), field + "id");
  EXPECT_EQ(with([](auto& e) { e.set_revision(0); }), field + "revision");
  EXPECT_EQ(with([](auto& e) { e.set_date("2026-11-24"); }), field + "date");
  EXPECT_EQ(with([](auto& e) { e.set_date("2025-02-30"); }), field + "date");
  EXPECT_EQ(with([](auto& e) { e.set_date(""); }), field + "date");
  EXPECT_EQ(with([](auto& e) { e.set_verifier(" "); }), field + "verifier");
  EXPECT_EQ(with([](auto& e) { e.set_verifier("a\x1b[31m"); }), field + "verifier");
  EXPECT_EQ(with([](auto& e) { e.clear_outcome(); }), field + "outcome");
  EXPECT_EQ(with([](auto& e) { e.set_corrected_revision(2); }), field + "corrected_revision");
  EXPECT_EQ(with([](auto& e) { e.mutable_scope()->add_item_ids("tip-9"); }),
            field + "scope.item_ids[0]");
  EXPECT_EQ(with([](auto& e) { e.mutable_scope()->add_sections(v1::REFERENCE_SECTION_QUESTIONS); }),
            field + "scope.sections[0]");
  EXPECT_EQ(with([](auto& e) { e.set_remark(std::string(4001, 'x')); }), field + "remark");
  EXPECT_EQ(with([](auto& e) { e.add_sources()->set_kind(v1::SOURCE_KIND_GUIDELINES); }),
            field + "sources[0].edition");
  EXPECT_EQ(with([](auto& e) { e.add_sources()->set_kind(v1::SOURCE_KIND_WEB_PAGE); }),
            field + "sources[0].title");
  EXPECT_EQ(with([](auto& e) { e.set_code("M99.86"); }), "REFERENCE_NOT_FOUND");
  EXPECT_EQ(with([](auto& e) { e.set_revision(2); }), "REFERENCE_NOT_FOUND");
  EXPECT_EQ(with([](auto& e) { e.set_revision_digest(std::string(64, '0')); }),
            "REVISION_MISMATCH");
  EXPECT_EQ(with([](auto& e) { *e.mutable_release() = ByName("2024"); }), "RELEASE_NOT_FOUND");
  EXPECT_EQ(with([](auto& e) { e.set_corrects_id("none"); }), "VERIFICATION_NOT_FOUND");
  EXPECT_EQ(Shown(), "UNVERIFIED");
}

TEST_F(VerificationTextTest, AReleaseThatAVerificationNamesIsNotDeleted) {
  fixture_.Verify("T20", "2025", "2025-03-01");
  const auto deleted = fixture_.store().Delete("2025");
  EXPECT_EQ(model::ReasonOf(deleted.status()), Reason::kReleaseInUse);
  EXPECT_EQ(model::FactsOf(deleted.status()).at("verifications"), "1");
}

TEST_F(VerificationTextTest, UsageOrdersTheQueueAndIsReplacedWhole) {
  fixture_.Import({Page("T31"), Page("T36"), Page("L55")}, "2025");
  const auto set = [&](const std::vector<std::pair<std::string, int64_t>>& counts) {
    v1::SetUsageCountsRequest request;
    for (const auto& [code, count] : counts) {
      v1::UsageCount* entry = request.add_counts();
      entry->set_code(code);
      entry->set_count(count);
    }
    return SetUsageCounts(fixture_.backend(), request);
  };
  const auto first_codes = [&] {
    v1::ListVerificationQueueRequest request;
    *request.mutable_release() = ByName("2025");
    const auto response = ListVerificationQueue(fixture_.backend(), request);
    const auto& group = response->groups(0);
    return absl::StrCat(absl::StrJoin(group.first_codes(), " "), " ", group.usage());
  };
  EXPECT_EQ(first_codes(), "L55 T20 T31 T36 0");
  ASSERT_TRUE(set({{"T31", 5}, {"T36", 7}, {"Z99", 9}}).ok());
  EXPECT_EQ(first_codes(), "T36 T31 L55 T20 12");
  ASSERT_TRUE(set({{"L55", 1}}).ok());
  EXPECT_EQ(first_codes(), "L55 T20 T31 T36 1");
  EXPECT_EQ(ViolationsOf(set({{"T31", -1}}).status())[0].field, "counts[0].count");
  EXPECT_EQ(ViolationsOf(set({{"T31", 1}, {"t31", 2}}).status())[0].field, "counts[1].code");
  EXPECT_EQ(first_codes(), "L55 T20 T31 T36 1");
}

}  // namespace
}  // namespace codeset::server
