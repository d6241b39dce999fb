// Labels, and what keeps a release from being deleted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/store/store_fixture.h"

namespace codeset::store {
namespace {

using model::FactsOf;
using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;

class LabelTest : public StoreTest {
 protected:
  void Load(const std::string& id, const std::string& effective = "",
            const std::string& activate_on = "") {
    Publication publication = Release(id, id.size() > 4 ? New() : Old());
    if (!effective.empty()) publication.effective = *model::ParseDate(effective);
    publication.description.set_activate_on(activate_on);
    const auto outcome = Publish(std::move(publication));
    ASSERT_TRUE(outcome.ok()) << outcome.status();
  }

  // What a label resolves to on the store's day.
  std::string Follow(absl::string_view label) {
    const auto catalog = store_->catalog();
    const LabelEntry* entry = catalog->FindLabel(label);
    if (entry == nullptr) return "(no label)";
    const CatalogRelease* release = catalog->Follow(*entry, model::DateInNewYork(now_));
    return release == nullptr ? "(nothing)" : release->id.ToString();
  }

  std::vector<std::string> Moves() {
    std::vector<std::string> moves;
    const auto journal = store_->Journal(0, 1000);
    for (const JournalRecord& record : *journal) {
      if (record.event.kind() != v1::RELEASE_EVENT_KIND_LABEL_MOVED) continue;
      moves.push_back(record.event.label() + ": " + record.event.previous_release_id() + " -> " +
                      record.event.release_id() + " by " + record.event.by());
    }
    return moves;
  }
};

TEST_F(LabelTest, StaysBackWhenItIsRolledBackAgainFromTheSameRelease) {
  for (const char* id : {"2024", "2025", "2026"}) Load(id);
  ASSERT_TRUE(store_->SetLabel("prod", "2025", false, "ann").ok());
  ASSERT_TRUE(store_->SetLabel("prod", "2026", false, "ann").ok());
  // Not from what it does not name.
  EXPECT_EQ(ReasonOf(store_->RollbackLabel("prod", "eve", "2025").status()),
            Reason::kArgumentInvalid);
  ASSERT_TRUE(store_->RollbackLabel("prod", "eve", "2026").ok());
  EXPECT_EQ(Follow("prod"), "2025");
  // The answer was lost; the server may have been restarted since.
  Reopen();
  const auto again = store_->RollbackLabel("prod", "eve", "2026");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->release_id(), "2025");
  EXPECT_EQ(Follow("prod"), "2025");
  EXPECT_THAT(Moves(), ::testing::SizeIs(3));
  // Forth, and that can be repeated too.
  ASSERT_TRUE(store_->RollbackLabel("prod", "eve", "2025").ok());
  ASSERT_TRUE(store_->RollbackLabel("prod", "eve", "2025").ok());
  EXPECT_EQ(Follow("prod"), "2026");
  // It was moved from there, but not by rolling it back.
  ASSERT_TRUE(store_->SetLabel("prod", "2024", false, "ann").ok());
  const absl::Status moved = store_->RollbackLabel("prod", "eve", "2026").status();
  EXPECT_EQ(ReasonOf(moved), Reason::kArgumentInvalid);
  EXPECT_THAT(std::string(moved.message()), ::testing::HasSubstr("names 2024, not 2026"));
  EXPECT_EQ(Follow("prod"), "2024");
}

TEST_F(LabelTest, MovesAndRollsBackAndRecordsEveryMove) {
  Load("2025");
  Load("2026");
  ASSERT_TRUE(store_->SetLabel("prod", "2025", false, "ann").ok());
  ASSERT_TRUE(store_->SetLabel("prod", "2026", false, "bob").ok());
  EXPECT_EQ(Follow("prod"), "2026");
  const auto back = store_->RollbackLabel("prod", "eve");
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->release_id(), "2025");
  EXPECT_EQ(back->previous_release_id(), "2026");
  EXPECT_EQ(back->moved_by(), "eve");
  EXPECT_EQ(back->moved_at(), "2026-11-23T17:00:00Z");
  // Back and forth: it is where it was.
  ASSERT_TRUE(store_->RollbackLabel("prod", "eve").ok());
  EXPECT_EQ(Follow("prod"), "2026");
  ASSERT_TRUE(store_->RemoveLabel("prod", "zoe").ok());
  EXPECT_EQ(Follow("prod"), "(no label)");
  const std::vector<std::string> expected = {
      "prod:  -> 2025 by ann",     "prod: 2025 -> 2026 by bob", "prod: 2026 -> 2025 by eve",
      "prod: 2025 -> 2026 by eve", "prod: 2026 ->  by zoe",
  };
  EXPECT_EQ(Moves(), expected);
  Reopen();
  EXPECT_EQ(Moves(), expected);
}

TEST_F(LabelTest, SurvivesAReopen) {
  Load("2025");
  Load("2026");
  ASSERT_TRUE(store_->SetLabel("prod", "2025", true, "ann").ok());
  ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "ann").ok());
  Reopen();
  const auto catalog = store_->catalog();
  const LabelEntry* entry = catalog->FindLabel("prod");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->release_id(), "2026");
  EXPECT_TRUE(entry->exact());
  EXPECT_EQ(entry->previous_release_id(), "2025");
}

TEST_F(LabelTest, DoesNotRecordAMoveToWhereItIs) {
  Load("2025");
  ASSERT_TRUE(store_->SetLabel("prod", "2025", false, "ann").ok());
  const auto again = store_->SetLabel("prod", "2025", false, "bob");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->moved_by(), "ann");
  EXPECT_TRUE(again->previous_release_id().empty());
  EXPECT_THAT(Moves(), ElementsAre("prod:  -> 2025 by ann"));
}

