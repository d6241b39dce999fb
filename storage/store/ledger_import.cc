// Importing pages: content is laid aside batch by batch, and one write makes it revisions.
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"
#include "storage/store/ledger_records.h"
#include "storage/store/step.h"

namespace codeset::store {
namespace {

using model::Digest;
using model::Reason;

// Content is written when so much has come together.
constexpr size_t kBatchBytes = 2 << 20;

}  // namespace

// See ReferenceImport. Content is written without the log, which would write it twice; with each
// batch go the digests of what is in it, so that it can be swept without reading all content.
class LedgerImport : public ReferenceImport {
 public:
  LedgerImport(Ledger& ledger, absl::string_view by, bool dry_run)
      : ledger_(ledger), by_(by), dry_run_(dry_run) {}

  ~LedgerImport() override {
    // Where sweeping fails, the mark stays: the next import sweeps, or the next opening.
    if (!dry_run_ && !committed_) {
      const std::lock_guard<std::mutex> lock(ledger_.write_mutex_);
      ledger_.SweepImport().IgnoreError();
    }
    pending_.clear();
    ledger_.EndImport();
  }

  absl::StatusOr<PageOutcome> Add(const v1::Reference& page) override {
    RETURN_IF_ERROR(status_);
    absl::StatusOr<PageOutcome> outcome = LayAside(page);
    const std::optional<Reason> reason = model::ReasonOf(outcome.status());
    if (reason == Reason::kStorageFailed || reason == Reason::kStorageFull) {
      status_ = outcome.status();
    }
    return outcome;
  }

  absl::StatusOr<std::vector<v1::ReferenceRevision>> Commit(size_t most) override {
    RETURN_IF_ERROR(status_);
    status_ = model::MakeError(Reason::kInternal, "an import is committed once");
    const std::lock_guard<std::mutex> lock(ledger_.write_mutex_);
    if (!dry_run_) RETURN_IF_ERROR(FinishContent());
    Reach("import.flushed");
    const std::string now = FormatInstant(ledger_.clock_());
    std::vector<v1::ReferenceRevision> revisions;
    rocksdb::WriteBatch batch;
    for (const Pending& pending : pending_) {
      const RevisionRecord record = RecordOf(pending, now);
      const PageSummary& page = *pending.page;
      if (revisions.size() < most) {
        revisions.push_back(RevisionOf(page.code, page.revision, record));
      }
      if (dry_run_) continue;
      batch.Put(ledger_.database_->family(Family::kRevisions),
                ToSlice(LedgerKey(page.code, static_cast<uint32_t>(page.revision))),
                ToSlice(record.SerializeAsString()));
    }
    if (dry_run_) return revisions;
    rocksdb::ColumnFamilyHandle* marks = ledger_.database_->family(Family::kDefault);
    for (uint32_t number = 0; number < batches_; ++number) {
      batch.Delete(marks, ToSlice(ImportBatchKey(number)));
    }
    batch.Delete(marks, ToSlice(ImportKey()));
    Reach("import.ready");
    RETURN_IF_ERROR(ledger_.database_->Commit(batch, "publishing pages"));
    committed_ = true;
    Show();
    RETURN_IF_ERROR(ledger_.database_->Secure());
    Reach("import.published");
    return revisions;
  }

 private:
  // A page that becomes a revision.
  struct Pending {
    // As it will be, but for its events.
    std::shared_ptr<PageSummary> page;
    int related_procedure_count = 0;
  };

  absl::StatusOr<PageOutcome> LayAside(const v1::Reference& page) {
    ASSIGN_OR_RETURN(std::string code, model::ParseCode(page.code()));
    if (codes_.contains(code)) {
      return model::MakeError(Reason::kArgumentInvalid,
                              absl::StrCat("the import has ", page.code(), " twice"),
                              {{"code", page.code()}});
    }
    const std::string bytes = CanonicalPage(page);
    if (!v1::Reference().ParseFromString(bytes)) {
      return model::MakeError(
          Reason::kArgumentInvalid,
          absl::StrCat("the page of ", page.code(), " has a text that is no valid UTF-8"),
          {{"code", page.code()}});
    }
    const Digest digest = model::DigestOf(bytes);
    if (!dry_run_) RETURN_IF_ERROR(WriteContent(digest, bytes));
    codes_.insert(code);
    const std::shared_ptr<const PageSummary> now = ledger_.Find(code);
    if (now != nullptr && now->digest == digest) return PageOutcome::kUnchanged;
    auto next = std::make_shared<PageSummary>();
    next->code = std::move(code);
    next->revision = now == nullptr ? 1 : now->revision + 1;
    next->digest = digest;
    next->state = page.state();
    next->source_count = page.sources_size();
    next->cited = ledger_.Intern(CitedBy(page));
    pending_.push_back({std::move(next), page.related_procedures().items_size()});
    return now == nullptr ? PageOutcome::kCreated : PageOutcome::kRevised;
  }

