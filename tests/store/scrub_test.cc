// Scrubs: everything that is damaged is told, nothing else is, and a load of the same release makes
// its pages whole.
#include "storage/store/scrub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "tests/store/ledger_fixture.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ScrubTest : public LedgerTest {
 protected:
  ScrubTest() {
    EXPECT_TRUE(Publish(Full("2024")).ok());
    EXPECT_TRUE(store_->SetLabel("prod", "2025", true, "ann").ok());
    Import({Page("G35", "a"), Page("G36", "b")});
    Import({Page("G35", "c")});
    EXPECT_TRUE(Record({Asked("v1", "G35"), Asked("v2", "G36")}).ok());
    EXPECT_TRUE(ledger().SetUsage({{"G35", 3}}).ok());
  }

  // The content of 2025, with a tabular list, addenda and a source.
  static Publication Full(const std::string& id) {
    Publication publication = Release(id, Old());
    publication.tabular = model::EncodeTabular(List());
    publication.addenda.push_back({"addenda.txt", "what changed"});
    publication.sources.push_back({"order.zip", std::string(3 << 20, 'z')});
    return publication;
  }

  v1::ScrubReport Scrub(const ScrubOptions& options = {}) {
    const auto report = store_->Scrub(options);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : v1::ScrubReport();
  }

  // What a scrub finds: `PAGE 2024,2025`.
  std::vector<std::string> Findings() {
    std::vector<std::string> found;
    const v1::ScrubReport report = Scrub();
    for (const v1::ScrubFinding& finding : report.findings()) {
      std::string line = v1::ScrubSubject_Name(finding.subject()).substr(14);
      if (!finding.release_ids().empty()) {
        absl::StrAppend(&line, " ", absl::StrJoin(finding.release_ids(), ","));
      }
      if (!finding.code().empty()) absl::StrAppend(&line, " ", finding.code());
      EXPECT_FALSE(finding.message().empty());
      EXPECT_FALSE(finding.remedy().empty());
      found.push_back(std::move(line));
    }
    return found;
  }

  // Writes something past the store, and opens it again.
  void Damage(Family family, absl::string_view key, absl::string_view value) {
    Put(family, key, value);
    Reopen();
  }
  void Remove(Family family, absl::string_view key) {
    store_.reset();
    {
      auto database = Database::Open(directory_, false, "the test");
      ASSERT_TRUE(database.ok()) << database.status();
      rocksdb::WriteBatch batch;
      batch.Delete((*database)->family(family), ToSlice(key));
      ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
    }
    Reopen();
  }

  static model::Digest PageOf(const model::PageSet& set, absl::string_view node) {
    for (const model::Page& page : set.pages) {
      if (page.node == node) return page.digest;
    }
    ADD_FAILURE() << "no page " << node;
    return {};
  }
};

TEST_F(ScrubTest, CountsWhatItProvesAndFindsNothingWhereNothingIsDamaged) {
  const v1::ScrubReport report = Scrub();
  EXPECT_THAT(report.findings(), IsEmpty());
  EXPECT_EQ(report.releases(), 3);
  // Order: two categories, block and root of 2024 and 2025 alike; of 2026 another G35, block and
  // root. Tabular: two categories, section, chapter, root.
  EXPECT_EQ(report.pages(), 4 + 3 + 5);
  EXPECT_EQ(report.index_entries(), 4 + 4 + 4 + 5);
  EXPECT_EQ(report.kept_sources(), 1);
  EXPECT_EQ(report.addenda_files(), 1);
  EXPECT_EQ(report.labels(), 1);
  EXPECT_EQ(report.revisions(), 3);
  EXPECT_EQ(report.verifications(), 2);
  EXPECT_EQ(report.usage_counts(), 1);
  EXPECT_EQ(report.journal_events(), 4);
  EXPECT_GT(report.bytes_read(), 3 << 20);
  EXPECT_EQ(report.started_at(), "2026-11-23T17:00:00Z");
}

TEST_F(ScrubTest, TellsOfADamagedPageEveryReleaseThatHasIt) {
  const model::PageSet old = model::EncodeOrder(Old());
  Damage(Family::kOrderPages, PageOf(old, "G36").view(), "other words");
  // 2026 has the same G36.
  EXPECT_THAT(Findings(), ElementsAre("PAGE 2024,2025,2026"));
  Remove(Family::kOrderPages, PageOf(old, "G").view());
  EXPECT_THAT(Findings(), ElementsAre("PAGE 2024,2025", "PAGE 2026"));
}