TEST_F(LabelTest, PrefersTheNewestCorrectionThatIsInForce) {
  Load("2026");
  Load("2026.2");
  Load("2026.10");
  Load("2026-04.11");
  Load("2026.12", "2026-09-30");
  SetToday("2026-06-01");
  ASSERT_TRUE(store_->SetLabel("prod", "2026", false, "").ok());
  ASSERT_TRUE(store_->SetLabel("fixed", "2026", true, "").ok());
  // As numbers: .10 after .2; .12 not before its day; another edition's never.
  EXPECT_EQ(Follow("prod"), "2026.10");
  EXPECT_EQ(Follow("fixed"), "2026");
  SetToday("2026-09-29");
  EXPECT_EQ(Follow("prod"), "2026.10");
  SetToday("2026-09-30");
  EXPECT_EQ(Follow("prod"), "2026.12");
  EXPECT_EQ(Follow("fixed"), "2026");
}

TEST_F(LabelTest, LeavesOutCorrectionsThatAreHeldBack) {
  Load("2026");
  Load("2026.1", "", "2026-12-01");
  Load("2026.2", "", "never");
  ASSERT_TRUE(store_->SetLabel("prod", "2026", false, "").ok());
  EXPECT_EQ(Follow("prod"), "2026");
  SetToday("2026-12-01");
  EXPECT_EQ(Follow("prod"), "2026.1");
  ASSERT_TRUE(store_->SetActivation("2026.2", "", "ann").ok());
  EXPECT_EQ(Follow("prod"), "2026.2");
  ASSERT_TRUE(store_->SetActivation("2026.2", "never", "ann").ok());
  EXPECT_EQ(Follow("prod"), "2026.1");
}

TEST_F(LabelTest, RefusesWhatCannotBeALabel) {
  Load("2026");
  const struct {
    const char* label;
    const char* release;
    Reason reason;
  } kTests[] = {
      {"current", "2026", Reason::kLabelInvalid}, {"next", "2026", Reason::kLabelInvalid},
      {"", "2026", Reason::kLabelInvalid},        {"2026", "2026", Reason::kLabelInvalid},
      {"2027-x", "2026", Reason::kLabelInvalid},  {"Prod", "2026", Reason::kLabelInvalid},
      {"1prod", "2026", Reason::kLabelInvalid},   {"pr od", "2026", Reason::kLabelInvalid},
      {"prod", "2025", Reason::kReleaseNotFound}, {"prod", "", Reason::kReleaseNotFound},
  };
  const uint64_t before = store_->journal_end();
  for (const auto& test : kTests) {
    EXPECT_EQ(ReasonOf(store_->SetLabel(test.label, test.release, false, "").status()), test.reason)
        << test.label << " " << test.release;
  }
  EXPECT_EQ(ReasonOf(store_->SetLabel(std::string(64, 'a'), "2026", false, "").status()),
            Reason::kLabelInvalid);
  EXPECT_TRUE(store_->SetLabel(std::string(63, 'a'), "2026", false, "").ok());
  EXPECT_EQ(store_->journal_end(), before + 1);
  EXPECT_EQ(store_->catalog()->labels().size(), 1u);
}

TEST_F(LabelTest, RefusesToMoveBackWhatCannotBe) {
  Load("2025");
  Load("2026");
  EXPECT_EQ(ReasonOf(store_->RollbackLabel("prod", "").status()), Reason::kLabelNotFound);
  EXPECT_EQ(ReasonOf(store_->RemoveLabel("prod", "").status()), Reason::kLabelNotFound);
  ASSERT_TRUE(store_->SetLabel("prod", "2025", false, "").ok());
  EXPECT_EQ(ReasonOf(store_->RollbackLabel("prod", "").status()), Reason::kLabelHasNoPrevious);
  EXPECT_EQ(Follow("prod"), "2025");
}

TEST_F(LabelTest, KeepsReleasesThatALabelNamesOrResolvesTo) {
  Load("2026");
  Load("2026.1");
  Load("2026.2", "", "never");
  ASSERT_TRUE(store_->SetLabel("prod", "2026", false, "").ok());
  ASSERT_TRUE(store_->SetLabel("qa", "2026", false, "").ok());
  for (const char* id : {"2026", "2026.1"}) {
    const absl::Status status = store_->Delete(id).status();
    EXPECT_EQ(ReasonOf(status), Reason::kReleaseInUse) << id;
    EXPECT_EQ(FactsOf(status)["labels"], "prod, qa");
  }
  EXPECT_TRUE(store_->Delete("2026.2").ok());
  ASSERT_TRUE(store_->RemoveLabel("prod", "").ok());
  ASSERT_TRUE(store_->RemoveLabel("qa", "").ok());
  EXPECT_TRUE(store_->Delete("2026.1").ok());
}

TEST_F(LabelTest, AnswersReadersWhileLabelsMove) {
  Load("2025");
  Load("2026");
  ASSERT_TRUE(store_->SetLabel("prod", "2025", false, "").ok());
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> told = 0;
  store_->SetJournalListener([&] { ++told; });
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      uint64_t seen = 0;
      while (!stop) {
        const std::string followed = Follow("prod");
        if (followed != "2025" && followed != "2026") ++wrong;
        const auto records = store_->Journal(seen, 3);
        if (!records.ok()) {
          ++wrong;
          continue;
        }
        for (const JournalRecord& record : *records) {
          if (record.number != ++seen) ++wrong;
        }
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    EXPECT_TRUE(store_->SetLabel("prod", round % 2 == 0 ? "2026" : "2025", false, "").ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  store_->SetJournalListener(nullptr);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(told, 50);
}

}  // namespace
}  // namespace codeset::store
