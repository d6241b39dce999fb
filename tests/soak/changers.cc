#include "tests/soak/changers.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/error.h"
#include "client/cpp/grpc_connection.h"

namespace codeset::soak {
namespace {

constexpr char kBy[] = "the soak";

// So long one call of the watcher lasts: short, so that it often begins again where it was.
constexpr absl::Duration kWatchCall = absl::Seconds(7);
// So long a load that was given up may keep others waiting.
constexpr absl::Duration kTurn = absl::Seconds(10);
// So long the watcher may lag behind in the end.
constexpr absl::Duration kWatchLag = absl::Seconds(20);

}  // namespace

void ExpectedEvents::AddRelease(std::string text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  releases_.push_back(std::move(text));
}

void ExpectedEvents::AddLabel(std::string text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  labels_.push_back(std::move(text));
}

std::vector<std::string> ExpectedEvents::releases() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return releases_;
}

std::vector<std::string> ExpectedEvents::labels() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return labels_;
}

std::string EventText(const v1::ReleaseEvent& event) {
  switch (event.kind()) {
    case v1::RELEASE_EVENT_KIND_LOADED:
      return absl::StrCat("loaded ", event.release_id(), " ", event.fingerprint());
    case v1::RELEASE_EVENT_KIND_DELETED:
      return absl::StrCat("deleted ", event.release_id());
    case v1::RELEASE_EVENT_KIND_LABEL_MOVED:
      return absl::StrCat(event.label(), " from ", event.previous_release_id(), " to ",
                          event.release_id(), event.exact() ? " exactly" : "", " by ", event.by());
    default:
      return absl::StrCat(v1::ReleaseEventKind_Name(event.kind()), " ", event.release_id());
  }
}

std::string DifferenceOf(const std::string& what, const std::vector<std::string>& expected,
                         const std::vector<std::string>& actual) {
  const auto [a, b] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  if (a == expected.end() && b == actual.end()) return "";
  return absl::StrCat(what, " ", a - expected.begin(), " of ", expected.size(), ": expected '",
                      a == expected.end() ? "none" : *a, "', came '",
                      b == actual.end() ? "none" : *b, "'");
}

Loader::Loader(Soak* soak, ExpectedEvents* events)
    : soak_(soak),
      events_(events),
      random_(soak->options.seed * 7919 + 1),
      connection_(client::MakeAdminConnection(soak->options.admin)),
      admin_(connection_) {}

void Loader::Run() {
  const std::vector<std::string>& own = soak_->options.own;
  // First each once, so that it is done however short the time; then at random.
  enum Step : size_t { kRefused, kProve, kGiveUp, kChange };
  const std::vector<Step> first = {kChange, kChange, kRefused, kGiveUp, kProve};
  for (size_t step = 0; !soak_->stop; ++step) {
    const std::string& id = step < first.size() ? own.front() : own[Below(own.size())];
    const bool loaded = soak_->loaded.Newest().contains(id);
    const Step what = step < first.size() ? first[step]
                      : Below(20) < 3     ? kRefused
                      : Below(20) < 1     ? kProve
                      : Below(20) < 2     ? kGiveUp
                                          : kChange;
    if (what == kRefused) {
      AskForRefusal();
    } else if (what == kProve) {
      Prove();
    } else if (what == kGiveUp && !loaded) {
      GiveUp(id);
    } else if (loaded) {
      Delete(id);
    } else {
      Load(id);
    }
    absl::SleepFor(absl::Milliseconds(100 + Below(700)));
  }
  for (const std::string& id : own) {
    if (soak_->loaded.Newest().contains(id)) Delete(id);
  }
}

absl::StatusOr<v1::LoadReport> Loader::LoadWhenFree(const std::string& kind,
                                                    const v1::LoadOptions& options,
                                                    const std::string& path) {
  const absl::Time until = SteadyNow() + kTurn;
  while (true) {
    auto report = Timed(soak_, kind, [&] { return admin_.LoadPaths(options, {path}, {}); });
    const bool waits =
        client::ErrorReasonOf(report.status()) == v1::ERROR_REASON_LOAD_IN_PROGRESS &&
        SteadyNow() < until;
    if (!waits) return report;
    soak_->tally.AskedFor(report.status());
    absl::SleepFor(absl::Milliseconds(100));
  }
}

