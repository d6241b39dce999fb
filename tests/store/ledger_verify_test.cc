// Ledger::Verify.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/store/ledger.pb.h"
#include "tests/store/ledger_fixture.h"
#include "tests/support/status_is.h"

namespace codeset::store {
namespace {

using model::Reason;
using testing::FailsWith;

class LedgerVerifyTest : public LedgerTest {
 protected:
  LedgerVerifyTest() {
    Import({Page("G35A", "first"), Page("G36", "only")});
    Import({Page("G35A", "second")});
    EXPECT_TRUE(Record({Asked("v1", "G35A"), Asked("v2", "G35A", 2), Asked("v3", "G36")}).ok());
  }

  // Changes an event past the ledger.
  void Change(const std::string& code, uint32_t number, void (*change)(v1::Verification& event)) {
    store_.reset();
    const std::string key = LedgerKey(code, number);
    VerificationRecord record;
    {
      auto database = Database::Open(directory_, false, "the test");
      ASSERT_TRUE(database.ok()) << database.status();
      ASSERT_TRUE(record.ParseFromString(*(*database)->Get(Family::kVerifications, key)));
    }
    change(*record.mutable_verification());
    Put(Family::kVerifications, key, record.SerializeAsString());
    Reopen();
  }

  absl::Status Verify() { return ledger().Verify().status(); }
};

TEST_F(LedgerVerifyTest, CountsWhatItRead) {
  const auto check = ledger().Verify();
  ASSERT_TRUE(check.ok()) << check.status();
  EXPECT_EQ(check->revisions, 3);
  EXPECT_EQ(check->verifications, 3);
}

TEST_F(LedgerVerifyTest, FindsContentThatIsNotItsDigests) {
  const model::Digest digest = DigestOfPage(Page("G35A", "first"));
  Put(Family::kReferences, digest.view(), CanonicalPage(Page("G35A", "other")));
  Reopen();
  EXPECT_TRUE(FailsWith(Verify(), Reason::kDataDamaged, "the content of revision 1", "G35.A"));
}

TEST_F(LedgerVerifyTest, FindsContentOfAnotherCode) {
  RevisionRecord record;
  record.set_digest(std::string(DigestOfPage(Page("G36", "only")).view()));
  record.set_state(v1::REFERENCE_STATE_PUBLISHED);
  Put(Family::kRevisions, LedgerKey("G35A", 2), record.SerializeAsString());
  Reopen();
  EXPECT_TRUE(FailsWith(Verify(), Reason::kDataDamaged, "revision 2 of the page of G35.A",
                        "is about another code"));
}

TEST_F(LedgerVerifyTest, FindsEventsThatNameWhatIsNotThere) {
  Change("G35A", 2, [](v1::Verification& event) {
    event.mutable_event()->set_revision_digest(std::string(64, '0'));
  });
  EXPECT_TRUE(FailsWith(Verify(), Reason::kDataDamaged, "verification 2 of G35.A",
                        "another digest than revision 2 has"));
  Change("G35A", 2, [](v1::Verification& event) {
    event.mutable_event()->set_revision(3);
    event.mutable_event()->clear_revision_digest();
  });
  EXPECT_TRUE(FailsWith(Verify(), Reason::kDataDamaged, "verification 2 of G35.A",
                        "revision 3, which is missing"));
  Change("G35A", 2, [](v1::Verification& event) {
    event.mutable_event()->set_revision(1);
    event.mutable_event()->set_outcome(v1::VERIFICATION_OUTCOME_CORRECTED);
    event.mutable_event()->set_corrected_revision(4);
  });
  EXPECT_TRUE(FailsWith(Verify(), Reason::kDataDamaged, "verification 2 of G35.A",
                        "revision 4, which is missing"));
  Change("G35A", 2, [](v1::Verification& event) {
    event.mutable_event()->set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
    event.set_release_id("2024");
  });
  EXPECT_TRUE(FailsWith(Verify(), Reason::kDataDamaged, "verification 2 of G35.A",
                        "release 2024, which is not loaded"));
}

TEST_F(LedgerVerifyTest, FindsIdsThatLeadElsewhere) {
  Put(Family::kVerificationIds, "v2", LedgerKey("G35A", 1));
  Reopen();
  EXPECT_TRUE(FailsWith(Verify(), Reason::kDataDamaged, "verification 2 of G35.A",
                        "is not found by its id, v2"));
  Put(Family::kVerificationIds, "v2", LedgerKey("G35A", 2));
  Put(Family::kVerificationIds, "v9", LedgerKey("G35A", 2));
  Reopen();
  EXPECT_TRUE(FailsWith(Verify(), Reason::kDataDamaged, "there are 4 ids", "3 verifications"));
}

}  // namespace
}  // namespace codeset::store
