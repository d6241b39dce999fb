#include "server/calendar.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "server/date_resolution.h"
#include "server/log.h"
#include "server/release_view.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using model::Date;
using store::CatalogRelease;

// The clock may jump: it is asked again so often, whatever it said.
constexpr absl::Duration kLongestWait = absl::Minutes(1);

bool Contains(const google::protobuf::RepeatedPtrField<std::string>& values,
              const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// The day that counts. A clock that goes back over one midnight wavers, and the day goes on;
// one that goes back further was wrong, and what it had brought about was not so.
Date DayOf(Date today, const store::CalendarState& last) {
  const absl::StatusOr<Date> before = model::ParseDate(last.day());
  return before.ok() && *before - today == 1 ? *before : today;
}

v1::ReleaseEvent EventOf(v1::ReleaseEventKind kind, const CatalogRelease& release) {
  v1::ReleaseEvent event;
  event.set_kind(kind);
  event.set_release_id(release.id.ToString());
  event.set_fingerprint(release.entry.release().fingerprint());
  event.set_effective_date(model::FormatDate(release.effective));
  return event;
}

}  // namespace

CalendarLook LookAtCalendar(const store::Catalog& catalog, const model::EditionRegister& editions,
                            Date today, const store::CalendarState& last) {
  const Date day = DayOf(today, last);
  const ReleaseView view(catalog, editions, day);
  CalendarLook look;
  look.state.set_day(model::FormatDate(day));
  for (const CatalogRelease& release : catalog.releases()) {
    if (release.effective > day || !view.Has(release)) continue;
    const std::string id = release.id.ToString();
    look.state.add_active_release_ids(id);
    if (!Contains(last.active_release_ids(), id)) {
      look.events.push_back(EventOf(v1::RELEASE_EVENT_KIND_ACTIVATED, release));
    }
  }
  // Where nothing is in force there is no `current` that could be behind.
  const absl::StatusOr<Resolution> current = ResolveCurrent(view);
  if (!current.ok() || !current->coverage.overdue()) return look;
  *look.state.mutable_overdue_edition_ids() = current->coverage.unloaded_editions();
  // That fewer are missing than before is no news.
  const auto& missing = look.state.overdue_edition_ids();
  const bool news = std::any_of(missing.begin(), missing.end(), [&](const std::string& id) {
    return !Contains(last.overdue_edition_ids(), id);
  });
  if (news) {
    v1::ReleaseEvent event = EventOf(v1::RELEASE_EVENT_KIND_OVERDUE, *current->release);
    *event.mutable_overdue_edition_ids() = missing;
    look.events.push_back(std::move(event));
  }
  return look;
}

void Calendar::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Calendar::Wake() {
  const absl::MutexLock lock(&mutex_);
  woken_ = true;
}

void Calendar::Stop() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status Calendar::Refresh() {
  const absl::MutexLock lock(&look_mutex_);
  while (true) {
    const std::shared_ptr<const store::Catalog> catalog = backend_.store.catalog();
    ASSIGN_OR_RETURN(const store::CalendarState last, backend_.store.calendar());
    CalendarLook look =
        LookAtCalendar(*catalog, backend_.editions, model::DateInNewYork(backend_.clock()), last);
    if (look.events.empty() && look.state.SerializeAsString() == last.SerializeAsString()) {
      return absl::OkStatus();
    }
    // A release may have been deleted meanwhile, and is not to be told active after that.
    ASSIGN_OR_RETURN(const bool recorded, backend_.store.RecordCalendar(
                                              look.state, std::move(look.events), catalog.get()));
    if (recorded) return absl::OkStatus();
  }
}

absl::Duration Calendar::UntilNextLook() const {
  const absl::Time now = backend_.clock();
  // A minute ahead lies another day only within the minute before midnight.
  absl::Duration wait = kLongestWait;
  while (wait > absl::Seconds(1) && model::DateInNewYork(now + wait) != model::DateInNewYork(now)) {
    wait /= 2;
  }
  return wait;
}

void Calendar::Loop() {
  const auto has_news = [this]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || woken_; };
  std::string told;
  while (true) {
    {
      const absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&has_news), UntilNextLook());
      if (stopping_) return;
      woken_ = false;
    }
    // A look that failed is repeated after the next wait; requests meet the same error.
    const absl::Status status = Refresh();
    const std::string failure = status.ok() ? "" : status.ToString();
    if (!failure.empty() && failure != told) {
      Log(Severity::kError, "what the calendar has come to cannot be recorded",
          {{"error", failure}});
    }
    told = failure;
  }
}

}  // namespace codeset::server
