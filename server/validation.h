// Serves ValidateCodes and StreamValidateCodes (proto/codeset/v1/validation.proto).
//
//   ValidationSession session(backend);             // what a call is, without transport
//   RETURN_IF_ERROR(session.Take(request));
//   while (true) {
//     ASSIGN_OR_RETURN(auto response, session.Next());
//     if (!response.has_value()) break;             // then the next request
//   }
//
// A call takes the catalog once: every row of a stream is answered from what was loaded when
// it began, and a selector that comes again means the same release, across midnight too. A
// stream takes the memory of one message, and of what its distinct selectors came to, up to
// kMaxKnownBytes.
//
// Thread-safety: the free functions are thread-safe, a session is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/validation.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "server/reactor.h"
#include "server/release_validators.h"

namespace codeset::server {

// The most rows in a request.
inline constexpr int kMaxValidationRows = 1000;
// A response ends with the result that makes it at least so large, in bytes, which keeps it
// below what clients take by default (4 MiB).
inline constexpr size_t kMaxValidationBytes = size_t{1} << 20;
// About what a stream remembers of selectors and what they came to: some 5,000 days of service.
// Further ones are resolved again each time they come.
inline constexpr size_t kMaxKnownBytes = size_t{1} << 20;
// After how many rows it is looked whether the call was cancelled; also the most results in a
// response of a stream.
inline constexpr int kRowsBetweenLooks = 100;

// Handles ValidateCodes: the bytes of a v1::ValidateCodesResponse. Rows that are right, which most
// are, are written without a message. Errors: ARGUMENT_INVALID, those of a selector,
// ANSWER_TOO_LARGE, CANCELLED where nobody waits any more, and those of opening images.
absl::StatusOr<std::string> ValidateCodesBytes(const Backend& backend,
                                               const v1::ValidateCodesRequest& request,
                                               const Cancelled& cancelled = {});

// One call of StreamValidateCodes. See above.
class ValidationSession {
 public:
  // `backend` outlives the session.
  explicit ValidationSession(const Backend& backend, Cancelled cancelled = {})
      : backend_(backend),
        catalog_(backend.store.catalog()),
        validators_(backend, std::move(cancelled)) {}

  // Takes a request; nothing of the one before may be left. ARGUMENT_INVALID, which ends the
  // call, where there are too many rows, none in any request but the first, or a release in
  // any but the first.
  absl::Status Take(v1::StreamValidateCodesRequest request);

  // What is to be written next; nothing once all of the request is answered. Errors are those
  // of opening images.
  absl::StatusOr<std::optional<v1::StreamValidateCodesResponse>> Next();

  // How the call ends if there are no more requests; always OK.
  absl::Status End() const { return absl::OkStatus(); }

  // About what the request that is being answered, and what is remembered of selectors, take.
  size_t held_bytes() const { return request_bytes_ + known_bytes_; }

 private:
  // What a selector came to.
  struct Resolved {
    // What a row has that is not answered.
    v1::CodeValidation failure;
    // Null then.
    std::shared_ptr<ReleaseValidator> validator;
    int32_t release_index = -1;
  };

  absl::StatusOr<v1::CodeValidation> Answer(const v1::CodeToValidate& row,
                                            v1::StreamValidateCodesResponse& response);
  // Resolves a selector; releases that had not answered yet are added to the response.
  absl::StatusOr<Resolved> Resolve(const v1::ReleaseSelector& selector,
                                   v1::StreamValidateCodesResponse& response);

  const Backend& backend_;
  std::shared_ptr<const store::Catalog> catalog_;
  ReleaseValidators validators_;
  bool begun_ = false;
  v1::ReleaseSelector default_release_;
  // By selector, in bytes.
  absl::flat_hash_map<std::string, Resolved> known_;
  size_t known_bytes_ = 0;
  // Places of the releases told so far, by the message that told them, in bytes.
  absl::flat_hash_map<std::string, int32_t> told_;
  v1::StreamValidateCodesRequest request_;
  size_t request_bytes_ = 0;
  // The number of the first of its rows, and which comes next.
  int64_t first_row_ = 0;
  int row_ = 0;
};

// The reactor of one call; it deletes itself when the call is done. `backend` outlives it.
ByteStreamReactor* StreamValidateCodes(const Backend& backend,
                                       grpc::CallbackServerContext* context);

}  // namespace codeset::server
