// The journal: what happened to releases and labels, one event after another, each written
// with the change that it tells of.
#include <array>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/model/status_macros.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/labels.h"
#include "storage/store/step.h"
#include "storage/store/store.h"

namespace codeset::store {
namespace {

// 128 bits, so that two data directories never have the same.
std::string NewJournalId() {
  std::random_device device;
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    const uint32_t word = device();
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(word >> shift & 0xff);
  }
  return absl::BytesToHexString(bytes);
}

}  // namespace

absl::Status Store::OpenJournal() {
  absl::StatusOr<std::string> id = database_->Get(Family::kDefault, JournalIdKey());
  if (absl::IsNotFound(id.status())) {
    id = NewJournalId();
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(Family::kDefault), ToSlice(JournalIdKey()), ToSlice(*id));
    RETURN_IF_ERROR(database_->Write(batch, true, "beginning the journal"));
    Reach("open.journal_begun");
  }
  RETURN_IF_ERROR(id.status());
  journal_id_ = *std::move(id);
  std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kJournal)));
  it->SeekToLast();
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading the journal"));
  journal_end_ = it->Valid() ? ParseJournalKey(ToView(it->key())) : 0;
  return absl::OkStatus();
}

absl::Status Store::RenewJournal() {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(Family::kDefault), ToSlice(JournalIdKey()), ToSlice(NewJournalId()));
  RETURN_IF_ERROR(database_->Write(batch, true, "renewing the journal"));
  return database_->FlushPages();
}

uint64_t Store::journal_end() const { return journal_end_; }

absl::StatusOr<std::vector<JournalRecord>> Store::Journal(uint64_t after, size_t most) const {
  std::vector<JournalRecord> records;
  std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kJournal)));
  for (it->Seek(ToSlice(JournalKey(after + 1))); it->Valid() && records.size() < most; it->Next()) {
    JournalRecord record;
    record.number = ParseJournalKey(ToView(it->key()));
    if (record.number != after + records.size() + 1 ||
        !record.event.ParseFromArray(it->value().data(), static_cast<int>(it->value().size()))) {
      return DamagedStore(
          absl::StrCat("event ", after + records.size() + 1, " of the journal is damaged"));
    }
    records.push_back(std::move(record));
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading the journal"));
  return records;
}

absl::Status Store::WriteWithEvents(rocksdb::WriteBatch& batch,
                                    std::vector<v1::ReleaseEvent> events, absl::string_view what) {
  uint64_t number = journal_end_;
  const std::string now = FormatInstant(clock_());
  for (v1::ReleaseEvent& event : events) {
    event.set_occurred_at(now);
    batch.Put(database_->family(Family::kJournal), ToSlice(JournalKey(++number)),
              ToSlice(event.SerializeAsString()));
  }
  RETURN_IF_ERROR(database_->Commit(batch, what));
  journal_end_ = number;
  return absl::OkStatus();
}

void Store::Tell() {
  const std::lock_guard<std::mutex> lock(listener_mutex_);
  if (listener_) listener_();
}

void Store::SetJournalListener(std::function<void()> listener) {
  const std::lock_guard<std::mutex> lock(listener_mutex_);
  listener_ = std::move(listener);
}

v1::ReleaseEvent Store::EventOf(v1::ReleaseEventKind kind, const v1::Release& release) {
  v1::ReleaseEvent event;
  event.set_kind(kind);
  event.set_release_id(release.id());
  event.set_fingerprint(release.fingerprint());
  event.set_effective_date(release.effective_date());
  return event;
}

absl::Status Store::SetActivation(absl::string_view id, absl::string_view activate_on,
                                  absl::string_view by) {
  std::string day(activate_on);
  if (!day.empty() && day != kNever) {
    ASSIGN_OR_RETURN(const model::Date date, model::ParseDate(activate_on));
    day = model::FormatDate(date);
  }
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  if (release->entry.release().activate_on() == day) return absl::OkStatus();
  CatalogEntry entry = release->entry;
  entry.mutable_release()->set_activate_on(day);
  v1::ReleaseEvent event = EventOf(v1::RELEASE_EVENT_KIND_ACTIVATION_SET, entry.release());
  event.set_activate_on(day);
  event.set_by(std::string(by));
  rocksdb::WriteBatch batch;
  return Commit(batch, entry, {std::move(event)}, "holding the release back");
}

absl::StatusOr<CalendarState> Store::calendar() const {
  CalendarState state;
  const absl::StatusOr<std::string> bytes = database_->Get(Family::kDefault, CalendarKey());
  if (absl::IsNotFound(bytes.status())) return state;
  RETURN_IF_ERROR(bytes.status());
  if (!state.ParseFromString(*bytes)) {
    return DamagedStore("the state of the calendar is damaged");
  }
  return state;
}

absl::StatusOr<bool> Store::RecordCalendar(const CalendarState& state,
                                           std::vector<v1::ReleaseEvent> events,
                                           const Catalog* seen) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  if (seen != nullptr && seen != catalog().get()) return false;
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(Family::kDefault), ToSlice(CalendarKey()),
            ToSlice(state.SerializeAsString()));
  const bool tells = !events.empty();
  RETURN_IF_ERROR(WriteWithEvents(batch, std::move(events), "recording the calendar"));
  const absl::Status secured = database_->Secure();
  if (tells) Tell();
  RETURN_IF_ERROR(secured);
  return true;
}

}  // namespace codeset::store
