#include "client/cpp/validation.h"

#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/assertion.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

// How many rows a message carries: the most the server takes.
constexpr int kRowsPerMessage = 1000;

// What rows asked for that are sent and not answered yet, in their order: what each asserts is
// held against the release that answers it.
class AskedSelectors {
 public:
  explicit AskedSelectors(v1::ReleaseSelector of_call) : of_call_(std::move(of_call)) {}

  void Add(const v1::CodeToValidate& row) {
    const std::lock_guard<std::mutex> lock(mutex_);
    asked_.push_back(row.has_release() ? std::optional<v1::ReleaseSelector>(row.release())
                                       : std::nullopt);
  }

  // There will be no more.
  void Finish() {
    const std::lock_guard<std::mutex> lock(mutex_);
    finished_ = true;
  }

  // OK if there will be no more and all have been taken.
  absl::Status AtTheEnd() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (asked_.empty() && finished_) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat("the call ended with ", asked_.size(), " rows unanswered",
                     finished_ ? "" : " and others not sent", "; ask again"));
  }

  // That of the next row to be answered.
  v1::ReleaseSelector Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::optional<v1::ReleaseSelector> next;
    if (!asked_.empty()) {
      next = std::move(asked_.front());
      asked_.pop_front();
    }
    return next.has_value() ? *std::move(next) : of_call_;
  }

 private:
  const v1::ReleaseSelector of_call_;
  std::mutex mutex_;
  std::deque<std::optional<v1::ReleaseSelector>> asked_;
  bool finished_ = false;
};

// Sends everything, until the call ends.
void SendRows(ValidationStream& stream, const v1::ReleaseSelector& release,
              const NextCode& next_code, AskedSelectors& asked) {
  v1::StreamValidateCodesRequest request;
  *request.mutable_release() = release;
  bool more = true;
  while (more) {
    while (more && request.rows_size() < kRowsPerMessage) {
      std::optional<v1::CodeToValidate> row = next_code();
      more = row.has_value();
      if (!more) {
        asked.Finish();
        break;
      }
      asked.Add(*row);
      *request.add_rows() = *std::move(row);
    }
    if (!request.rows().empty() && !stream.Write(request)) break;
    request.Clear();
  }
  stream.WritesDone();
}

// A call under way. Results of a few rows may be more than the transport holds, so that the
// server stops reading until they are read: writing has to be a thread of its own.
class ValidationCall {
 public:
  ValidationCall(std::unique_ptr<ValidationStream> stream, const v1::ReleaseSelector& release,
                 NextCode next_code)
      : stream_(std::move(stream)),
        asked_(release),
        writer_([this, release, next_code = std::move(next_code)] {
          SendRows(*stream_, release, next_code, asked_);
        }) {}
  ValidationCall(const ValidationCall&) = delete;
  ValidationCall& operator=(const ValidationCall&) = delete;
  ~ValidationCall() {
    // Frees a writer that waits for the server.
    stream_->Cancel();
    writer_.join();
  }

  // The results of the next message.
  absl::StatusOr<std::optional<ValidationRange::Batch>> Next() {
    ASSIGN_OR_RETURN(std::optional<v1::StreamValidateCodesResponse> message, stream_->Next());
    if (!message.has_value()) {
      // Rows that are not there must not pass for rows with which nothing is wrong.
      RETURN_IF_ERROR(asked_.AtTheEnd());
      return std::optional<ValidationRange::Batch>();
    }
    for (v1::ResolvedRelease& release : *message->mutable_releases()) {
      releases_.push_back(std::make_shared<const v1::ResolvedRelease>(std::move(release)));
    }
    ValidationRange::Batch batch;
    batch.header.emplace();
    for (v1::CodeValidation& result : *message->mutable_results()) {
      const int place = result.release_index();
      if (place >= static_cast<int>(releases_.size())) {
        return absl::InternalError(
            absl::StrCat("the server answers row ", result.row(), " from a release it never told"));
      }
      const v1::ReleaseSelector asked = asked_.Take();
      if (place >= 0) RETURN_IF_ERROR(CheckAssertion(asked, *releases_[place]));
      batch.items.push_back({std::move(result), place < 0 ? nullptr : releases_[place]});
    }
    return std::optional<ValidationRange::Batch>(std::move(batch));
  }

 private:
  std::unique_ptr<ValidationStream> stream_;
  std::vector<std::shared_ptr<const v1::ResolvedRelease>> releases_;
  AskedSelectors asked_;
  // Last, since it uses the rest.
  std::thread writer_;
};

}  // namespace

NextCode RowsOf(std::vector<std::string> codes) {
  return [codes = std::move(codes), next = std::size_t{0}]() mutable {
    std::optional<v1::CodeToValidate> row;
    if (next < codes.size()) row.emplace().set_code(codes[next++]);
    return row;
  };
}

ValidationRange ValidateRows(std::function<std::unique_ptr<ValidationStream>()> open,
                             const v1::ReleaseSelector& release, NextCode next_code) {
  // Shared, since std::function wants its content to be copyable.
  return ValidationRange([open = std::move(open), release, next_code = std::move(next_code),
                          call = std::shared_ptr<ValidationCall>()]() mutable {
    if (call == nullptr) call = std::make_shared<ValidationCall>(open(), release, next_code);
    return call->Next();
  });
}

}  // namespace codeset::client
