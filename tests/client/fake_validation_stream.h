// A validation of codes without a server: a result a row, held back as a transport does it that
// has room for a few messages only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "client/cpp/connection.h"

namespace codeset::client {

class FakeValidationStream : public ValidationStream {
 public:
  using Tell = std::function<v1::CodeValidation(const v1::CodeToValidate& row)>;

  // Holds up to `room` results that were not read, and takes no rows while it is full. Release
  // 0, told with the first result, is that of the first message.
  FakeValidationStream(std::size_t room, Tell tell) : room_(room), tell_(std::move(tell)) {}

  // Takes rows and answers none of them from here on.
  void FallSilent() {
    const std::lock_guard<std::mutex> lock(mutex_);
    silent_ = true;
  }

  bool Write(const v1::StreamValidateCodesRequest& request) override {
    std::unique_lock<std::mutex> lock(mutex_);
    for (const v1::CodeToValidate& row : request.rows()) {
      changed_.wait(lock, [this] { return cancelled_ || answers_.size() < room_; });
      if (cancelled_) return false;
      if (silent_) continue;
      v1::StreamValidateCodesResponse& answer = answers_.emplace_back();
      if (rows_ == 0) answer.add_releases()->set_release_id(request.release().release());
      v1::CodeValidation& result = *answer.add_results();
      result = tell_(row);
      result.set_row(rows_++);
      changed_.notify_all();
    }
    return !cancelled_;
  }

  void WritesDone() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

  void Cancel() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }

  absl::StatusOr<std::optional<v1::StreamValidateCodesResponse>> Next() override {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return cancelled_ || done_ || !answers_.empty(); });
    if (answers_.empty()) {
      if (cancelled_) return absl::CancelledError("cancelled");
      return std::optional<v1::StreamValidateCodesResponse>();
    }
    std::optional<v1::StreamValidateCodesResponse> answer = std::move(answers_.front());
    answers_.pop_front();
    changed_.notify_all();
    return answer;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t room_;
  Tell tell_;
  std::deque<v1::StreamValidateCodesResponse> answers_;
  std::int64_t rows_ = 0;
  bool done_ = false;
  bool cancelled_ = false;
  bool silent_ = false;
};

}  // namespace codeset::client
