// Scrubs: proving everything that is stored (Store::Scrub), by itself every so often and when an
// operator asks, one at a time, on a thread of its own.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "codeset/v1/scrub.pb.h"
#include "grpcpp/grpcpp.h"
#include "server/backend.h"
#include "server/worker.h"

namespace codeset::server {

// How a server scrubs.
struct ScrubSettings {
  // How often by itself, zero for never; the first time kFirstScrubAfter the start, or after
  // `every` where that is sooner.
  absl::Duration every = absl::ZeroDuration();
  // How many bytes of content and of files may be proved in a second, 0 for any number.
  int64_t bytes_per_second = 16 << 20;
};

inline constexpr absl::Duration kFirstScrubAfter = absl::Minutes(10);

// What is wrong with a request to scrub: ARGUMENT_INVALID.
absl::Status CheckScrubRequest(const v1::ScrubReleasesRequest& request);

// See above.
class Scrubber {
 public:
  // `backend` must outlive the scrubber.
  explicit Scrubber(const Backend& backend) : backend_(backend) {}
  // Stops. Calls of Scrub have ended by then.
  ~Scrubber();
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  // Begins to scrub by itself. Called once, before anything is asked.
  void Start(const ScrubSettings& settings);

  // Gives up what is under way, and refuses what comes.
  void Stop();

  // Serves Admin.ScrubReleases.
  grpc::ServerWriteReactor<v1::ScrubReleasesResponse>* Scrub(
      grpc::CallbackServerContext* context, const v1::ScrubReleasesRequest& request);

  // Answers Admin.GetScrubReport.
  v1::GetScrubReportResponse Report() const;

 private:
  class Reactor;

  // Takes the one place that there is. SCRUB_IN_PROGRESS, SHUTTING_DOWN.
  absl::Status Begin();
  // Scrubs, keeps what it came to and gives the place back. `progress` and `cancelled` may be
  // empty.
  absl::StatusOr<v1::ScrubReport> Run(int64_t bytes_per_second,
                                      const std::function<void(const v1::ScrubProgress&)>& progress,
                                      const std::function<bool()>& cancelled);
  // Scrubs every so often until it is stopped.
  void Loop();
  bool IsStopping() const;

  const Backend& backend_;
  ScrubSettings settings_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // What GetScrubReport answers; `progress` is there while a scrub is under way.
  v1::GetScrubReportResponse state_ ABSL_GUARDED_BY(mutex_);
  // For the calls; before the thread that is joined first.
  Worker worker_{Priority::kBackground};
  std::thread thread_;
};

}  // namespace codeset::server
