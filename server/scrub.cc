#include "server/scrub.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/error.h"
#include "server/log.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using model::Reason;

// No more often than this a caller is told how far a scrub has come.
constexpr absl::Duration kBetweenMessages = absl::Seconds(1);

// What the server logs of a scrub that it began by itself.
void LogReport(const absl::StatusOr<v1::ScrubReport>& report) {
  if (!report.ok()) {
    Log(Severity::kError, "a scrub failed", {{"error", report.status().message()}});
    return;
  }
  const int findings = report->findings_size() + report->findings_left_out();
  if (findings == 0) {
    Log(Severity::kInfo, "a scrub found nothing damaged",
        {{"releases", report->releases()}, {"pages", report->pages()}});
    return;
  }
  Log(Severity::kError, "a scrub found damage; see codesetctl scrub --last",
      {{"findings", findings}, {"first", report->findings(0).message()}});
}

}  // namespace

absl::Status CheckScrubRequest(const v1::ScrubReleasesRequest& request) {
  if (request.bytes_per_second() >= -1) return absl::OkStatus();
  return InvalidFields(Reason::kArgumentInvalid,
                       {{"bytes_per_second", "it is 0, -1, or a number of bytes"}});
}

// One call: works on the scrubber's thread, writes progress as it comes, and the report.
class Scrubber::Reactor final : public grpc::ServerWriteReactor<v1::ScrubReleasesResponse> {
 public:
  Reactor(Scrubber& scrubber, const v1::ScrubReleasesRequest& request)
      : scrubber_(scrubber), bytes_per_second_(request.bytes_per_second()) {
    absl::Status status = CheckScrubRequest(request);
    if (status.ok()) status = scrubber_.Begin();
    if (!status.ok()) {
      Finish(ToGrpcStatus(status));
      return;
    }
    if (bytes_per_second_ == 0) bytes_per_second_ = scrubber_.settings_.bytes_per_second;
    scrubber_.worker_.Run([this] { Work(); });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) cancelled_ = true;
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      if (!ended_ || WriteReport()) return;
    }
    Finish(ToGrpcStatus(result_));
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  void Work() {
    absl::StatusOr<v1::ScrubReport> report = scrubber_.Run(
        std::max<int64_t>(bytes_per_second_, 0),
        [this](const v1::ScrubProgress& progress) { Tell(progress); },
        [this] { return cancelled_.load(); });
    {
      absl::MutexLock lock(&mutex_);
      ended_ = true;
      result_ = report.status();
      if (report.ok()) {
        report_ = *std::move(report);
        has_report_ = true;
      }
      if (writing_ || WriteReport()) return;
    }
    Finish(ToGrpcStatus(result_));
  }

  void Tell(const v1::ScrubProgress& progress) {
    const absl::Time now = absl::Now();
    absl::MutexLock lock(&mutex_);
    if (writing_ || now - told_ < kBetweenMessages) return;
    told_ = now;
    *message_.mutable_progress() = progress;
    writing_ = true;
    StartWrite(&message_);
  }

  // Writes the report where there is one and it was not written; else false.
  bool WriteReport() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!has_report_ || cancelled_) return false;
    has_report_ = false;
    *message_.mutable_report() = std::move(report_);
    writing_ = true;
    StartWrite(&message_);
    return true;
  }

  Scrubber& scrubber_;
  int64_t bytes_per_second_;
  std::atomic<bool> cancelled_ = false;
  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time told_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool has_report_ ABSL_GUARDED_BY(mutex_) = false;
  v1::ScrubReport report_ ABSL_GUARDED_BY(mutex_);
  // Kept until it is written.
  v1::ScrubReleasesResponse message_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // Written once before `ended_`.
  absl::Status result_;
};

Scrubber::~Scrubber() {
  Stop();
  if (thread_.joinable()) thread_.join();
}

void Scrubber::Start(const ScrubSettings& settings) {
  settings_ = settings;
  if (settings_.every > absl::ZeroDuration()) thread_ = std::thread([this] { Loop(); });
}

void Scrubber::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

bool Scrubber::IsStopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

absl::Status Scrubber::Begin() {
  absl::MutexLock lock(&mutex_);
  if (stopping_) {
    return model::MakeError(Reason::kShuttingDown, "the server is stopping; connect again");
  }
  if (state_.has_progress()) {
    return model::MakeError(Reason::kScrubInProgress,
                            "another scrub is under way; codesetctl scrub --last tells how far it "
                            "has come");
  }
  state_.mutable_progress()->set_step("beginning");
  return absl::OkStatus();
}

absl::StatusOr<v1::ScrubReport> Scrubber::Run(
    int64_t bytes_per_second, const std::function<void(const v1::ScrubProgress&)>& progress,
    const std::function<bool()>& cancelled) {
  store::ScrubOptions options;
  options.bytes_per_second = bytes_per_second;
  options.progress = [&](const v1::ScrubProgress& now) {
    {
      absl::MutexLock lock(&mutex_);
      *state_.mutable_progress() = now;
    }
    if (progress) progress(now);
  };
  options.cancelled = [&] { return IsStopping() || (cancelled && cancelled()); };
  absl::StatusOr<v1::ScrubReport> report = backend_.store.Scrub(options);
  absl::MutexLock lock(&mutex_);
  state_.clear_progress();
  state_.clear_last_error();
  if (report.ok()) {
    *state_.mutable_report() = *report;
  } else {
    state_.set_last_error(std::string(report.status().message()));
  }
  return report;
}

void Scrubber::Loop() {
  SetPriority(Priority::kBackground);
  absl::Duration wait = std::min(settings_.every, kFirstScrubAfter);
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait)) return;
    }
    wait = settings_.every;
    // Where an operator scrubs right now, that will do.
    if (!Begin().ok()) continue;
    const absl::StatusOr<v1::ScrubReport> report = Run(settings_.bytes_per_second, {}, {});
    if (IsStopping()) return;
    LogReport(report);
  }
}

grpc::ServerWriteReactor<v1::ScrubReleasesResponse>* Scrubber::Scrub(
    grpc::CallbackServerContext* /*context*/, const v1::ScrubReleasesRequest& request) {
  // Deletes itself when the call is done.
  return new Reactor(*this, request);
}

v1::GetScrubReportResponse Scrubber::Report() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

}  // namespace codeset::server
