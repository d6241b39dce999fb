#include "server/code_list.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "server/error.h"
#include "server/request.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

absl::Status Cancelled() {
  return model::MakeError(model::Reason::kCancelled, "the call ended before all was checked");
}

// The entry as it was sent, or its beginning where it is longer than entries are: a row must
// not grow with what is refused.
std::string Shown(const std::string& entry) {
  if (entry.size() <= model::kMaxIdTextLength) return entry;
  size_t end = model::kMaxIdTextLength;
  // Not within a character: bytes of the form 10xxxxxx continue one.
  while (end > 0 && (static_cast<unsigned char>(entry[end]) & 0xC0) == 0x80) --end;
  return entry.substr(0, end);
}

// Nothing but one read or one write is under way at a time, so that reactions follow each
// other; OnCancel alone may come at any time.
class CodeListReactor final
    : public grpc::ServerBidiReactor<v1::CheckCodeListRequest, v1::CheckCodeListResponse> {
 public:
  explicit CodeListReactor(const Backend& backend) : session_(backend) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      // A read fails alike when the client has half-closed and when the call broke off.
      Finish(ToGrpcStatus(cancelled_ ? Cancelled() : session_.End()));
      return;
    }
    if (const absl::Status status = session_.Take(std::move(request_)); !status.ok()) {
      Finish(ToGrpcStatus(status));
      return;
    }
    WriteOrRead();
  }

  void OnWriteDone(bool ok) override {
    if (!ok || cancelled_) {
      Finish(ToGrpcStatus(Cancelled()));
      return;
    }
    WriteOrRead();
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  void WriteOrRead() {
    if (std::optional<v1::CheckCodeListResponse> response = session_.Next()) {
      response_ = *std::move(response);
      StartWrite(&response_);
      return;
    }
    request_.Clear();
    StartRead(&request_);
  }

  CodeListSession session_;
  v1::CheckCodeListRequest request_;
  // Kept until it is written.
  v1::CheckCodeListResponse response_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace

absl::Status CodeListSession::Take(v1::CheckCodeListRequest request) {
  RequestCheck check;
  if (!check_.has_value()) {
    if (!request.has_pins()) check.Fail("pins", "the first message names the two releases");
    RETURN_IF_ERROR(check.status());
    return Pin(request.pins());
  }
  if (request.has_pins()) check.Fail("pins", "only the first message names releases");
  if (!request.has_pins()) {
    check.Count("entries.entries", request.entries().entries_size(), kMaxCodeListEntries);
  }
  RETURN_IF_ERROR(check.status());
  first_index_ += entries_.entries_size();
  entries_ = std::move(*request.mutable_entries());
  entry_ = 0;
  return absl::OkStatus();
}

absl::Status CodeListSession::Pin(const v1::CodeListPins& pins) {
  RequestCheck check;
  check.Selector("pins.from", pins.from());
  check.Selector("pins.to", pins.to());
  RETURN_IF_ERROR(check.status());
  const std::shared_ptr<const store::Catalog> catalog = backend_.store.catalog();
  ASSIGN_OR_RETURN(from_, ResolveIn(backend_, catalog, pins.from(), "pins.from"));
  ASSIGN_OR_RETURN(to_, ResolveIn(backend_, catalog, pins.to(), "pins.to"));
  RETURN_IF_ERROR(OpenImage(backend_, from_));
  RETURN_IF_ERROR(OpenImage(backend_, to_));
  ASSIGN_OR_RETURN(replacements_, OpenReplacements(backend_, from_, to_));
  check_.emplace(*from_.image, *to_.image);
  return absl::OkStatus();
}

void CodeListSession::TellReplacements(v1::CodeListRow& row) const {
  const bool asks = std::any_of(row.outcomes().begin(), row.outcomes().end(), [](int outcome) {
    return outcome == v1::CODE_LIST_OUTCOME_GONE || outcome == v1::CODE_LIST_OUTCOME_NOW_HEADER;
  });
  if (!asks) return;
  const absl::StatusOr<std::string> key = model::ParseCode(row.id());
  if (!key.ok()) return;
  for (v1::Replacement& replacement : replacements_->Find(*key)) {
    *row.add_replacements() = std::move(replacement);
  }
}

v1::CheckCodeListResponse CodeListSession::Head() const {
  v1::CheckCodeListResponse head;
  *head.mutable_from() = from_.resolved;
  *head.mutable_to() = to_.resolved;
  head.set_notes_compared(check_->notes_compared());
  return head;
}

std::optional<v1::CheckCodeListResponse> CodeListSession::Next() {
  if (!check_.has_value()) return std::nullopt;
  if (!head_sent_) {
    head_sent_ = true;
    return Head();
  }
  v1::CheckCodeListResponse response;
  size_t bytes = 0;
  while (entry_ < entries_.entries_size()) {
    const std::string& text = entries_.entries(entry_);
    if (!current_.has_value()) {
      current_ = check_->Read(text);
      row_ = 0;
    }
    for (; row_ < current_->codes.size(); ++row_) {
      if (response.rows_size() == kMaxCodeListRows || bytes >= kMaxCodeListBytes) return response;
      v1::CodeListRow& row = *response.add_rows();
      row = check_->RowOf(*current_, row_);
      TellReplacements(row);
      row.set_entry_index(first_index_ + entry_);
      row.set_entry(Shown(text));
      bytes += row.ByteSizeLong();
    }
    current_.reset();
    ++entry_;
  }
  if (response.rows().empty()) return std::nullopt;
  return response;
}

absl::Status CodeListSession::End() const {
  RequestCheck check;
  if (!check_.has_value()) check.Fail("pins", "the first message names the two releases");
  return check.status();
}

grpc::ServerBidiReactor<v1::CheckCodeListRequest, v1::CheckCodeListResponse>* CheckCodeList(
    const Backend& backend) {
  // Deletes itself when the call is done.
  return new CodeListReactor(backend);
}

}  // namespace codeset::server
