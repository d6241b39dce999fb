#include "tests/benchmark/load_loop.h"

#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include "storage/model/status_macros.h"

namespace codeset::bench {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

Clock::duration Seconds(double seconds) {
  return duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

double OwnCpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// One run.
class Loop {
 public:
  Loop(Transport& transport, const LoadOptions& options)
      : transport_(transport),
        options_(options),
        random_(options.seed),
        started_(transport.slots()) {
    const int slots =
        options.rate > 0 ? transport.slots() : std::min(options.in_flight, transport.slots());
    for (int slot = slots; slot-- > 0;) idle_.push_back(slot);
  }

  absl::StatusOr<LoadResult> Run() {
    const Clock::time_point begin = Clock::now();
    next_arrival_ = begin;
    RETURN_IF_ERROR(Drive(begin + Seconds(options_.warm_up_seconds)).status());
    counts_ = true;
    window_begin_ = Clock::now();
    const double server_cpu = ServerCpu(), own_cpu = OwnCpu();
    ASSIGN_OR_RETURN(window_end_, Drive(window_begin_ + Seconds(options_.seconds)));
    if (options_.rate == 0) {
      // To the end of a call, so that of calls that take long none is counted in part.
      const uint64_t least = std::max(options_.least_calls, result_.calls + 1);
      while (result_.calls < least) {
        ASSIGN_OR_RETURN(window_end_, Drive(Clock::now() + Seconds(0.001)));
      }
    }
    result_.seconds = std::chrono::duration<double>(window_end_ - window_begin_).count();
    result_.server_cpu = ServerCpu() - server_cpu;
    result_.client_cpu = OwnCpu() - own_cpu;
    counts_ = false;
    while (under_way_ > 0 || !due_.empty()) {
      RETURN_IF_ERROR(StartQueued());
      RETURN_IF_ERROR(Collect(Clock::now() + Seconds(60)));
    }
    return std::move(result_);
  }

 private:
  double ServerCpu() const { return options_.server_cpu ? options_.server_cpu() : 0; }

  // Loads until a moment; returns when it was really over.
  absl::StatusOr<Clock::time_point> Drive(Clock::time_point end) {
    Clock::time_point now = Clock::now();
    while (now < end) {
      RETURN_IF_ERROR(options_.rate > 0 ? StartDue(now) : StartIdle(now));
      RETURN_IF_ERROR(Collect(options_.rate > 0 ? std::min(end, next_arrival_) : end));
      now = Clock::now();
    }
    return now;
  }

  absl::Status StartIdle(Clock::time_point now) {
    while (!idle_.empty()) RETURN_IF_ERROR(StartOne(now));
    return absl::OkStatus();
  }

  // Queues the calls whose moment has come, and begins as many as there are idle slots for.
  absl::Status StartDue(Clock::time_point now) {
    std::exponential_distribution<double> gap(options_.rate);
    for (; next_arrival_ <= now; next_arrival_ += Seconds(gap(random_))) {
      due_.push_back(next_arrival_);
    }
    return StartQueued();
  }

  absl::Status StartQueued() {
    for (; !idle_.empty() && !due_.empty(); due_.pop_front()) {
      RETURN_IF_ERROR(StartOne(due_.front()));
    }
    return absl::OkStatus();
  }

  // Begins a call that was to begin at a moment.
  absl::Status StartOne(Clock::time_point due) {
    const int slot = idle_.back();
    idle_.pop_back();
    started_[slot] = due;
    ++under_way_;
    return transport_.Start(slot, random_() % transport_.requests());
  }

  // Whether a call counts that has just ended and began, or was to begin, at a moment. Of the
  // open loop every call counts whose moment lies within the time, even one that ends after it:
  // leaving out those that wait longest would make the latency look better than it is.
  bool Counts(Clock::time_point due) const {
    if (options_.rate == 0) return counts_;
    return due >= window_begin_ && (counts_ || due < window_end_);
  }

  absl::Status Collect(Clock::time_point deadline) {
    ASSIGN_OR_RETURN(const absl::Span<const Completion> done, transport_.Wait(deadline));
    if (done.empty()) {
      return under_way_ > 0 && Clock::now() >= last_ + Seconds(60)
                 ? absl::DeadlineExceededError("no call has ended for 60 s")
                 : absl::OkStatus();
    }
    last_ = Clock::now();
    for (const Completion& call : done) {
      --under_way_;
      idle_.push_back(call.slot);
      if (!Counts(started_[call.slot])) continue;
      ++result_.calls;
      result_.found += call.found;
      result_.missing += call.missing;
      result_.bytes += call.bytes;
      result_.latency.Record(duration_cast<nanoseconds>(last_ - started_[call.slot]).count());
    }
    return absl::OkStatus();
  }

  Transport& transport_;
  const LoadOptions& options_;
  std::mt19937_64 random_;
  // When each slot's call began, or was to begin.
  std::vector<Clock::time_point> started_;
  std::vector<int> idle_;
  // Open loop: the moments of calls that have not begun for want of a slot.
  std::deque<Clock::time_point> due_;
  Clock::time_point next_arrival_;
  // When a call ended last.
  Clock::time_point last_ = Clock::now();
  int under_way_ = 0;
  // The time that counts; window_begin_ lies ahead until it has begun.
  Clock::time_point window_begin_ = Clock::time_point::max();
  Clock::time_point window_end_;
  bool counts_ = false;
  LoadResult result_;
};

}  // namespace

absl::StatusOr<LoadResult> RunLoad(Transport& transport, const LoadOptions& options) {
  return Loop(transport, options).Run();
}

}  // namespace codeset::bench
