// Recording verifications: all of a call or none, each id once.
#include <map>
#include <optional>
#include <utility>

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

using model::Reason;

// Where an event stands in the ledger.
struct Place {
  std::string code;
  int number = 0;
};

absl::Status EventNotFound(absl::string_view id, absl::string_view code, absl::string_view why) {
  return model::MakeError(Reason::kVerificationNotFound,
                          absl::StrCat("verification ", id, ", which is to be corrected, ", why),
                          {{"id", std::string(id)}, {"code", model::DottedCode(code)}});
}

}  // namespace

// What a call of Record has come to so far. Called with the write mutex held.
class Ledger::Recording {
 public:
  explicit Recording(Ledger& ledger) : ledger_(ledger), now_(FormatInstant(ledger.clock_())) {}

  // Adds one event to what is to be written.
  absl::Status Add(v1::Verification event, const v1::NewVerification& given) {
    ASSIGN_OR_RETURN(const std::string code, model::ParseCode(event.event().code()));
    const std::string& id = event.event().id();
    ASSIGN_OR_RETURN(const std::optional<Place> known, FindEvent(id));
    if (known.has_value()) {
      RETURN_IF_ERROR(CheckSame(*known, given));
      ++already_recorded_;
      places_.push_back(*known);
      return absl::OkStatus();
    }
    return CheckAndAdd(code, std::move(event), given);
  }

  // Whether the event that stands somewhere was made of this request.
  absl::Status CheckSame(const Place& place, const v1::NewVerification& given) const {
    ASSIGN_OR_RETURN(const std::string before, GivenOf(given.id(), place));
    if (before == SerializeCanonically(given)) return absl::OkStatus();
    return model::MakeError(
        Reason::kVerificationIdTaken,
        absl::StrCat("verification ", given.id(), " has been recorded for ",
                     model::DottedCode(place.code),
                     " with other particulars; an event of its own needs an id of its own"),
        {{"id", given.id()}, {"code", model::DottedCode(place.code)}});
  }

  // Writes what was added, and shows it.
  absl::Status Write() {
    if (added_.empty()) return absl::OkStatus();
    Reach("verification.ready");
    RETURN_IF_ERROR(ledger_.database_->Commit(batch_, "recording verifications"));
    Show();
    RETURN_IF_ERROR(ledger_.database_->Secure());
    Reach("verification.done");
    return absl::OkStatus();
  }

  // Makes what was written visible.
  void Show() {
    const std::lock_guard<std::mutex> lock(ledger_.mutex_);
    for (const auto& [id, added] : added_) {
      ++ledger_.releases_.find(added.release_id)->second.verifications;
    }
    for (auto& [code, page] : pages_) ledger_.pages_[code] = std::move(page);
    ++ledger_.version_;
  }

  // The events of the call as they stand in the ledger.
  absl::StatusOr<RecordOutcome> Outcome() const {
    RecordOutcome outcome;
    outcome.already_recorded = already_recorded_;
    for (const Place& place : places_) {
      ASSIGN_OR_RETURN(std::vector<v1::Verification> events,
                       ledger_.Verifications(place.code, place.number - 1, 1));
      if (events.size() != 1) {
        return model::MakeError(Reason::kDataDamaged,
                                absl::StrCat("verification ", place.number, " of ",
                                             model::DottedCode(place.code), " is missing"));
      }
      outcome.events.push_back(std::move(events.front()));
    }
    return outcome;
  }

  // Where the event of an id stands, of this call or recorded before; nothing if there is none.
  absl::StatusOr<std::optional<Place>> FindEvent(const std::string& id) const;

 private:
  struct Added {
    Place place;
    std::string given;
    std::string release_id;
  };

