#include "server/code_list.h"

#include <algorithm>
#include <utility>

#include "server/error.h"
#include "server/reactor.h"
#include "server/request.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
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
  entries_bytes_ = entries_.ByteSizeLong();
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
  ASSIGN_OR_RETURN(replacements_, OpenReplacements(backend_, from_, to_, cancelled_));
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
  row.set_replacements_incomplete(!replacements_->uncovered_editions.empty());
}

v1::CheckCodeListResponse CodeListSession::Head() const {
  v1::CheckCodeListResponse head;
  *head.mutable_from() = from_.resolved;
  *head.mutable_to() = to_.resolved;
  head.set_notes_compared(check_->notes_compared());
  return head;
}

absl::StatusOr<std::optional<v1::CheckCodeListResponse>> CodeListSession::Next() {
  using Answer = std::optional<v1::CheckCodeListResponse>;
  if (!check_.has_value()) return Answer();
  if (!head_sent_) {
    head_sent_ = true;
    return Answer(Head());
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
      if (response.rows_size() == kMaxCodeListRows || bytes >= kMaxCodeListBytes) {
        return Answer(std::move(response));
      }
      v1::CodeListRow& row = *response.add_rows();
      row = check_->RowOf(*current_, row_);
      TellReplacements(row);
      row.set_entry_index(first_index_ + entry_);
      row.set_entry(ShownText(text));
      bytes += row.ByteSizeLong();
    }
    current_.reset();
    ++entry_;
  }
  if (response.rows().empty()) return Answer();
  return Answer(std::move(response));
}

size_t CodeListSession::held_bytes() const {
  size_t bytes = check_.has_value() ? check_->held_bytes() : 0;
  if (current_.has_value()) bytes += current_->codes.capacity() * sizeof(current_->codes.front());
  return bytes + entries_bytes_;
}

absl::Status CodeListSession::End() const {
  RequestCheck check;
  if (!check_.has_value()) check.Fail("pins", "the first message names the two releases");
  return check.status();
}

ByteStreamReactor* CheckCodeList(const Backend& backend, grpc::CallbackServerContext* context) {
  // Deletes itself when the call is done.
  return new SessionReactor<CodeListSession, v1::CheckCodeListRequest, v1::CheckCodeListResponse>(
      context, backend);
}

}  // namespace codeset::server
