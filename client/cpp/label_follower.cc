#include "client/cpp/label_follower.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "client/cpp/selector.h"

namespace codeset::client {
namespace {

// Whether another attempt may succeed without anything else being done.
bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsResourceExhausted(status);
}

}  // namespace

std::unique_ptr<LabelFollower> LabelFollower::Start(LocalCodeSet codes,
                                                    std::shared_ptr<Connection> connection,
                                                    FollowOptions options) {
  std::unique_ptr<LabelFollower> follower(
      new LabelFollower(std::move(codes), std::move(connection), std::move(options)));
  follower->state_.running = true;
  follower->thread_ = std::thread([at = follower.get()] { at->Run(); });
  follower->timer_ = std::thread([at = follower.get()] { at->RunTimer(); });
  return follower;
}

LabelFollower::LabelFollower(LocalCodeSet codes, std::shared_ptr<Connection> connection,
                             FollowOptions options)
    : codes_(std::move(codes)), connection_(std::move(connection)), options_(std::move(options)) {
  for (const std::string& label : options_.labels) state_.labels[label];
}

LabelFollower::~LabelFollower() { Stop(); }

void LabelFollower::Stop() {
  cancellation_->Cancel();
  if (!thread_.joinable()) return;
  thread_.join();
  timer_.join();
  for (const auto& [label, followed] : state().labels) codes_.SetLabel(label, "");
  const std::lock_guard<std::mutex> lock(mutex_);
  state_.running = false;
  state_.connected = false;
  state_.labels.clear();
}

FollowState LabelFollower::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

void LabelFollower::Update(const std::function<void(FollowState& state)>& change) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    change(state_);
  }
  if (!options_.on_change) return;
  const std::lock_guard<std::mutex> lock(tell_mutex_);
  options_.on_change();
}

void LabelFollower::RunTimer() {
  while (true) {
    cancellation_->WaitFor(options_.max_backoff);
    if (cancellation_->cancelled()) return;
    if (!IsRefreshDue()) continue;
    // What passes is tried again after the next wait.
    if (const absl::Status refreshed = Refresh(); !refreshed.ok()) {
      Update([&](FollowState& state) { state.last_failure = refreshed; });
    }
  }
}

bool LabelFollower::IsRefreshDue() const {
  const absl::Time now = options_.clock();
  const std::lock_guard<std::mutex> lock(mutex_);
  // Before the first time, the watch begins and looks.
  if (looked_at_ == absl::InfinitePast()) return false;
  return lagging_ || now - looked_at_ >= options_.refresh_interval ||
         model::DateInNewYork(now) != model::DateInNewYork(looked_at_);
}

void LabelFollower::Run() {
  while (!cancellation_->cancelled()) {
    const absl::Status why = Watch();
    if (cancellation_->cancelled()) return;
    // The watch itself goes on over what passes. What ends it, such as a token of another data
    // directory, needs a new beginning: all labels are looked at again then.
    Update([&](FollowState& state) {
      state.connected = false;
      state.last_failure = why;
      state.resume_token.clear();
    });
    cancellation_->WaitFor(options_.max_backoff);
  }
}

absl::Status LabelFollower::Watch() {
  WatchOptions options;
  options.call_timeout = options_.call_timeout;
  options.initial_backoff = options_.initial_backoff;
  options.max_backoff = options_.max_backoff;
  options.cancellation = cancellation_;
  options.on_connect = [this] { Update([](FollowState& state) { state.connected = true; }); };
  options.on_reconnect = [this](const absl::Status& why, absl::Duration) {
    Update([&](FollowState& state) {
      state.connected = false;
      state.last_failure = why;
    });
  };
  WatchRange events = client::Watch(connection_, std::move(options));
  // From here on nothing is missed, so that what labels name now is a sure beginning.
  const absl::StatusOr<WatchHeader> header = events.header();
  if (!header.ok()) return header.status();
  Update([&](FollowState& state) { state.resume_token = header->resume_token; });
  RefreshUntilDone();
  for (absl::StatusOr<v1::WatchReleasesResponse>& item : events) {
    if (!item.ok()) return item.status();
    RefreshUntilDone();
    Update([&](FollowState& state) { state.resume_token = item->resume_token(); });
  }
  return absl::UnavailableError("the watch ended");
}

void LabelFollower::RefreshUntilDone() {
  absl::Duration backoff = options_.initial_backoff;
  while (!cancellation_->cancelled()) {
    const absl::Status refreshed = Refresh();
    if (refreshed.ok()) return;
    Update([&](FollowState& state) { state.last_failure = refreshed; });
    cancellation_->WaitFor(backoff);
    backoff = std::min(backoff * 2, options_.max_backoff);
  }
}

absl::Status LabelFollower::Refresh() {
  const std::lock_guard<std::mutex> lock(refresh_mutex_);
  // Before the server is asked, so that a day that turns meanwhile is not missed.
  const absl::Time begun = options_.clock();
  const absl::StatusOr<v1::ListLabelsResponse> listed = Client(connection_).ListLabels();
  if (!listed.ok()) return listed.status();
  std::map<std::string, std::string> wanted;
  for (const std::string& label : options_.labels) wanted[label];
  if (options_.labels.empty()) {
    for (const auto& [label, followed] : state().labels) wanted[label];
  }
  for (const v1::Label& label : listed->labels()) {
    if (options_.labels.empty() || wanted.contains(label.name())) {
      wanted[label.name()] = label.resolves_to();
    }
  }
  absl::Status passing;
  bool lagging = false;
  for (const auto& [label, release_id] : wanted) {
    const absl::Status refreshed = RefreshLabel(label, release_id);
    if (IsPassing(refreshed)) passing = refreshed;
    // A label that the server does not have is not here either: it is what it is there.
    lagging |= !refreshed.ok() && !release_id.empty();
    Update([&, &name = label](FollowState& state) { state.labels[name].status = refreshed; });
  }
  {
    const std::lock_guard<std::mutex> state_lock(mutex_);
    looked_at_ = begun;
    lagging_ = lagging;
  }
  if (!lagging) {
    Update([&](FollowState& state) { state.in_step_at = begun; });
  }
  return passing;
}

absl::Status LabelFollower::RefreshLabel(const std::string& label,
                                         const std::string& server_release_id) {
  Update([&](FollowState& state) { state.labels[label].server_release_id = server_release_id; });
  if (server_release_id.empty()) {
    codes_.SetLabel(label, "");
    Update([&](FollowState& state) { state.labels[label].release_id.clear(); });
    return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_LABEL_NOT_FOUND,
                     absl::StrCat("the server has no label ", label, " that names a release"),
                     {{"label", label}});
  }
  // Also where it is held: it may have gained a facet group, and costs one short message if not.
  const absl::StatusOr<PullResult> pulled = codes_.Pull(connection_, ById(server_release_id));
  if (!pulled.ok()) return pulled.status();
  codes_.SetLabel(label, server_release_id);
  Update([&](FollowState& state) { state.labels[label].release_id = server_release_id; });
  return absl::OkStatus();
}

}  // namespace codeset::client
