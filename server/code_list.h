// Serves CheckCodeList (proto/codeset/v1/code_list.proto): reads entries as they come,
// writes their rows, and reads on when those have gone out, so that a list of any length
// takes the memory of one message.
//
//   CodeListSession session(backend);             // what a call is, without transport
//   RETURN_IF_ERROR(session.Take(request));
//   while (auto response = session.Next()) { … }  // then the next request
//   RETURN_IF_ERROR(session.End());               // when there are no more
//
// Thread-safety: the free function is thread-safe, a session is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "codeset/v1/code_list.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/backend.h"
#include "server/reactor.h"
#include "server/replacements.h"
#include "storage/query/code_list.h"

namespace codeset::server {

// The most entries in a request.
inline constexpr int kMaxCodeListEntries = 1000;
// The most rows in a response.
inline constexpr int kMaxCodeListRows = 500;
// A response ends with the row that makes it at least so large, in bytes, which keeps it
// below what clients take by default (4 MiB).
inline constexpr size_t kMaxCodeListBytes = size_t{1} << 20;

// One call. See above.
class CodeListSession {
 public:
  // `backend` outlives the session.
  explicit CodeListSession(const Backend& backend, Cancelled cancelled = {})
      : backend_(backend), cancelled_(std::move(cancelled)) {}

  // Takes a request; nothing of the one before may be left. Errors, which end the call, are
  // ARGUMENT_INVALID where the first request has no pins, another one has some, or entries
  // are too few or too many, and those of two selectors.
  absl::Status Take(v1::CheckCodeListRequest request);

  // What is to be written next; nothing once all of the request is answered.
  absl::StatusOr<std::optional<v1::CheckCodeListResponse>> Next();

  // How the call ends if there are no more requests: ARGUMENT_INVALID if there was none.
  absl::Status End() const;

  // About what the comparison and the entries that are being answered take.
  size_t held_bytes() const;

 private:
  absl::Status Pin(const v1::CodeListPins& pins);
  // Says of a row that is gone or now a header what stands for it.
  void TellReplacements(v1::CodeListRow& row) const;
  v1::CheckCodeListResponse Head() const;

  const Backend& backend_;
  const Cancelled cancelled_;
  OpenRelease from_;
  OpenRelease to_;
  // From the first request on.
  std::optional<query::CodeListCheck> check_;
  std::optional<ReplacementScope> replacements_;
  bool head_sent_ = false;
  v1::CodeListEntries entries_;
  size_t entries_bytes_ = 0;
  // The number of the first of `entries_` in the whole list.
  int64_t first_index_ = 0;
  // The one of `entries_` that is being answered, and which of its rows comes next. The
  // entry is read when its turn comes.
  int entry_ = 0;
  std::optional<query::CodeListCheck::Entry> current_;
  size_t row_ = 0;
};

// The reactor of one call; it deletes itself when the call is done. `backend` outlives it.
ByteStreamReactor* CheckCodeList(const Backend& backend, grpc::CallbackServerContext* context);

}  // namespace codeset::server
