// An input range over an answer that comes in batches: pages or messages of a stream.
//
//   client::ConceptRange range = client.StreamDescendants(request);
//   for (absl::StatusOr<v1::Concept>& item : range) {
//     if (!item.ok()) return item.status();  // the last element, if it is an error
//     Use(*item);
//   }
//
// A batch is fetched when an element of it is first needed, on the caller's thread; at
// most one is held. The range is walked once. An error is the last element. Not
// thread-safe; movable, but not while it is walked.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace codeset::client {

// A range of `T`; `Header` is what the first batch says of the whole answer.
template <typename T, typename Header>
class BatchRange {
 public:
  // Part of an answer.
  struct Batch {
    // In the first batch.
    std::optional<Header> header;
    std::vector<T> items;
  };
  // Gives the next batch; nothing at the end. Not called again after an end or an error.
  using Fetch = std::function<absl::StatusOr<std::optional<Batch>>()>;

  explicit BatchRange(Fetch fetch) : fetch_(std::move(fetch)) {}

  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = absl::StatusOr<T>;
    using difference_type = std::ptrdiff_t;

    value_type& operator*() const { return range_->element_; }
    Iterator& operator++() {
      range_->Advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return range_->at_end_; }

   private:
    friend class BatchRange;
    explicit Iterator(BatchRange* range) : range_(range) {}
    BatchRange* range_;
  };

  // Goes to the first element, or stays where the walk is.
  Iterator begin() {
    if (!begun_) {
      begun_ = true;
      Advance();
    }
    return Iterator(this);
  }
  std::default_sentinel_t end() const { return {}; }

  // What the answer says of the whole, such as which release answered; fetches the first
  // batch if that has not happened. The call's error if the first batch is one.
  absl::StatusOr<Header> header() {
    if (!header_.has_value() && !finished_) FetchBatch();
    if (header_.has_value()) return *header_;
    if (!status_.ok()) return status_;
    return absl::InternalError("the server's answer does not say which release answered");
  }

 private:
  // Takes one batch in, or notes the end.
  void FetchBatch() {
    absl::StatusOr<std::optional<Batch>> batch = fetch_();
    if (!batch.ok() || !batch->has_value()) {
      finished_ = true;
      status_ = batch.status();
      fetch_ = nullptr;  // ends the call and frees what it holds
      return;
    }
    if ((*batch)->header.has_value()) header_ = std::move((*batch)->header);
    items_ = std::move((*batch)->items);
    next_ = 0;
  }

  void Advance() {
    while (next_ == items_.size() && !finished_) FetchBatch();
    if (next_ < items_.size()) {
      element_ = std::move(items_[next_++]);
    } else if (!status_.ok() && !error_given_) {
      element_ = status_;
      error_given_ = true;
    } else {
      at_end_ = true;
    }
  }

  Fetch fetch_;
  std::vector<T> items_;
  std::size_t next_ = 0;
  std::optional<Header> header_;
  absl::StatusOr<T> element_ = absl::UnknownError("the range was not begun");
  absl::Status status_;
  bool begun_ = false;
  bool finished_ = false;
  bool error_given_ = false;
  bool at_end_ = false;
};

}  // namespace codeset::client
