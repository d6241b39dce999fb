// What the client's calls share: answers held against what was asserted, and ranges over pages and
// streams.
//
// Included by the client's own sources alone. Thread-safe: free functions.
#pragma once

#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cpp/assertion.h"
#include "client/cpp/range.h"
#include "codeset/v1/selector.pb.h"
#include "storage/model/status_macros.h"

namespace codeset::client {

// How many items a page brings unless the request says otherwise: the most the server gives,
// since a range is walked to its end.
inline constexpr int kPageSize = 1000;

// The items of a repeated field, moved out of it.
template <typename T>
std::vector<T> Take(google::protobuf::RepeatedPtrField<T>* field) {
  return {std::make_move_iterator(field->begin()), std::make_move_iterator(field->end())};
}

// `answer`, unless it is from another release than `asked` asserts.
template <typename Response>
absl::StatusOr<Response> Asserted(const v1::ReleaseSelector& asked,
                                  absl::StatusOr<Response> answer) {
  if (answer.ok()) RETURN_IF_ERROR(CheckAssertion(asked, answer->release()));
  return answer;
}

// A range that ends with `error` at once.
template <typename Range>
Range Failed(absl::Status error) {
  return Range(
      [error = std::move(error)]() -> absl::StatusOr<std::optional<typename Range::Batch>> {
        return error;
      });
}

// A range over the pages that `get_page` returns for `request`; `unpack` makes a batch of a page
// and is told whether it is the first. Pages end with the first that has no token for the next.
template <typename Range, typename Request, typename GetPage, typename Unpack>
Range OverPagesOf(Request request, GetPage get_page, Unpack unpack) {
  if (request.page_size() == 0) request.set_page_size(kPageSize);
  bool first = true;
  bool last = false;
  return Range([=]() mutable -> absl::StatusOr<std::optional<typename Range::Batch>> {
    if (last) return std::optional<typename Range::Batch>();
    ASSIGN_OR_RETURN(auto page, get_page(request));
    last = page.next_page_token().empty();
    request.set_page_token(page.next_page_token());
    typename Range::Batch batch = unpack(page, first);
    first = false;
    return std::optional<typename Range::Batch>(std::move(batch));
  });
}

// A range over the messages of the stream that `open` starts. `check` holds the first one
// against what was asserted; `unpack` makes a batch of a message and is told whether it is the
// first.
template <typename Range, typename Open, typename Check, typename Unpack>
Range OverStream(Open open, Check check, Unpack unpack) {
  // Shared, since std::function wants its content to be copyable.
  using Stream = typename decltype(open())::element_type;
  return Range([=, stream = std::shared_ptr<Stream>()]() mutable
               -> absl::StatusOr<std::optional<typename Range::Batch>> {
    const bool first = stream == nullptr;
    if (first) stream = open();
    ASSIGN_OR_RETURN(auto message, stream->Next());
    if (!message.has_value()) return std::optional<typename Range::Batch>();
    if (first) RETURN_IF_ERROR(check(*message));
    return std::optional<typename Range::Batch>(unpack(*message, first));
  });
}

}  // namespace codeset::client
