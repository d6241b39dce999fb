// Proving what the ledger holds.
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/ledger_records.h"

namespace codeset::store {
namespace {

using model::Reason;

absl::Status Damaged(absl::string_view code, const v1::Verification& event, absl::string_view how) {
  return model::MakeError(
      Reason::kDataDamaged,
      absl::StrCat("verification ", event.number(), " of ", model::DottedCode(code), " ", how),
      {{"code", model::DottedCode(code)}});
}

// That an event names a revision of its page by the digest that this has; `digests` are those of
// the revisions.
absl::Status CheckRevision(absl::string_view code, const v1::Verification& event, int revision,
                           const std::string& digest, const std::vector<std::string>& digests) {
  if (revision < 1 || static_cast<size_t>(revision) > digests.size()) {
    return Damaged(code, event, absl::StrCat("is of revision ", revision, ", which is missing"));
  }
  // Those that name none assert none.
  if (!digest.empty() && digest != digests[revision - 1]) {
    return Damaged(code, event,
                   absl::StrCat("names another digest than revision ", revision, " has"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LedgerCheck> Ledger::Verify() const {
  LedgerCheck check;
  const PageList list = pages();
  for (const std::shared_ptr<const PageSummary>& page : list.pages) {
    std::vector<std::string> digests;
    digests.reserve(page->revision);
    for (int number = 1; number <= page->revision; ++number) {
      ASSIGN_OR_RETURN(const StoredPage stored, Read(page->code, number));
      const absl::StatusOr<std::string> code = model::ParseCode(stored.reference.code());
      if (!code.ok() || *code != page->code) {
        return model::MakeError(
            Reason::kDataDamaged,
            absl::StrCat("revision ", number, " of the page of ", model::DottedCode(page->code),
                         " is about another code"));
      }
      digests.push_back(stored.revision.digest());
    }
    check.revisions += page->revision;
    ASSIGN_OR_RETURN(const std::vector<v1::Verification> events,
                     Verifications(page->code, 0, page->events.size()));
    for (const v1::Verification& event : events) {
      RETURN_IF_ERROR(CheckRevision(page->code, event, event.event().revision(),
                                    event.event().revision_digest(), digests));
      if (event.event().outcome() == v1::VERIFICATION_OUTCOME_CORRECTED) {
        RETURN_IF_ERROR(CheckRevision(page->code, event, event.event().corrected_revision(),
                                      event.corrected_revision_digest(), digests));
      }
      if (!is_loaded_(event.release_id())) {
        return Damaged(page->code, event,
                       absl::StrCat("was judged against release ", event.release_id(),
                                    ", which is not loaded"));
      }
      const absl::StatusOr<std::string> key =
          database_->Get(Family::kVerificationIds, event.event().id());
      if (!key.ok() && !absl::IsNotFound(key.status())) return key.status();
      if (!key.ok() || *key != LedgerKey(page->code, static_cast<uint32_t>(event.number()))) {
        return Damaged(page->code, event,
                       absl::StrCat("is not found by its id, ", event.event().id()));
      }
    }
    check.verifications += static_cast<int64_t>(events.size());
  }
  int64_t ids = 0;
  std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(
      rocksdb::ReadOptions(), database_->family(Family::kVerificationIds)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) ++ids;
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading the ids of verifications"));
  if (ids != check.verifications) {
    return model::MakeError(Reason::kDataDamaged,
                            absl::StrCat("there are ", ids, " ids of verifications, and ",
                                         check.verifications, " verifications"));
  }
  return check;
}

}  // namespace codeset::store