TEST_F(ScrubTest, TellsOfEveryKindOfDamage) {
  Damage(Family::kIndex, IndexKey(model::FacetGroup::kOrder, "G35", "2026"), std::string(32, 'x'));
  EXPECT_THAT(Findings(), ElementsAre("INDEX 2026"));
  Damage(Family::kIndex, IndexKey(model::FacetGroup::kOrder, "G35", "2019"), std::string(32, 'x'));
  EXPECT_THAT(Findings(), ElementsAre("INDEX 2019", "INDEX 2026"));
  const model::Digest source = model::DigestOf(std::string(3 << 20, 'z'));
  Damage(Family::kSources, SourceKey(source, 1), std::string(1 << 20, 'y'));
  Damage(Family::kAddenda, AddendaKey("2024", 0), "addenda.txt\nwhat did not change");
  Damage(Family::kReferences, DigestOfPage(Page("G36", "b")).view(), "other words");
  Damage(Family::kVerificationIds, "v1", "nowhere");
  // One that leads to an event which is another's.
  Damage(Family::kVerificationIds, "v9", LedgerKey("G35", 1));
  Damage(Family::kDefault, CalendarKey(), "\xff");
  EXPECT_THAT(Findings(),
              ElementsAre("INDEX 2019", "KEPT_SOURCE 2024", "ADDENDA 2024", "INDEX 2026", "JOURNAL",
                          "REFERENCE G36", "VERIFICATION G35", "VERIFICATION"));
}

TEST_F(ScrubTest, TellsOfACorrectionToARevisionOfAnotherDigest) {
  v1::NewVerification asked = Asked("v3", "G35");
  asked.set_outcome(v1::VERIFICATION_OUTCOME_CORRECTED);
  asked.set_corrected_revision(2);
  v1::Verification made = Made(asked);
  made.set_corrected_revision_digest(std::string(64, '0'));
  ASSERT_TRUE(ledger().Record({made}, {asked}).ok());
  EXPECT_THAT(Findings(), ElementsAre("VERIFICATION G35"));
}

TEST_F(ScrubTest, TellsOfAnEventThatNamesARevisionOfAnotherDigest) {
  v1::NewVerification asked = Asked("v3", "G35");
  asked.set_revision_digest(std::string(64, '0'));
  ASSERT_TRUE(Record({asked}).ok());
  EXPECT_THAT(Findings(), ElementsAre("VERIFICATION G35"));
}

TEST_F(ScrubTest, FindsAMissingAndAChangedFileOfTheGeneration) {
  std::filesystem::remove(directory_ + "/GENERATION");
  EXPECT_THAT(Findings(), ElementsAre("GENERATION"));
  ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "ann").ok());
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(ScrubTest, WorksOnOneInstantWhileOthersChangeThings) {
  ScrubOptions options;
  bool changed = false;
  options.progress = [&](const v1::ScrubProgress& progress) {
    if (changed || progress.step() != "release 2025") return;
    changed = true;
    ASSERT_TRUE(Publish(Release("2027", New())).ok());
    ASSERT_TRUE(store_->Delete("2024").ok());
  };
  const v1::ScrubReport report = Scrub(options);
  EXPECT_TRUE(changed);
  EXPECT_THAT(report.findings(), IsEmpty());
  EXPECT_EQ(report.releases(), 3);
}

TEST_F(ScrubTest, KeepsToItsRateAndEndsWhenItIsGivenUp) {
  ScrubOptions options;
  // The 3 MiB of the source alone take 0.3 s.
  options.bytes_per_second = 10 << 20;
  const absl::Time start = absl::Now();
  Scrub(options);
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(300));
  options.bytes_per_second = 1;
  int asked = 0;
  options.cancelled = [&] { return ++asked > 3; };
  EXPECT_EQ(ReasonOf(store_->Scrub(options).status()), Reason::kCancelled);
}

TEST_F(ScrubTest, LoadingTheSameAgainMakesADamagedReleaseWhole) {
  Damage(Family::kOrderPages, PageOf(model::EncodeOrder(Old()), "G36").view(), "other words");
  Damage(Family::kIndex, IndexKey(model::FacetGroup::kTabular, "G36", "2024"),
         std::string(32, 'x'));
  Damage(Family::kSources, SourceKey(model::DigestOf(std::string(3 << 20, 'z')), 1), "y");
  EXPECT_EQ(ReasonOf(store_->GetImage(*store_->catalog(), "2024").status()), Reason::kDataDamaged);
  const auto outcome = Publish(Full("2024"));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(*outcome, v1::LOAD_OUTCOME_UNCHANGED);
  EXPECT_THAT(Findings(), IsEmpty());
  // At once, and in the other releases that have the page.
  EXPECT_EQ(Title("2024", "G36"), "Other");
  EXPECT_EQ(Title("2026", "G36"), "Other");
  Reopen();
  EXPECT_TRUE(store_->Verify("2024").ok());
  // What is whole is not written anew.
  ASSERT_TRUE(Publish(Full("2024")).ok());
}

}  // namespace
}  // namespace codeset::store