  // Adds content to the batch, unless it is there already and sound: so an import of the same
  // page restores content that was damaged.
  absl::Status WriteContent(const Digest& digest, const std::string& bytes) {
    ASSIGN_OR_RETURN(const bool there, ledger_.database_->Holds(Family::kReferences, digest));
    if (there) return absl::OkStatus();
    batch_.Put(ledger_.database_->family(Family::kReferences), ToSlice(digest.view()),
               ToSlice(bytes));
    absl::StrAppend(&batch_digests_, digest.view());
    if (batch_.GetDataSize() < kBatchBytes) return absl::OkStatus();
    const std::lock_guard<std::mutex> lock(ledger_.write_mutex_);
    return WriteBatch();
  }

  // This and what follows are called with the write mutex held.
  absl::Status WriteBatch() {
    batch_.Put(ledger_.database_->family(Family::kDefault), ToSlice(ImportBatchKey(batches_)),
               ToSlice(batch_digests_));
    RETURN_IF_ERROR(ledger_.database_->WriteUnlogged(batch_, "laying pages aside"));
    Reach("import.batch_written");
    ++batches_;
    batch_.Clear();
    batch_digests_.clear();
    return absl::OkStatus();
  }

  // All content is on the disk when this returns.
  absl::Status FinishContent() {
    if (!batch_digests_.empty()) RETURN_IF_ERROR(WriteBatch());
    return batches_ == 0 ? absl::OkStatus() : ledger_.database_->FlushPages();
  }

  RevisionRecord RecordOf(const Pending& pending, const std::string& now) const {
    RevisionRecord record;
    record.set_digest(std::string(pending.page->digest.view()));
    record.set_state(pending.page->state);
    record.set_source_count(pending.page->source_count);
    record.set_related_procedure_count(pending.related_procedure_count);
    record.set_recorded_at(now);
    record.set_recorded_by(by_);
    for (const model::SourceEditionRef& ref : *pending.page->cited) {
      CitedEdition& cited = *record.add_cited();
      cited.set_series(ref.series);
      cited.set_edition(ref.edition);
    }
    return record;
  }

  // Makes the revisions visible, all at once.
  void Show() {
    if (pending_.empty()) return;
    const std::lock_guard<std::mutex> lock(ledger_.mutex_);
    for (Pending& pending : pending_) {
      std::shared_ptr<const PageSummary>& page = ledger_.pages_[pending.page->code];
      // Events may have been recorded while the import was under way.
      if (page != nullptr) pending.page->events = page->events;
      page = std::move(pending.page);
    }
    ++ledger_.version_;
  }

  Ledger& ledger_;
  const std::string by_;
  const bool dry_run_;
  // Why nothing more can be done.
  absl::Status status_;
  bool committed_ = false;
  // The codes of all pages so far.
  absl::flat_hash_set<std::string> codes_;
  std::vector<Pending> pending_;
  // Content that is not written yet, and its digests one after another.
  rocksdb::WriteBatch batch_;
  std::string batch_digests_;
  uint32_t batches_ = 0;
};

absl::StatusOr<std::unique_ptr<ReferenceImport>> Ledger::BeginImport(absl::string_view by,
                                                                     bool dry_run) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (import_under_way_) {
      return model::MakeError(Reason::kImportInProgress,
                              "another import of pages is under way; one runs at a time, so try "
                              "again when it has ended");
    }
    import_under_way_ = true;
  }
  // From here on what ends the import is its destruction.
  auto import = std::make_unique<LedgerImport>(*this, by, dry_run);
  if (dry_run) return import;
  // Declared after the import, whose destruction takes the mutex, too.
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  // What an earlier import laid aside and could not sweep.
  RETURN_IF_ERROR(SweepImport());
  rocksdb::WriteBatch mark;
  mark.Put(database_->family(Family::kDefault), ToSlice(ImportKey()), ToSlice(by));
  RETURN_IF_ERROR(database_->Write(mark, true, "marking the import"));
  Reach("import.marked");
  return import;
}

void Ledger::EndImport() {
  const std::lock_guard<std::mutex> lock(mutex_);
  import_under_way_ = false;
  for (auto it = editions_.begin(); it != editions_.end();) {
    it = it->use_count() == 1 ? editions_.erase(it) : std::next(it);
  }
}

}  // namespace codeset::store