void Loader::Load(const std::string& id) {
  const std::string portable = absl::StrCat(soak_->options.portable, "/", id, ".codeset");
  const bool from_portable =
      !soak_->options.portable.empty() && std::ifstream(portable).good() && Below(2) == 0;
  v1::LoadOptions options;
  options.set_release_id(id);
  options.set_discard_sources(!from_portable && Below(2) == 0);
  const std::string path =
      from_portable ? portable : absl::StrCat(soak_->options.releases, "/", id);
  std::set<std::string> next = soak_->loaded.Newest();
  next.insert(id);
  soak_->loaded.Begin(next);
  const std::string kind = from_portable ? "LoadRelease (portable)" : "LoadRelease";
  const auto report = LoadWhenFree(kind, options, path);
  if (!report.ok()) {
    soak_->loaded.Undo();
    return soak_->tally.NotAskedFor(kind, report.status(), id);
  }
  soak_->loaded.End();
  known_.insert(id);
  const std::string& fingerprint = soak_->oracle.releases.at(id).fingerprint;
  events_->AddRelease(absl::StrCat("loaded ", id, " ", fingerprint));
  soak_->tally.Count("releases loaded");
  if (report->release().id() != id || report->release().fingerprint() != fingerprint ||
      report->outcome() != v1::LOAD_OUTCOME_LOADED) {
    soak_->tally.Wrong(
        kind, absl::StrCat("loaded ", report->release().id(), " ", report->release().fingerprint(),
                           ", ", v1::LoadOutcome_Name(report->outcome())));
  }
}

void Loader::Delete(const std::string& id) {
  std::set<std::string> next = soak_->loaded.Newest();
  next.erase(id);
  soak_->loaded.Begin(next);
  const auto answer = Timed(soak_, "DeleteRelease", [&] { return admin_.DeleteRelease(id); });
  if (!answer.ok()) {
    soak_->loaded.Undo();
    return soak_->tally.NotAskedFor("DeleteRelease", answer.status(), id);
  }
  soak_->loaded.End();
  events_->AddRelease(absl::StrCat("deleted ", id));
  soak_->tally.Count("releases deleted");
}

void Loader::Expect(const std::string& kind, const std::set<v1::ErrorReason>& reasons,
                    const absl::Status& status) {
  if (status.ok()) return soak_->tally.Wrong(kind, "was done, and should have been refused");
  if (reasons.contains(client::ErrorReasonOf(status))) {
    soak_->tally.AskedFor(status);
  } else {
    soak_->tally.NotAskedFor(kind, status, "a refusal with another reason");
  }
}

void Loader::AskForRefusal() {
  const SoakOptions& options = soak_->options;
  const std::string kind = "changes that are refused";
  v1::LoadOptions load;
  load.set_release_id(options.own.front());
  const auto try_to_load = [&](const std::string& path) {
    return LoadWhenFree(kind, load, path).status();
  };
  switch (Below(5)) {
    case 0:
      return Expect(kind, {v1::ERROR_REASON_SOURCE_NOT_RECOGNISED},
                    try_to_load(absl::StrCat(options.tables, "/editions.tsv")));
    case 1:
      // An id that was used stands for its content, even while it is deleted.
      if (!known_.contains(load.release_id())) return;
      return Expect(
          kind, {v1::ERROR_REASON_RELEASE_CONTENT_DIFFERS, v1::ERROR_REASON_RECONCILIATION_REFUSED},
          try_to_load(absl::StrCat(options.releases, "/", options.fixed.back())));
    case 2:
      return Expect(kind, {v1::ERROR_REASON_RELEASE_NOT_FOUND},
                    Timed(soak_, kind, [&] { return admin_.DeleteRelease("2099").status(); }));
    case 3:
      // The label names it, or would roll back to it.
      return Expect(kind, {v1::ERROR_REASON_RELEASE_IN_USE}, Timed(soak_, kind, [&] {
                      return admin_.DeleteRelease(options.fixed.front()).status();
                    }));
    default:
      load.set_release_id("20x6");
      return Expect(kind, {v1::ERROR_REASON_RELEASE_ID_INVALID},
                    try_to_load(absl::StrCat(options.tables, "/editions.tsv")));
  }
}

