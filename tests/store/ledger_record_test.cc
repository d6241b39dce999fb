// Verifications: each once, all of a call or none, never overwritten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/store/ledger_fixture.h"

namespace codeset::store {
namespace {

using model::FactsOf;
using model::Reason;
using model::ReasonOf;
using model::SourceEditionRef;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LedgerRecordTest : public LedgerTest {
 protected:
  LedgerRecordTest() {
    Import({Page("M9986", "one"), Page("G35", "a")});
    Import({Page("M9986", "two")});
  }

  Reason Refused(const std::vector<v1::NewVerification>& asked,
                 const std::string& release = "2026") {
    const std::string before = Summaries();
    const absl::Status status = Record(asked, release).status();
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(Summaries(), before);
    return ReasonOf(status).value_or(Reason::kInternal);
  }
};

TEST_F(LedgerRecordTest, AddsEventsAndTellsThemAsTheyStand) {
  v1::NewVerification first = Asked("1", "m99.86", 2);
  v1::ConsultedSource& book = *first.add_sources();
  book.set_kind(v1::SOURCE_KIND_PUBLICATION);
  book.set_series("coding-book");
  book.set_edition("12");
  first.add_sources()->set_kind(v1::SOURCE_KIND_WEB_PAGE);
  v1::NewVerification second = Asked("2", "M9986");
  second.set_outcome(v1::VERIFICATION_OUTCOME_CORRECTED);
  second.set_corrected_revision(2);
  second.mutable_scope()->add_item_ids("tip");
  v1::NewVerification third = Asked("3", "M9986");
  third.set_outcome(v1::VERIFICATION_OUTCOME_REJECTED);
  third.mutable_scope()->add_sections(v1::REFERENCE_SECTION_SUMMARY);
  third.set_date("2024-02-29");
  const auto outcome = Record({first, second, Asked("4", "G35"), third});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->already_recorded, 0);
  ASSERT_EQ(outcome->events.size(), 4u);
  v1::Verification expected = Made(first);
  expected.set_number(1);
  expected.set_recorded_at("2026-11-23T17:00:00Z");
  EXPECT_EQ(outcome->events[0].SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(outcome->events[2].event().code(), "G35");
  EXPECT_EQ(outcome->events[2].number(), 1);
  EXPECT_EQ(outcome->events[3].number(), 3);
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    EXPECT_THAT(Events("M9986"), ElementsAre("1 1", "2 2", "3 3"));
    EXPECT_THAT(Events("G35"), ElementsAre("1 4"));
    const auto events = ledger().Find("M9986")->events;
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].number, 1);
    EXPECT_EQ(events[0].date, model::Date(2026, 11, 20));
    EXPECT_EQ(events[0].outcome, v1::VERIFICATION_OUTCOME_CONFIRMED);
    EXPECT_EQ(events[0].revision, 2);
    EXPECT_TRUE(events[0].whole);
    EXPECT_FALSE(events[0].replaced);
    // Groups 1 and 4.
    EXPECT_EQ(events[0].groups, 0b10010);
    EXPECT_EQ(*events[0].release_id, "2026");
    EXPECT_THAT(*events[0].consulted, ElementsAre(SourceEditionRef{"coding-book", "12"}));
    EXPECT_EQ(events[1].revision, 2);
    EXPECT_FALSE(events[1].whole);
    EXPECT_EQ(events[2].outcome, v1::VERIFICATION_OUTCOME_REJECTED);
    EXPECT_EQ(events[2].revision, 1);
    EXPECT_FALSE(events[2].whole);
    EXPECT_EQ(events[2].date, model::Date(2024, 2, 29));
    EXPECT_EQ(events[1].release_id.get(), events[0].release_id.get());
    EXPECT_EQ(events[2].consulted.get(), events[1].consulted.get());
    EXPECT_EQ(ledger().CountNaming("2026"), 4);
    EXPECT_EQ(ledger().CountNaming("2025"), 0);
  }
  // A new revision leaves them.
  Import({Page("M9986", "three")});
  EXPECT_EQ(ledger().Find("M9986")->events.size(), 3u);
}

