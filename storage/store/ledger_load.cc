// What the ledger reads when a data directory is opened: records of revisions and events, never
// the content of pages.
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/model/concept_id.h"
#include "storage/model/effective_poa.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/ledger_records.h"
#include "storage/store/step.h"

namespace codeset::store {
namespace {

using model::Digest;

// Calls `visit` with the code, number and value of every entry of a family, by code and number.
// DATA_DAMAGED for a key that cannot be read.
template <typename Visit>
absl::Status ForEachEntry(const Database& database, Family family, Visit visit) {
  // Read once: the block cache is for what is asked again.
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(options, database.family(family)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    LedgerKeyParts parts;
    if (!ParseLedgerKey(ToView(it->key()), parts) || !model::IsCode(parts.code)) {
      return DamagedStore(absl::StrCat("a key of ", FamilyName(family), " is malformed"));
    }
    RETURN_IF_ERROR(visit(parts.code, static_cast<int>(parts.number), ToView(it->value())));
  }
  return FromRocksDb(it->status(), absl::StrCat("reading ", FamilyName(family)));
}

absl::Status NumberMissing(absl::string_view what, absl::string_view code, int number) {
  return DamagedStore(
      absl::StrCat(what, " ", number, " of ", model::DottedCode(code), " is missing"));
}

}  // namespace

absl::Status Ledger::Load() {
  RETURN_IF_ERROR(SweepImport());
  ASSIGN_OR_RETURN(Pages pages, LoadPages());
  RETURN_IF_ERROR(LoadEvents(pages));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pages_ = std::move(pages);
  }
  return LoadUsage();
}

absl::StatusOr<Ledger::Pages> Ledger::LoadPages() {
  Pages pages;
  std::shared_ptr<PageSummary> page;
  // The record of page's newest revision so far.
  RevisionRecord newest;
  const auto finish = [&]() -> absl::Status {
    if (page == nullptr) return absl::OkStatus();
    ASSIGN_OR_RETURN(page->digest, model::DigestFromBytes(newest.digest()));
    page->state = newest.state();
    page->source_count = newest.source_count();
    EditionSet cited;
    cited.reserve(newest.cited_size());
    for (const CitedEdition& edition : newest.cited()) {
      cited.push_back({edition.series(), edition.edition()});
    }
    page->cited = Intern(std::move(cited));
    pages.emplace_hint(pages.end(), page->code, std::move(page));
    page.reset();
    return absl::OkStatus();
  };
  const auto add = [&](absl::string_view code, int number,
                       absl::string_view value) -> absl::Status {
    if (page == nullptr || page->code != code) {
      RETURN_IF_ERROR(finish());
      page = std::make_shared<PageSummary>();
      page->code = std::string(code);
    }
    if (number != page->revision + 1) return NumberMissing("revision", code, page->revision + 1);
    ASSIGN_OR_RETURN(newest, ParseRevision(code, number, value));
    page->revision = number;
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(ForEachEntry(*database_, Family::kRevisions, add));
  RETURN_IF_ERROR(finish());
  return pages;
}

absl::Status Ledger::LoadEvents(Pages& pages) {
  // The code whose events are being read: a copy of its page, and where its events are by id.
  std::shared_ptr<PageSummary> page;
  absl::flat_hash_map<std::string, size_t> places;
  const auto finish = [&] {
    if (page == nullptr) return;
    page->events.shrink_to_fit();
    for (const EventSummary& event : page->events) {
      ++releases_.find(*event.release_id)->second.verifications;
    }
    pages[page->code] = page;
    page.reset();
    places.clear();
  };
  RETURN_IF_ERROR(ForEachEntry(
      *database_, Family::kVerifications,
      [&](absl::string_view code, int number, absl::string_view value) -> absl::Status {
        if (page == nullptr || page->code != code) {
          finish();
          const auto known = pages.find(code);
          if (known == pages.end()) {
            return DamagedStore(absl::StrCat("the page of ", model::DottedCode(code),
                                             ", which has verifications, is missing"));
          }
          page = std::make_shared<PageSummary>(*known->second);
        }
        const int expected = static_cast<int>(page->events.size()) + 1;
        if (number != expected) return NumberMissing("verification", code, expected);
        ASSIGN_OR_RETURN(const VerificationRecord record, ParseVerification(code, number, value));
        const v1::NewVerification& event = record.verification().event();
        ASSIGN_OR_RETURN(EventSummary summary, Summarise(record.verification()));
        if (!event.corrects_id().empty()) {
          const auto corrected = places.find(event.corrects_id());
          if (corrected == places.end()) {
            return DamagedStore(absl::StrCat("verification ", number, " of ",
                                             model::DottedCode(code),
                                             " takes the place of one that is missing"));
          }
          page->events[corrected->second].replaced = true;
        }
        places[event.id()] = page->events.size();
        page->events.push_back(std::move(summary));
        return absl::OkStatus();
      }));
  finish();
  return absl::OkStatus();
}

absl::StatusOr<EventSummary> Ledger::Summarise(const v1::Verification& verification) {
  const v1::NewVerification& event = verification.event();
  const absl::StatusOr<model::Date> date = model::ParseDate(event.date());
  if (!date.ok()) {
    return DamagedStore(absl::StrCat("the date of verification ", event.id(), " cannot be read"));
  }
  EventSummary summary;
  summary.number = verification.number();
  summary.date = *date;
  summary.outcome = event.outcome();
  summary.revision = event.outcome() == v1::VERIFICATION_OUTCOME_CORRECTED
                         ? event.corrected_revision()
                         : event.revision();
  summary.whole = event.scope().sections().empty() && event.scope().item_ids().empty();
  for (const v1::EffectiveDigest& digest : verification.effective_digests()) {
    summary.groups = static_cast<uint8_t>(summary.groups | 1u << static_cast<int>(digest.group()));
    if (digest.group() == v1::FACET_GROUP_POA) {
      ASSIGN_OR_RETURN(const std::string code, model::ParseCode(event.code()));
      summary.poa_exempt =
          digest.digest() == model::FormatDigest(model::EffectivePoaDigest(code, true));
    }
  }
  summary.poa_on_loan =
      !verification.poa_from().empty() && verification.poa_from() != verification.release_id();
  summary.release_id = InternRelease(verification.release_id());
  summary.consulted = Intern(ConsultedIn(event));
  return summary;
}

absl::Status Ledger::LoadUsage() {
  auto usage = std::make_shared<std::map<std::string, int64_t>>();
  std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kUsage)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    int64_t count = 0;
    if (!ParseUsageValue(ToView(it->value()), count)) {
      return DamagedStore(absl::StrCat("the usage count of ", ToView(it->key()), " is damaged"));
    }
    usage->emplace_hint(usage->end(), it->key().ToString(), count);
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading the usage counts"));
  const std::lock_guard<std::mutex> lock(mutex_);
  usage_ = std::move(usage);
  return absl::OkStatus();
}

