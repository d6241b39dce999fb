// Pages of codes: revisions, content, what is kept in memory, usage.
#include "storage/store/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST_F(LedgerTest, HasNothingAtFirst) {
  EXPECT_EQ(ledger().Find("M9986"), nullptr);
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_TRUE(ledger().usage()->empty());
  EXPECT_EQ(ledger().CountNaming("2026"), 0);
  const absl::Status none = ledger().Read("M9986", 0).status();
  EXPECT_EQ(ReasonOf(none), Reason::kReferenceNotFound);
  EXPECT_EQ(FactsOf(none)["code"], "M99.86");
  EXPECT_EQ(ReasonOf(ledger().Revisions("M9986").status()), Reason::kReferenceNotFound);
  EXPECT_THAT(Events("M9986"), IsEmpty());
}

TEST_F(LedgerTest, KeepsEveryRevisionOfAPage) {
  EXPECT_THAT(Import({Page("M9986", "one"), Page("G35", "a")}), ElementsAre("M99.86 1", "G35 1"));
  SetToday("2026-12-01");
  EXPECT_THAT(Import({Page("G35", "a"), Page("M9986", "two")}), ElementsAre("M99.86 2"));
  EXPECT_THAT(Codes(), ElementsAre("G35", "M9986"));
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    EXPECT_EQ(ledger().Read("M9986", 1)->reference.summary().text(), "one");
    EXPECT_EQ(ledger().Read("M9986", 2)->reference.summary().text(), "two");
    const auto newest = ledger().Read("M9986", 0);
    ASSERT_TRUE(newest.ok()) << newest.status();
    EXPECT_EQ(newest->reference.SerializeAsString(), Page("M9986", "two").SerializeAsString());
    EXPECT_EQ(newest->revision.number(), 2);
    for (const int number : {-1, 3}) {
      const absl::Status status = ledger().Read("M9986", number).status();
      EXPECT_EQ(ReasonOf(status), Reason::kReferenceNotFound) << number;
      EXPECT_THAT(std::string(status.message()), HasSubstr("its newest is 2"));
    }
    const auto revisions = ledger().Revisions("M9986");
    ASSERT_TRUE(revisions.ok()) << revisions.status();
    EXPECT_THAT(Named(*revisions), ElementsAre("M99.86 1", "M99.86 2"));
    EXPECT_EQ(revisions->front().recorded_at(), "2026-11-23T17:00:00Z");
    EXPECT_EQ(revisions->back().recorded_at(), "2026-12-01T17:00:00Z");
    EXPECT_EQ(revisions->back().recorded_by(), "ann");
    EXPECT_EQ(revisions->back().state(), v1::REFERENCE_STATE_PUBLISHED);
  }
}

TEST_F(LedgerTest, MakesARevisionOfContentThatAnOlderOneHad) {
  Import({Page("M9986", "one")});
  Import({Page("M9986", "two")});
  EXPECT_THAT(Import({Page("M9986", "one")}), ElementsAre("M99.86 3"));
  EXPECT_EQ(ledger().Read("M9986", 3)->reference.summary().text(), "one");
  EXPECT_EQ(ledger().Read("M9986", 3)->revision.digest(),
            ledger().Read("M9986", 1)->revision.digest());
  store_.reset();
  EXPECT_EQ(Keys(directory_, Family::kReferences).size(), 2u);
  EXPECT_EQ(Keys(directory_, Family::kRevisions).size(), 3u);
}

TEST_F(LedgerTest, DigestsTheCanonicalFormOfAPage) {
  // Fields by number: 1, the code, of 6 bytes; 2, the state, a varint of 3; 3, the summary, of 3
  // bytes, in it 1, the text. The digest is sha256sum's.
  v1::Reference page = Page("M9986", "x");
  EXPECT_EQ(CanonicalPage(page), std::string("\x0a\x06M99.86\x10\x03\x1a\x03\x0a\x01x"));
  const std::string digest = "29cfd768f34ff2ca19abbffb33abf4ce72d46ffc5956705d71196a3e1180ae46";
  EXPECT_EQ(model::FormatDigest(DigestOfPage(page)), digest);
  // A field that is its default is not written, and one that is not known neither.
  page.set_author("");
  page.GetReflection()->MutableUnknownFields(&page)->AddVarint(500, 1);
  EXPECT_EQ(model::FormatDigest(DigestOfPage(page)), digest);
  Import({page});
  EXPECT_EQ(ledger().Read("M9986", 0)->revision.digest(), digest);
  EXPECT_EQ(model::FormatDigest(ledger().Find("M9986")->digest), digest);
}