  absl::Status CheckAndAdd(const std::string& code, v1::Verification event,
                           const v1::NewVerification& given) {
    const v1::NewVerification& what = event.event();
    ASSIGN_OR_RETURN(PageSummary* const page, PageOf(code));
    const auto has = [&](int revision) { return revision >= 1 && revision <= page->revision; };
    if (!has(what.revision())) return RevisionNotFound(code, what.revision(), page->revision);
    if (what.outcome() == v1::VERIFICATION_OUTCOME_CORRECTED && !has(what.corrected_revision())) {
      return RevisionNotFound(code, what.corrected_revision(), page->revision);
    }
    if (!ledger_.is_loaded_(event.release_id())) return ReleaseNotFound(event.release_id());
    if (!what.corrects_id().empty()) {
      ASSIGN_OR_RETURN(const std::optional<Place> corrected, FindEvent(what.corrects_id()));
      if (!corrected.has_value() || corrected->code != code) {
        return EventNotFound(what.corrects_id(), code,
                             absl::StrCat("is no event of ", model::DottedCode(code)));
      }
      EventSummary& old = page->events[corrected->number - 1];
      if (old.replaced) {
        return EventNotFound(what.corrects_id(), code,
                             "has been replaced already; correct the one that took its place");
      }
      old.replaced = true;
    }
    VerificationRecord record;
    v1::Verification& stored = *record.mutable_verification();
    stored = std::move(event);
    stored.set_number(static_cast<int>(page->events.size()) + 1);
    stored.set_recorded_at(now_);
    stored.clear_corrected_by_id();
    *record.mutable_given() = given;
    const std::string& id = stored.event().id();
    const std::string bytes = record.SerializeAsString();
    // What could not be read back would keep the data directory from being opened.
    if (!model::ParseDate(stored.event().date()).ok() ||
        !ParseVerification(code, stored.number(), bytes).ok()) {
      return model::MakeError(Reason::kArgumentInvalid,
                              absl::StrCat("verification ", id,
                                           " could not be read back: a text is no valid UTF-8, or "
                                           "its date is none"),
                              {{"id", id}});
    }
    ASSIGN_OR_RETURN(EventSummary summary, ledger_.Summarise(stored));
    page->events.push_back(std::move(summary));
    const std::string key = LedgerKey(code, static_cast<uint32_t>(stored.number()));
    const Database& database = *ledger_.database_;
    batch_.Put(database.family(Family::kVerifications), ToSlice(key), ToSlice(bytes));
    batch_.Put(database.family(Family::kVerificationIds), ToSlice(id), ToSlice(key));
    places_.push_back({code, stored.number()});
    added_[id] = {places_.back(), SerializeCanonically(given), stored.release_id()};
    return absl::OkStatus();
  }

  // The page of a code with what the call adds; it is a copy until Write.
  absl::StatusOr<PageSummary*> PageOf(const std::string& code) {
    std::shared_ptr<PageSummary>& page = pages_[code];
    if (page == nullptr) {
      const std::shared_ptr<const PageSummary> now = ledger_.Find(code);
      if (now == nullptr) return PageNotFound(code);
      page = std::make_shared<PageSummary>(*now);
    }
    return page.get();
  }

  // The request that an event was made of, as it serialises.
  absl::StatusOr<std::string> GivenOf(const std::string& id, const Place& place) const {
    if (const auto it = added_.find(id); it != added_.end()) return it->second.given;
    absl::StatusOr<std::string> value = ledger_.database_->Get(
        Family::kVerifications, LedgerKey(place.code, static_cast<uint32_t>(place.number)));
    if (absl::IsNotFound(value.status())) value = std::string();
    RETURN_IF_ERROR(value.status());
    ASSIGN_OR_RETURN(const VerificationRecord record,
                     ParseVerification(place.code, place.number, *value));
    return SerializeCanonically(record.given());
  }

  Ledger& ledger_;
  const std::string now_;
  rocksdb::WriteBatch batch_;
  // What the call adds, by id.
  std::map<std::string, Added> added_;
  // The pages that it adds to, by code.
  std::map<std::string, std::shared_ptr<PageSummary>> pages_;
  // Where each event of the call stands, in its order.
  std::vector<Place> places_;
  int already_recorded_ = 0;
};

absl::StatusOr<std::optional<Place>> Ledger::Recording::FindEvent(const std::string& id) const {
  if (const auto it = added_.find(id); it != added_.end()) return it->second.place;
  const absl::StatusOr<std::string> key = ledger_.database_->Get(Family::kVerificationIds, id);
  if (absl::IsNotFound(key.status())) return std::nullopt;
  RETURN_IF_ERROR(key.status());
  LedgerKeyParts parts;
  if (!ParseLedgerKey(*key, parts)) {
    return model::MakeError(Reason::kDataDamaged,
                            absl::StrCat("the entry of verification ", id, " is damaged"));
  }
  return Place{std::string(parts.code), static_cast<int>(parts.number)};
}

absl::StatusOr<std::optional<v1::Verification>> Ledger::FindRecorded(
    const v1::NewVerification& given) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  const Recording recording(*this);
  ASSIGN_OR_RETURN(const std::optional<Place> place, recording.FindEvent(given.id()));
  if (!place.has_value()) return std::nullopt;
  RETURN_IF_ERROR(recording.CheckSame(*place, given));
  ASSIGN_OR_RETURN(std::vector<v1::Verification> events,
                   Verifications(place->code, place->number - 1, 1));
  if (events.empty()) return std::nullopt;
  return std::optional<v1::Verification>(std::move(events.front()));
}

absl::StatusOr<RecordOutcome> Ledger::Record(std::vector<v1::Verification> events,
                                             const std::vector<v1::NewVerification>& given) {
  if (events.size() != given.size()) {
    return model::MakeError(Reason::kInternal, "events and the requests for them do not pair up");
  }
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  Recording recording(*this);
  for (size_t i = 0; i < events.size(); ++i) {
    RETURN_IF_ERROR(recording.Add(std::move(events[i]), given[i]));
  }
  RETURN_IF_ERROR(recording.Write());
  return recording.Outcome();
}

}  // namespace codeset::store
