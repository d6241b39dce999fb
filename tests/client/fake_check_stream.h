// A check of a code list without a server: one row an entry, or as many as a test says, held
// back as a transport does it that has room for a few messages only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "client/cpp/connection.h"

namespace codeset::client {

class FakeCheckStream : public CheckStream {
 public:
  // Makes the rows of an entry.
  using MakeRows = std::function<std::vector<v1::CodeListRow>(const std::string& entry)>;

  // Answers with `first`, then with the rows of every entry; holds up to `room` answers that
  // were not read, and takes no entries while it is full.
  FakeCheckStream(v1::CheckCodeListResponse first, std::size_t room, MakeRows make_rows)
      : first_(std::move(first)), room_(room), make_rows_(std::move(make_rows)) {}

  bool Write(const v1::CheckCodeListRequest& request) override {
    std::unique_lock<std::mutex> lock(mutex_);
    if (request.has_pins()) {
      answers_.push_back(first_);
      changed_.notify_all();
      return !cancelled_;
    }
    largest_message_ = std::max(largest_message_, request.entries().entries_size());
    for (const std::string& entry : request.entries().entries()) {
      for (v1::CodeListRow& row : make_rows_(entry)) {
        changed_.wait(lock, [this] { return cancelled_ || answers_.size() < room_; });
        if (cancelled_) return false;
        row.set_entry_index(entries_);
        row.set_entry(entry);
        *answers_.emplace_back().add_rows() = std::move(row);
        changed_.notify_all();
      }
      ++entries_;
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

  absl::StatusOr<std::optional<v1::CheckCodeListResponse>> Next() override {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return cancelled_ || done_ || !answers_.empty(); });
    if (answers_.empty()) {
      if (cancelled_) return absl::CancelledError("cancelled");
      return std::optional<v1::CheckCodeListResponse>();
    }
    std::optional<v1::CheckCodeListResponse> answer = std::move(answers_.front());
    answers_.pop_front();
    changed_.notify_all();
    return answer;
  }

  int largest_message() const { return largest_message_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  v1::CheckCodeListResponse first_;
  std::size_t room_;
  MakeRows make_rows_;
  std::deque<v1::CheckCodeListResponse> answers_;
  std::int64_t entries_ = 0;
  int largest_message_ = 0;
  bool done_ = false;
  bool cancelled_ = false;
};

}  // namespace codeset::client