absl::Status Ledger::SweepImport() {
  const absl::StatusOr<std::string> mark = database_->Get(Family::kDefault, ImportKey());
  if (absl::IsNotFound(mark.status())) return absl::OkStatus();
  RETURN_IF_ERROR(mark.status());
  rocksdb::WriteBatch batch;
  absl::flat_hash_set<Digest> laid_aside;
  std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kDefault)));
  const rocksdb::Slice prefix = ToSlice(ImportBatchPrefix());
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    absl::string_view digests = ToView(it->value());
    for (; !digests.empty(); digests.remove_prefix(sizeof(Digest))) {
      ASSIGN_OR_RETURN(const Digest digest,
                       model::DigestFromBytes(digests.substr(0, sizeof(Digest))));
      laid_aside.insert(digest);
    }
    batch.Delete(database_->family(Family::kDefault), it->key());
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading what an import laid aside"));
  if (!laid_aside.empty()) {
    // An import that restores damaged content lays aside what revisions name.
    RETURN_IF_ERROR(ForEachEntry(
        *database_, Family::kRevisions,
        [&](absl::string_view code, int number, absl::string_view value) -> absl::Status {
          ASSIGN_OR_RETURN(const RevisionRecord record, ParseRevision(code, number, value));
          ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(record.digest()));
          laid_aside.erase(digest);
          return absl::OkStatus();
        }));
  }
  for (const Digest& digest : laid_aside) {
    batch.Delete(database_->family(Family::kReferences), ToSlice(digest.view()));
  }
  batch.Delete(database_->family(Family::kDefault), ToSlice(ImportKey()));
  Reach("sweep.import_found");
  RETURN_IF_ERROR(database_->Write(batch, true, "sweeping an interrupted import"));
  Reach("sweep.import_swept");
  return absl::OkStatus();
}

}  // namespace codeset::store
