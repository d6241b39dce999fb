// The journal: every change once, with the change, in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/store_fixture.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JournalTest : public StoreTest {
 protected:
  std::vector<std::string> Kinds(uint64_t after = 0, size_t most = 1000) {
    std::vector<std::string> kinds;
    const auto journal = store_->Journal(after, most);
    EXPECT_TRUE(journal.ok()) << journal.status();
    for (const JournalRecord& record : *journal) {
      kinds.push_back(v1::ReleaseEventKind_Name(record.event.kind())
                          .substr(std::string("RELEASE_EVENT_KIND_").size()) +
                      " " + record.event.release_id());
    }
    return kinds;
  }
};

TEST_F(JournalTest, RecordsWhatChangesAndNothingElse) {
  EXPECT_EQ(store_->journal_end(), 0u);
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  // The same again changes nothing, and a refusal neither.
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  EXPECT_FALSE(Publish(Release("2026", Old())).ok());
  Publication tabular = Release("2026", New());
  tabular.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(Publish(std::move(tabular)).ok());
  ASSERT_TRUE(store_->SetActivation("2026", "never", "ann").ok());
  ASSERT_TRUE(store_->SetActivation("2026", "never", "ann").ok());
  ASSERT_TRUE(store_->Delete("2026").ok());
  EXPECT_THAT(Kinds(), ElementsAre("LOADED 2026", "GROUP_ADDED 2026", "ACTIVATION_SET 2026",
                                   "DELETED 2026"));
  EXPECT_EQ(store_->journal_end(), 4u);
  const auto records = store_->Journal(0, 10);
  const v1::ReleaseEvent& loaded = (*records)[0].event;
  EXPECT_THAT(loaded.facet_groups(), ElementsAre(v1::FACET_GROUP_ORDER));
  EXPECT_EQ(loaded.effective_date(), "2025-10-01");
  EXPECT_EQ(loaded.occurred_at(), "2026-11-23T17:00:00Z");
  EXPECT_EQ(loaded.fingerprint().size(), 64u);
  EXPECT_THAT((*records)[1].event.facet_groups(), ElementsAre(v1::FACET_GROUP_TABULAR));
  EXPECT_NE((*records)[1].event.fingerprint(), loaded.fingerprint());
  EXPECT_EQ((*records)[2].event.activate_on(), "never");
  EXPECT_EQ((*records)[2].event.by(), "ann");
}

TEST_F(JournalTest, GoesOnAfterAReopen) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  const std::string id = store_->journal_id();
  EXPECT_EQ(id.size(), 32u);
  Reopen();
  EXPECT_EQ(store_->journal_id(), id);
  EXPECT_EQ(store_->journal_end(), 1u);
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  EXPECT_THAT(Kinds(), ElementsAre("LOADED 2025", "LOADED 2026"));
  EXPECT_THAT(Kinds(1), ElementsAre("LOADED 2026"));
  EXPECT_THAT(Kinds(0, 1), ElementsAre("LOADED 2025"));
  EXPECT_THAT(Kinds(2), IsEmpty());
}

TEST_F(JournalTest, HasAnotherIdentityInEveryDirectory) {
  const std::string id = store_->journal_id();
  store_.reset();
  std::filesystem::remove_all(directory_);
  Reopen();
  EXPECT_NE(store_->journal_id(), id);
}

TEST_F(JournalTest, TellsTheListenerOnceTheChangeCanBeRead) {
  std::vector<std::string> told;
  store_->SetJournalListener([&] {
    // What is told of can be seen.
    told.push_back(Kinds().back());
    if (told.back() == "LOADED 2026") {
      EXPECT_NE(store_->catalog()->Find("2026"), nullptr);
    }
  });
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  store_->SetJournalListener(nullptr);
  ASSERT_TRUE(store_->Delete("2026").ok());
  EXPECT_THAT(told, ElementsAre("LOADED 2025", "LOADED 2026"));
}

TEST_F(JournalTest, KeepsTheCalendarWithItsEvents) {
  EXPECT_TRUE(store_->calendar()->active_release_ids().empty());
  CalendarState state;
  state.add_active_release_ids("2026");
  state.add_overdue_edition_ids("2026-04");
  v1::ReleaseEvent event;
  event.set_kind(v1::RELEASE_EVENT_KIND_ACTIVATED);
  event.set_release_id("2026");
  ASSERT_TRUE(store_->RecordCalendar(state, {event}).ok());
  Reopen();
  EXPECT_EQ(store_->calendar()->SerializeAsString(), state.SerializeAsString());
  EXPECT_THAT(Kinds(), ElementsAre("ACTIVATED 2026"));
}

TEST_F(JournalTest, HoldsBackUntilTheDayGiven) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  const auto held_back = [&](absl::string_view day) {
    return store_->catalog()->Find("2026")->HeldBackOn(*model::ParseDate(day));
  };
  EXPECT_FALSE(held_back("2025-10-01"));
  ASSERT_TRUE(store_->SetActivation("2026", "2027-01-15", "").ok());
  EXPECT_TRUE(held_back("2027-01-14"));
  EXPECT_FALSE(held_back("2027-01-15"));
  ASSERT_TRUE(store_->SetActivation("2026", "never", "").ok());
  Reopen();
  EXPECT_TRUE(held_back("2999-01-01"));
  ASSERT_TRUE(store_->SetActivation("2026", "", "").ok());
  EXPECT_FALSE(held_back("2025-10-01"));
  EXPECT_EQ(ReasonOf(store_->SetActivation("2026", "2027-02-30", "")), Reason::kArgumentInvalid);
  EXPECT_EQ(ReasonOf(store_->SetActivation("2025", "never", "")), Reason::kReleaseNotFound);
}

TEST_F(JournalTest, RefusesAJournalWithAHole) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok());
    rocksdb::WriteBatch batch;
    batch.Delete((*database)->family(Family::kJournal), ToSlice(JournalKey(1)));
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  Reopen();
  EXPECT_EQ(ReasonOf(store_->Journal(0, 10).status()), Reason::kDataDamaged);
}

}  // namespace
}  // namespace codeset::store
