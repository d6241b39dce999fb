// An import without a server: answers each message of pages with progress, and the half-close
// with a report; or ends with an error after some messages.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "client/cpp/connection.h"

namespace codeset::client {

// What an import did, kept beyond the stream.
struct ImportRecord {
  v1::ImportOptions options;
  // The pages of each message.
  std::vector<std::vector<v1::Reference>> batches;
  // What the end says, once it has come.
  std::optional<int> stated;
  bool done = false;
  bool cancelled = false;
};

class FakeImportStream : public ImportStream {
 public:
  // Ends with `end`, if it is an error, in place of the report, or of the progress of message
  // `fail_at` of pages, from 0.
  explicit FakeImportStream(std::shared_ptr<ImportRecord> record,
                            absl::Status end = absl::OkStatus(),
                            std::optional<std::size_t> fail_at = std::nullopt)
      : record_(std::move(record)), end_(std::move(end)), fail_at_(fail_at) {}

  bool Write(const v1::ImportReferencesRequest& request) override {
    if (failed_) return false;
    if (request.has_options()) {
      record_->options = request.options();
      return true;
    }
    if (request.has_end()) {
      record_->stated = request.end().documents();
      return true;
    }
    record_->batches.emplace_back(request.documents().references().begin(),
                                  request.documents().references().end());
    documents_ += request.documents().references_size();
    failed_ = fail_at_.has_value() && record_->batches.size() == *fail_at_ + 1;
    if (!failed_) answers_.emplace_back().mutable_progress()->set_documents(documents_);
    return true;
  }

  void WritesDone() override {
    record_->done = true;
    failed_ = !end_.ok();
    if (failed_) return;
    v1::ImportReport& report = *answers_.emplace_back().mutable_report();
    report.set_created(documents_);
    report.mutable_release()->set_release_id("2026");
    report.set_dry_run(record_->options.dry_run());
  }

  void Cancel() override { record_->cancelled = true; }

  absl::StatusOr<std::optional<v1::ImportReferencesResponse>> Next() override {
    if (answers_.empty()) {
      if (failed_) return end_;
      return std::optional<v1::ImportReferencesResponse>();
    }
    std::optional<v1::ImportReferencesResponse> answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

 private:
  std::shared_ptr<ImportRecord> record_;
  absl::Status end_;
  std::optional<std::size_t> fail_at_;
  std::deque<v1::ImportReferencesResponse> answers_;
  int documents_ = 0;
  bool failed_ = false;
};

}  // namespace codeset::client
