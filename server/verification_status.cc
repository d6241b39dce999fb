#include "server/verification_status.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/status_macros.h"

namespace codeset::server {

using model::FormatDate;
using store::EventSummary;
using store::PageSummary;

std::string SeriesOf(v1::SourceKind kind, absl::string_view series) {
  switch (kind) {
    case v1::SOURCE_KIND_TABULAR_LIST:
      return std::string(model::kTabularListSeries);
    case v1::SOURCE_KIND_GUIDELINES:
      return std::string(model::kGuidelinesSeries);
    case v1::SOURCE_KIND_PUBLICATION:
      return std::string(series);
    default:
      return "";
  }
}

v1::SourceKind KindOfSeries(absl::string_view series) {
  if (series == model::kTabularListSeries) return v1::SOURCE_KIND_TABULAR_LIST;
  if (series == model::kGuidelinesSeries) return v1::SOURCE_KIND_GUIDELINES;
  return v1::SOURCE_KIND_PUBLICATION;
}

model::SourceEditions EditionsOf(const Backend& backend, const store::Catalog& catalog,
                                 model::Date today) {
  std::vector<std::pair<model::ReleaseId, model::Date>> releases;
  for (const store::CatalogRelease& release : catalog.releases()) {
    if (!release.HeldBackOn(today)) releases.emplace_back(release.id, release.effective);
  }
  return backend.source_editions.WithReleases(releases);
}

model::Date CheckAsOf(RequestCheck& check, absl::string_view field, absl::string_view text,
                      model::Date today) {
  if (text.empty()) return today;
  const absl::StatusOr<model::Date> day = model::ParseDate(text);
  check.Fail(field, day.status());
  return day.ok() ? *day : today;
}

std::optional<v1::SourceChange> SupersededOn(const model::SourceEditions& editions,
                                             const model::SourceEditionRef& ref, model::Date day,
                                             model::Date verified_on) {
  const model::SourceEdition* const edition = editions.Find(ref);
  if (edition == nullptr) return std::nullopt;
  std::optional<model::Date> on = edition->superseded_on;
  std::string by = edition->superseded_by.value_or("");
  const v1::SourceKind kind = KindOfSeries(ref.series);
  if (!on.has_value() && kind != v1::SOURCE_KIND_PUBLICATION) {
    const int next_year = model::FiscalYearOf(edition->effective) + 1;
    on = model::FiscalYearStart(next_year);
    by = absl::StrCat(next_year);
  }
  if (!on.has_value() || *on > day) return std::nullopt;
  v1::SourceChange change;
  change.set_kind(kind);
  if (kind == v1::SOURCE_KIND_PUBLICATION) change.set_series(ref.series);
  change.set_edition(ref.edition);
  change.set_superseded_by(by);
  change.set_superseded_on(FormatDate(*on));
  change.set_already_at_verification(*on <= verified_on && *on != edition->effective);
  return change;
}

v1::StatusReason& StatusScope::AddReason(v1::VerificationStatus status, std::optional<size_t> event,
                                         v1::VerificationState& state) {
  v1::StatusReason* const reason = state.add_reasons();
  reason->set_status(status);
  reason_events_.push_back(event);
  return *reason;
}

absl::Status StatusScope::AddContentReasons(const PageSummary& page, const Baseline& baseline,
                                            v1::VerificationState& state) {
  std::vector<size_t> events = baseline.events;
  // A page of which nothing stands as it was verified can still have lost its code.
  if (events.empty() && baseline.last_whole.has_value()) events.push_back(*baseline.last_whole);
  if (events.empty() && !open_.image->Find(page.code).has_value()) {
    AddReason(v1::VERIFICATION_STATUS_GONE, std::nullopt, state);
  }
  for (const size_t place : events) {
    const EventSummary& event = page.events[place];
    ASSIGN_OR_RETURN(const ContentVerdict verdict, judge_.Judge(page.code, event));
    if (verdict.other_release) carried_ = true;
    if (verdict.gone || verdict.now_header) {
      v1::StatusReason& reason = AddReason(
          verdict.gone ? v1::VERIFICATION_STATUS_GONE : v1::VERIFICATION_STATUS_NOW_HEADER, place,
          state);
      ASSIGN_OR_RETURN(*reason.mutable_replacements(), judge_.ReplacementsOf(page.code, event));
    }
    if (verdict.gone) continue;
    for (const v1::ContentChange& change : verdict.changes) {
      *AddReason(v1::VERIFICATION_STATUS_STALE_CONTENT, place, state).mutable_content() = change;
    }
    for (const v1::GroupNotCompared& group : verdict.not_compared) {
      *AddReason(v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART, place, state)
           .mutable_not_compared() = group;
    }
  }
  return absl::OkStatus();
}

void StatusScope::AddSourceReasons(const PageSummary& page, const Baseline& baseline,
                                   const v1::Reference* newest, v1::VerificationState& state) {
  // Each edition once, by the newest event that rests on it.
  std::map<model::SourceEditionRef, size_t> editions;
  for (const size_t place : baseline.events) {
    for (const model::SourceEditionRef& ref : *page.cited) editions.try_emplace(ref, place);
    for (const model::SourceEditionRef& ref : *page.events[place].consulted) {
      editions.try_emplace(ref, place);
    }
  }
  for (const auto& [ref, place] : editions) {
    std::optional<v1::SourceChange> change =
        SupersededOn(editions_, ref, as_of_, page.events[place].date);
    if (!change.has_value()) continue;
    if (newest != nullptr) {
      for (const v1::Source& source : newest->sources()) {
        if (SeriesOf(source.kind(), source.series()) == ref.series &&
            source.edition() == ref.edition) {
          change->add_source_numbers(source.number());
        }
      }
    }
    *AddReason(v1::VERIFICATION_STATUS_STALE_SOURCE, place, state).mutable_source() =
        *std::move(change);
  }
}

void StatusScope::AddAgeReasons(const PageSummary& page, const Baseline& baseline,
                                v1::VerificationState& state) {
  for (const size_t place : baseline.events) {
    const model::Date expired_on = page.events[place].date + backend_.verification_days + 1;
    if (as_of_ < expired_on) continue;
    AddReason(v1::VERIFICATION_STATUS_EXPIRED, place, state).set_expired_on(FormatDate(expired_on));
  }
}

void StatusScope::AddTextReasons(const PageSummary& page, const Baseline& baseline,
                                 v1::VerificationState& state) {
  const auto add = [&](v1::VerificationStatus status, std::optional<size_t> event,
                       const v1::TextChange& parts) {
    v1::TextChange& text = *AddReason(status, event, state).mutable_text();
    text = parts;
    text.set_current_revision(page.revision);
    if (baseline.last_whole.has_value()) {
      text.set_verified_revision(page.events[*baseline.last_whole].revision);
    }
  };
  if (baseline.rejection.has_value()) {
    add(v1::VERIFICATION_STATUS_REJECTED, baseline.rejection, baseline.rejected);
  }
  if (baseline.IsUnverified()) {
    add(v1::VERIFICATION_STATUS_UNVERIFIED, std::nullopt, baseline.unverified);
  }
  if (baseline.IsTextStale()) {
    add(v1::VERIFICATION_STATUS_STALE_TEXT, baseline.changed_since, baseline.changed);
  }
}

absl::Status StatusScope::TellLast(const PageSummary& page, const Baseline& baseline,
                                   v1::VerificationState& state) {
  if (!baseline.last_whole.has_value()) return absl::OkStatus();
  const EventSummary& last = page.events[*baseline.last_whole];
  state.set_last_verified(FormatDate(last.date));
  state.set_verified_release_id(*last.release_id);
  ASSIGN_OR_RETURN(const std::vector<v1::Verification> event,
                   backend_.store.ledger().Verifications(page.code, last.number - 1, 1));
  if (event.empty()) return absl::OkStatus();
  state.set_verifier(event.front().event().verifier());
  state.set_verification_id(event.front().event().id());
  return absl::OkStatus();
}

absl::Status StatusScope::TellIds(const PageSummary& page, v1::VerificationState& state) {
  std::map<size_t, std::string> ids;
  for (int i = 0; i < state.reasons_size(); ++i) {
    const std::optional<size_t> place = reason_events_[static_cast<size_t>(i)];
    if (!place.has_value()) continue;
    std::string& id = ids[*place];
    if (id.empty()) {
      ASSIGN_OR_RETURN(
          const std::vector<v1::Verification> event,
          backend_.store.ledger().Verifications(page.code, page.events[*place].number - 1, 1));
      if (!event.empty()) id = event.front().event().id();
    }
    state.mutable_reasons(i)->set_verification_id(id);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::VerificationState> StatusScope::StateOf(const PageSummary& page,
                                                           const v1::Reference* newest) {
  reason_events_.clear();
  carried_ = false;
  v1::VerificationState state;
  ASSIGN_OR_RETURN(const Baseline baseline, BaselineOf(backend_.store.ledger(), page, as_of_));
  AddTextReasons(page, baseline, state);
  RETURN_IF_ERROR(AddContentReasons(page, baseline, state));
  AddSourceReasons(page, baseline, newest, state);
  AddAgeReasons(page, baseline, state);
  RETURN_IF_ERROR(TellIds(page, state));
  std::stable_sort(state.mutable_reasons()->pointer_begin(), state.mutable_reasons()->pointer_end(),
                   [](const v1::StatusReason* a, const v1::StatusReason* b) {
                     return a->status() < b->status();
                   });
  RETURN_IF_ERROR(TellLast(page, baseline, state));
  if (!state.reasons().empty()) {
    state.set_status(state.reasons(0).status());
  } else {
    state.set_status(carried_ ? v1::VERIFICATION_STATUS_CARRIED_FORWARD
                              : v1::VERIFICATION_STATUS_VERIFIED);
  }
  state.set_source_count(page.source_count);
  state.set_revision(page.revision);
  state.set_as_of(FormatDate(as_of_));
  return state;
}

}  // namespace codeset::server