void Loader::GiveUp(const std::string& id) {
  const std::string kind = "loads given up";
  const auto files = client::FindFiles({absl::StrCat(soak_->options.releases, "/", id)});
  if (!files.ok()) return soak_->tally.NotAskedFor(kind, files.status(), id);
  std::ifstream file(files->front().path, std::ios::binary);
  std::string begin(static_cast<size_t>(client::kUploadChunkBytes), '\0');
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<size_t>(file.gcount()));
  const absl::Status status = Timed(soak_, kind, [&]() -> absl::Status {
    auto stream = connection_->LoadRelease({absl::Now() + absl::Minutes(1)});
    v1::LoadReleaseRequest request;
    request.mutable_options()->set_release_id(id);
    if (stream->Write(request)) {
      request.mutable_chunk()->set_name(files->front().name);
      request.mutable_chunk()->set_data(begin);
      stream->Write(request);
    }
    stream->Cancel();
    while (true) {
      const auto message = stream->Next();
      if (!message.ok()) return message.status();
      if (!message->has_value()) return absl::OkStatus();
    }
  });
  if (absl::IsCancelled(status)) return soak_->tally.AskedFor(status);
  soak_->tally.NotAskedFor(kind, status, id);
}

void Loader::Prove() {
  const std::vector<std::string>& fixed = soak_->options.fixed;
  if (Below(2) == 0) {
    const std::string& id = fixed[Below(fixed.size())];
    const auto answer = Timed(soak_, "VerifyRelease", [&] { return admin_.VerifyRelease(id); });
    if (!answer.ok()) {
      soak_->tally.NotAskedFor("VerifyRelease", answer.status(), id);
    } else if (answer->pages_checked() == 0) {
      soak_->tally.Wrong("VerifyRelease", "no page of " + id + " was looked at");
    }
    return;
  }
  const auto report = Timed(soak_, "ScrubReleases", [&] { return admin_.ScrubReleases(-1, {}); });
  // The only scrub but for the loader's is the one the server begins by itself, which may be at it.
  if (client::ErrorReasonOf(report.status()) == v1::ERROR_REASON_SCRUB_IN_PROGRESS) {
    return soak_->tally.AskedFor(report.status());
  }
  if (!report.ok()) return soak_->tally.NotAskedFor("ScrubReleases", report.status(), "");
  if (report->findings_size() > 0) {
    soak_->tally.Wrong("ScrubReleases", report->findings(0).ShortDebugString());
  }
}

void MoveLabel(Soak* soak, ExpectedEvents* events) {
  const client::AdminClient admin(client::MakeAdminConnection(soak->options.admin));
  std::mt19937_64 random(soak->options.seed * 104729 + 2);
  const std::vector<std::string>& fixed = soak->options.fixed;
  // As main has set it.
  bool exact = false;
  bool previous_exact = false;
  bool moved = false;
  while (!soak->stop) {
    absl::SleepFor(absl::Milliseconds(100 + random() % 500));
    const std::string now = soak->label.Newest();
    const std::string next = now == fixed[0] ? fixed[1] : fixed[0];
    const bool roll_back = moved && random() % 3 == 0;
    const bool next_exact = roll_back ? previous_exact : random() % 2 == 0;
    soak->label.Begin(next);
    const std::string kind = roll_back ? "RollbackLabel" : "SetLabel";
    const absl::Status status = Timed(soak, kind, [&] {
      return roll_back ? admin.RollbackLabel(kLabel, kBy).status()
                       : admin.SetLabel(kLabel, next, next_exact, kBy).status();
    });
    if (!status.ok()) {
      soak->label.Undo();
      soak->tally.NotAskedFor(kind, status, next);
      continue;
    }
    soak->label.End();
    events->AddLabel(absl::StrCat(kLabel, " from ", now, " to ", next, next_exact ? " exactly" : "",
                                  " by ", kBy));
    previous_exact = exact;
    exact = next_exact;
    moved = true;
    soak->tally.Count("moves of the label");
  }
}

