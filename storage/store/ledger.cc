#include "storage/store/ledger.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/ledger_records.h"
#include "storage/store/step.h"

namespace codeset::store {
namespace {

using model::Digest;
using model::Reason;

}  // namespace

Ledger::Ledger(std::shared_ptr<Database> database, std::mutex& write_mutex, model::Clock clock,
               std::function<bool(absl::string_view)> is_loaded)
    : database_(std::move(database)),
      write_mutex_(write_mutex),
      clock_(std::move(clock)),
      is_loaded_(std::move(is_loaded)),
      usage_(std::make_shared<const std::map<std::string, int64_t>>()) {}

Ledger::~Ledger() = default;

std::shared_ptr<const PageSummary> Ledger::Find(absl::string_view code) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = pages_.find(code);
  return it == pages_.end() ? nullptr : it->second;
}

PageList Ledger::pages() const {
  PageList list;
  const std::lock_guard<std::mutex> lock(mutex_);
  list.version = version_;
  list.pages.reserve(pages_.size());
  for (const auto& [code, page] : pages_) list.pages.push_back(page);
  return list;
}

uint64_t Ledger::version() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return version_;
}

absl::StatusOr<RevisionRecord> Ledger::ReadRevision(absl::string_view code, int revision) const {
  const absl::StatusOr<std::string> value =
      database_->Get(Family::kRevisions, LedgerKey(code, static_cast<uint32_t>(revision)));
  if (absl::IsNotFound(value.status())) return ParseRevision(code, revision, {});
  RETURN_IF_ERROR(value.status());
  return ParseRevision(code, revision, *value);
}

absl::StatusOr<StoredPage> Ledger::Read(absl::string_view code, int revision) const {
  const std::shared_ptr<const PageSummary> page = Find(code);
  if (page == nullptr) return PageNotFound(code);
  if (revision < 0 || revision > page->revision) {
    return RevisionNotFound(code, revision, page->revision);
  }
  const int number = revision == 0 ? page->revision : revision;
  ASSIGN_OR_RETURN(const RevisionRecord record, ReadRevision(code, number));
  ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(record.digest()));
  const absl::StatusOr<std::string> bytes = database_->Get(Family::kReferences, digest.view());
  const auto damaged = [&](absl::string_view how) {
    return model::MakeError(Reason::kDataDamaged,
                            absl::StrCat("the content of revision ", number, " of the page of ",
                                         model::DottedCode(code), " ", how,
                                         "; import the same page again to restore it"),
                            {{"code", model::DottedCode(code)}});
  };
  if (absl::IsNotFound(bytes.status())) return damaged("is missing");
  RETURN_IF_ERROR(bytes.status());
  if (model::DigestOf(*bytes) != digest) return damaged("does not match its digest");
  StoredPage stored;
  if (!stored.reference.ParseFromString(*bytes)) return damaged("is no page");
  stored.revision = RevisionOf(code, number, record);
  return stored;
}

absl::StatusOr<std::vector<v1::ReferenceRevision>> Ledger::Revisions(absl::string_view code) const {
  const std::shared_ptr<const PageSummary> page = Find(code);
  if (page == nullptr) return PageNotFound(code);
  std::vector<v1::ReferenceRevision> revisions;
  revisions.reserve(page->revision);
  for (int number = 1; number <= page->revision; ++number) {
    ASSIGN_OR_RETURN(const RevisionRecord record, ReadRevision(code, number));
    revisions.push_back(RevisionOf(code, number, record));
  }
  return revisions;
}

absl::StatusOr<std::vector<v1::Verification>> Ledger::Verifications(absl::string_view code,
                                                                    int after, size_t most) const {
  std::vector<v1::Verification> events;
  // What was recorded since is left out, so that the answer is that of one instant.
  const std::shared_ptr<const PageSummary> page = Find(code);
  if (page == nullptr) return events;
  const int end = static_cast<int>(page->events.size());
  // Of the events answered that were replaced: where they are in the answer, by id, until the
  // event that took their place, which is a later one, has been met.
  absl::flat_hash_map<std::string, size_t> replaced;
  std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(
      rocksdb::ReadOptions(), database_->family(Family::kVerifications)));
  int number = std::max(after, 0) + 1;
  it->Seek(ToSlice(LedgerKey(code, static_cast<uint32_t>(number))));
  for (; number <= end && (events.size() < most || !replaced.empty()); ++number, it->Next()) {
    RETURN_IF_ERROR(FromRocksDb(it->status(), "reading verifications"));
    const bool there =
        it->Valid() && ToView(it->key()) == LedgerKey(code, static_cast<uint32_t>(number));
    ASSIGN_OR_RETURN(
        VerificationRecord record,
        ParseVerification(code, number, there ? ToView(it->value()) : absl::string_view()));
    v1::Verification& event = *record.mutable_verification();
    if (const auto old = replaced.find(event.event().corrects_id()); old != replaced.end()) {
      events[old->second].set_corrected_by_id(event.event().id());
      replaced.erase(old);
    }
    if (events.size() >= most) continue;
    if (page->events[number - 1].replaced) replaced[event.event().id()] = events.size();
    events.push_back(std::move(event));
  }
  return events;
}

absl::Status Ledger::SetUsage(std::map<std::string, int64_t> counts) {
  const std::lock_guard<std::mutex> write_lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  const std::shared_ptr<const std::map<std::string, int64_t>> before = usage();
  rocksdb::WriteBatch batch;
  rocksdb::ColumnFamilyHandle* family = database_->family(Family::kUsage);
  for (const auto& [code, count] : *before) {
    if (!counts.contains(code)) batch.Delete(family, ToSlice(code));
  }
  for (const auto& [code, count] : counts) {
    const auto old = before->find(code);
    if (old != before->end() && old->second == count) continue;
    batch.Put(family, ToSlice(code), ToSlice(UsageValue(count)));
  }
  if (batch.Count() > 0) {
    Reach("usage.ready");
    RETURN_IF_ERROR(database_->Commit(batch, "setting the usage counts"));
  }
  auto after = std::make_shared<const std::map<std::string, int64_t>>(std::move(counts));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    usage_ = std::move(after);
    ++version_;
  }
  return database_->Secure();
}

std::shared_ptr<const std::map<std::string, int64_t>> Ledger::usage() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return usage_;
}

int64_t Ledger::CountNaming(absl::string_view release_id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = releases_.find(release_id);
  return it == releases_.end() ? 0 : it->second.verifications;
}

std::shared_ptr<const EditionSet> Ledger::Intern(EditionSet editions) {
  auto made = std::make_shared<const EditionSet>(std::move(editions));
  const std::lock_guard<std::mutex> lock(mutex_);
  return *editions_.insert(std::move(made)).first;
}

std::shared_ptr<const std::string> Ledger::InternRelease(absl::string_view id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = releases_.find(id);
  if (it != releases_.end()) return it->second.id;
  NamedRelease named{std::make_shared<const std::string>(id), 0};
  return releases_.emplace(std::string(id), std::move(named)).first->second.id;
}

}  // namespace codeset::store