TEST_F(LedgerRecordTest, RecordsTheSameOnce) {
  ASSERT_TRUE(Record({Asked("1", "M9986"), Asked("2", "G35")}).ok());
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    // However the release was found this time.
    const auto again = Record({Asked("2", "G35"), Asked("1", "M9986")}, "2025");
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->already_recorded, 2);
    ASSERT_EQ(again->events.size(), 2u);
    EXPECT_EQ(again->events[0].event().id(), "2");
    EXPECT_EQ(again->events[0].release_id(), "2026");
    EXPECT_EQ(again->events[1].recorded_at(), "2026-11-23T17:00:00Z");
    EXPECT_THAT(Events("M9986"), ElementsAre("1 1"));
    EXPECT_EQ(ledger().CountNaming("2025"), 0);
  }
  const auto some = Record({Asked("1", "M9986"), Asked("3", "M9986"), Asked("3", "M9986")});
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_EQ(some->already_recorded, 2);
  EXPECT_EQ(some->events[2].number(), 2);
  EXPECT_THAT(Events("M9986"), ElementsAre("1 1", "2 3"));
}

TEST_F(LedgerRecordTest, RefusesAnIdWithOtherParticulars) {
  ASSERT_TRUE(Record({Asked("1", "M9986")}).ok());
  v1::NewVerification other = Asked("1", "M9986");
  other.set_remark("other");
  EXPECT_EQ(Refused({other}), Reason::kVerificationIdTaken);
  EXPECT_EQ(Refused({Asked("2", "G35"), Asked("1", "G35")}), Reason::kVerificationIdTaken);
  other.mutable_release()->set_release("2026");
  other.clear_remark();
  const absl::Status status = Record({other}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kVerificationIdTaken);
  EXPECT_EQ(FactsOf(status)["id"], "1");
  EXPECT_EQ(FactsOf(status)["code"], "M99.86");
  // Within a call, too; and then nothing of it is there.
  other.set_id("2");
  EXPECT_EQ(Refused({Asked("2", "M9986"), other}), Reason::kVerificationIdTaken);
  EXPECT_TRUE(Record({other}).ok());
}

TEST_F(LedgerRecordTest, RefusesWhatIsNotThereAndThenWritesNothing) {
  const v1::NewVerification good = Asked("1", "M9986");
  EXPECT_EQ(Refused({good, Asked("2", "G36")}), Reason::kReferenceNotFound);
  EXPECT_EQ(Refused({good, Asked("2", "M9986", 3)}), Reason::kReferenceNotFound);
  EXPECT_EQ(Refused({good, Asked("2", "M9986", 0)}), Reason::kReferenceNotFound);
  v1::NewVerification corrected = Asked("2", "M9986", 1);
  corrected.set_outcome(v1::VERIFICATION_OUTCOME_CORRECTED);
  EXPECT_EQ(Refused({good, corrected}), Reason::kReferenceNotFound);
  corrected.set_corrected_revision(3);
  EXPECT_EQ(Refused({good, corrected}), Reason::kReferenceNotFound);
  EXPECT_EQ(Refused({good}, "2024"), Reason::kReleaseNotFound);
  v1::NewVerification unreadable = Asked("2", "M9986");
  unreadable.set_remark("\xe9");
  EXPECT_EQ(Refused({good, unreadable}), Reason::kArgumentInvalid);
  unreadable = Asked("2", "M9986");
  unreadable.set_date("2026-02-30");
  EXPECT_EQ(Refused({good, unreadable}), Reason::kArgumentInvalid);
  EXPECT_EQ(ReasonOf(ledger().Record({Made(good)}, {}).status()), Reason::kInternal);
  Reopen();
  EXPECT_THAT(Events("M9986"), IsEmpty());
  EXPECT_TRUE(Record({good}).ok());
}