Watcher::Watcher(Soak* soak)
    : soak_(soak),
      client_(client::MakeConnection(soak->options.server)),
      cancellation_(std::make_shared<client::Cancellation>()) {}

Watcher::~Watcher() {
  cancellation_->Cancel();
  if (thread_.joinable()) thread_.join();
}

void Watcher::Start() {
  thread_ = std::thread([this] { Run(); });
  const absl::Time until = SteadyNow() + absl::Seconds(30);
  while (!ready_ && SteadyNow() < until) absl::SleepFor(absl::Milliseconds(5));
}

void Watcher::Run() {
  client::WatchOptions options;
  options.call_timeout = kWatchCall;
  options.initial_backoff = absl::Milliseconds(10);
  options.cancellation = cancellation_;
  options.on_connect = [this] {
    ready_ = true;
    soak_->tally.Count("watches begun");
  };
  client::WatchRange events = client_.WatchReleases(options);
  for (auto& item : events) {
    if (!item.ok()) {
      if (!absl::IsCancelled(item.status())) {
        soak_->tally.NotAskedFor("WatchReleases", item.status(), "");
      }
      return;
    }
    const v1::ReleaseEvent& event = item->event();
    const std::lock_guard<std::mutex> lock(mutex_);
    last_token_ = item->resume_token();
    all_.push_back(EventText(event));
    if (event.kind() == v1::RELEASE_EVENT_KIND_LABEL_MOVED) {
      labels_.push_back(all_.back());
    } else if (event.kind() == v1::RELEASE_EVENT_KIND_ACTIVATED ||
               event.kind() == v1::RELEASE_EVENT_KIND_OVERDUE) {
      soak_->tally.Count("events of the calendar");
    } else {
      releases_.push_back(all_.back());
    }
  }
}

size_t Watcher::seen() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return releases_.size() + labels_.size();
}

void Watcher::Finish(const ExpectedEvents& events) {
  const size_t expected = events.releases().size() + events.labels().size();
  const absl::Time until = SteadyNow() + kWatchLag;
  while (seen() < expected && SteadyNow() < until) absl::SleepFor(absl::Milliseconds(20));
  // What came twice would come now.
  absl::SleepFor(absl::Milliseconds(200));
  cancellation_->Cancel();
  thread_.join();
  for (const std::string& difference :
       {DifferenceOf("event of releases", events.releases(), releases_),
        DifferenceOf("event of the label", events.labels(), labels_)}) {
    if (!difference.empty()) soak_->tally.Wrong("WatchReleases", difference);
  }
  soak_->tally.Count("events watched", static_cast<int64_t>(releases_.size() + labels_.size()));
  if (!all_.empty()) Replay();
}

void Watcher::Replay() {
  client::WatchOptions options;
  options.from_beginning = true;
  options.reconnect = false;
  options.call_timeout = absl::Seconds(30);
  client::WatchRange events = client_.WatchReleases(options);
  std::vector<std::string> told;
  for (auto& item : events) {
    if (!item.ok()) return soak_->tally.NotAskedFor("WatchReleases", item.status(), "a replay");
    told.push_back(EventText(item->event()));
    if (item->resume_token() == last_token_) break;
  }
  if (told.size() > all_.size()) {
    told.erase(told.begin(), told.end() - static_cast<std::ptrdiff_t>(all_.size()));
  }
  const std::string difference = DifferenceOf("event of the replay", all_, told);
  if (!difference.empty()) soak_->tally.Wrong("WatchReleases", difference);
}

}  // namespace codeset::soak