TEST_F(LedgerTest, KeepsASummaryOfTheNewestRevision) {
  v1::Reference page = Page("M9986", "one");
  Cite(page, v1::SOURCE_KIND_GUIDELINES, "2026");
  Cite(page, v1::SOURCE_KIND_TABULAR_LIST, "2026-04");
  Cite(page, v1::SOURCE_KIND_GUIDELINES, "2026");
  Cite(page, v1::SOURCE_KIND_PUBLICATION, "12", "coding-book");
  // These are editions of no series.
  Cite(page, v1::SOURCE_KIND_PUBLICATION, "3");
  Cite(page, v1::SOURCE_KIND_WEB_PAGE, "4", "coding-book");
  page.mutable_related_procedures()->add_items()->set_id("p");
  v1::Reference other = page;
  other.set_code("G35");
  other.set_state(v1::REFERENCE_STATE_DRAFT);
  Import({page, other});
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    const auto summary = ledger().Find("M9986");
    ASSERT_NE(summary, nullptr);
    EXPECT_EQ(summary->code, "M9986");
    EXPECT_EQ(summary->revision, 1);
    EXPECT_EQ(summary->digest, DigestOfPage(page));
    EXPECT_EQ(summary->state, v1::REFERENCE_STATE_PUBLISHED);
    EXPECT_EQ(summary->source_count, 6);
    EXPECT_THAT(*summary->cited, ElementsAre(SourceEditionRef{"coding-book", "12"},
                                             SourceEditionRef{"guidelines", "2026"},
                                             SourceEditionRef{"tabular-list", "2026-04"}));
    EXPECT_THAT(summary->events, IsEmpty());
    EXPECT_EQ(ledger().Find("G35")->state, v1::REFERENCE_STATE_DRAFT);
    // Equal sets are one.
    EXPECT_EQ(ledger().Find("G35")->cited.get(), summary->cited.get());
    EXPECT_EQ(ledger().Read("M9986", 0)->revision.related_procedure_count(), 1);
    EXPECT_EQ(ledger().Read("M9986", 0)->revision.source_count(), 6);
  }
  Import({Page("M9986", "without sources")});
  EXPECT_THAT(*ledger().Find("M9986")->cited, IsEmpty());
}

TEST_F(LedgerTest, ReplacesUsageCounts) {
  ASSERT_TRUE(ledger().SetUsage({{"M9986", 3}, {"G35", 300000000000}}).ok());
  ASSERT_TRUE(ledger().SetUsage({{"M9986", 4}, {"A00", 0}}).ok());
  const std::map<std::string, int64_t> expected = {{"A00", 0}, {"M9986", 4}};
  EXPECT_EQ(*ledger().usage(), expected);
  Reopen();
  EXPECT_EQ(*ledger().usage(), expected);
  ASSERT_TRUE(ledger().SetUsage({}).ok());
  Reopen();
  EXPECT_TRUE(ledger().usage()->empty());
}

TEST_F(LedgerTest, RaisesItsVersionWithEveryWrite) {
  uint64_t before = ledger().version();
  const auto rises = [&] {
    const uint64_t now = ledger().version();
    EXPECT_EQ(now, ledger().pages().version);
    return now > std::exchange(before, now);
  };
  Import({Page("M9986", "one")});
  EXPECT_TRUE(rises());
  Import({Page("M9986", "one")});
  EXPECT_FALSE(rises());
  ASSERT_TRUE(Record({Asked("1", "M9986")}).ok());
  EXPECT_TRUE(rises());
  ASSERT_TRUE(Record({Asked("1", "M9986")}).ok());
  EXPECT_FALSE(rises());
  ASSERT_TRUE(ledger().SetUsage({{"M9986", 1}}).ok());
  EXPECT_TRUE(rises());
}

TEST_F(LedgerTest, LeavesWhatWasTakenAsItWas) {
  Import({Page("M9986", "one")});
  const PageList list = ledger().pages();
  const auto usage = ledger().usage();
  Import({Page("M9986", "two"), Page("G35", "a")});
  ASSERT_TRUE(Record({Asked("1", "M9986", 2)}).ok());
  ASSERT_TRUE(ledger().SetUsage({{"M9986", 1}}).ok());
  ASSERT_EQ(list.pages.size(), 1u);
  EXPECT_EQ(list.pages[0]->revision, 1);
  EXPECT_THAT(list.pages[0]->events, IsEmpty());
  EXPECT_TRUE(usage->empty());
}

}  // namespace
}  // namespace codeset::store