TEST_F(LedgerRecordTest, LetsAnEventTakeThePlaceOfAnother) {
  ASSERT_TRUE(Record({Asked("1", "M9986"), Asked("2", "M9986"), Asked("g", "G35")}).ok());
  v1::NewVerification instead = Asked("3", "M9986");
  instead.set_corrects_id("none");
  EXPECT_EQ(Refused({instead}), Reason::kVerificationNotFound);
  instead.set_corrects_id("g");
  EXPECT_EQ(Refused({instead}), Reason::kVerificationNotFound);
  instead.set_corrects_id("3");
  EXPECT_EQ(Refused({instead}), Reason::kVerificationNotFound);
  instead.set_corrects_id("1");
  const auto outcome = Record({Asked("1", "M9986"), instead});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->events[0].corrected_by_id(), "3");
  EXPECT_EQ(outcome->events[1].corrected_by_id(), "");
  // What has been replaced is not replaced again; but the same call may come again.
  v1::NewVerification late = Asked("4", "M9986");
  late.set_corrects_id("1");
  const absl::Status status = Record({late}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kVerificationNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("has been replaced"));
  EXPECT_EQ(Record({Asked("1", "M9986"), instead})->already_recorded, 2);
  // An event that took another's place may be replaced in turn, within one call, too.
  late.set_corrects_id("3");
  v1::NewVerification last = Asked("5", "M9986");
  last.set_corrects_id("4");
  ASSERT_TRUE(Record({late, last}).ok());
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    EXPECT_THAT(Events("M9986"), ElementsAre("1 1 > 3", "2 2", "3 3 > 4", "4 4 > 5", "5 5"));
    std::vector<bool> replaced;
    for (const EventSummary& event : ledger().Find("M9986")->events) {
      replaced.push_back(event.replaced);
    }
    EXPECT_THAT(replaced, ElementsAre(true, false, true, true, false));
    // By pages, what took a place is told though it is on a later one.
    EXPECT_THAT(Events("M9986", 0, 1), ElementsAre("1 1 > 3"));
    EXPECT_THAT(Events("M9986", 1, 2), ElementsAre("2 2", "3 3 > 4"));
    EXPECT_THAT(Events("M9986", 4, 2), ElementsAre("5 5"));
    EXPECT_THAT(Events("M9986", 5, 2), IsEmpty());
    EXPECT_THAT(Events("M9986", -1, 1), ElementsAre("1 1 > 3"));
    EXPECT_THAT(Events("M9986", 0, 0), IsEmpty());
    // They are still there.
    EXPECT_EQ(ledger().CountNaming("2026"), 6);
  }
}

TEST_F(LedgerRecordTest, FindsDamagedEvents) {
  ASSERT_TRUE(Record({Asked("1", "M9986"), Asked("2", "M9986")}).ok());
  Put(Family::kVerificationIds, "1", "?");
  Reopen();
  EXPECT_EQ(Refused({Asked("1", "M9986")}), Reason::kDataDamaged);
  EXPECT_TRUE(Record({Asked("2", "M9986")}).ok());
}

TEST_F(LedgerRecordTest, KeepsAReleaseThatVerificationsName) {
  ASSERT_TRUE(Record({Asked("1", "M9986"), Asked("2", "G35")}, "2025").ok());
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    const absl::Status status = store_->Delete("2025").status();
    EXPECT_EQ(ReasonOf(status), Reason::kReleaseInUse);
    EXPECT_EQ(FactsOf(status)["verifications"], "2");
    EXPECT_EQ(FactsOf(status)["release"], "2025");
    EXPECT_THAT(std::string(status.message()), HasSubstr("for ever"));
    EXPECT_THAT(Loaded(), ElementsAre("2025", "2026"));
  }
  EXPECT_TRUE(store_->Delete("2026").ok());
  EXPECT_EQ(Refused({Asked("3", "M9986")}, "2026"), Reason::kReleaseNotFound);
}

TEST_F(LedgerRecordTest, IsReadWhileItIsWritten) {
  constexpr int kRounds = 60;
  std::atomic<bool> done = false;
  std::thread reader([&] {
    uint64_t version = 0;
    while (!done) {
      const PageList list = ledger().pages();
      EXPECT_GE(list.version, version);
      version = list.version;
      for (const auto& page : list.pages) {
        const auto stored = ledger().Read(page->code, page->revision);
        EXPECT_TRUE(stored.ok()) << stored.status();
        const auto events = ledger().Verifications(page->code, 0, 1000);
        EXPECT_TRUE(events.ok()) << events.status();
        EXPECT_GE(events->size(), page->events.size());
      }
      EXPECT_LE(ledger().usage()->size(), 1u);
      EXPECT_GE(ledger().CountNaming("2026"), 0);
    }
  });
  std::thread other([&] {
    for (int i = 0; i < kRounds; ++i) {
      EXPECT_TRUE(Record({Asked(absl::StrCat("o", i), "M9986")}).ok());
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    EXPECT_TRUE(Record({Asked(absl::StrCat("r", i), "G35")}).ok());
    if (i % 4 == 0) Import({Page("M9986", absl::StrCat("words ", i))});
    if (i % 7 == 0) {
      EXPECT_TRUE(ledger().SetUsage({{"G35", i}}).ok());
    }
  }
  other.join();
  done = true;
  reader.join();
  EXPECT_EQ(ledger().Find("M9986")->events.size(), static_cast<size_t>(kRounds));
  EXPECT_EQ(ledger().Find("M9986")->revision, 2 + 15);
  EXPECT_EQ(ledger().Find("G35")->events.size(), static_cast<size_t>(kRounds));
  EXPECT_EQ(ledger().CountNaming("2026"), 2 * kRounds);
  const std::string before = Summaries();
  Reopen();
  EXPECT_EQ(Summaries(), before);
}

}  // namespace
}  // namespace codeset::store
