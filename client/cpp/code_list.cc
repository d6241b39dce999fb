#include "client/cpp/code_list.h"

#include <iterator>
#include <thread>
#include <utility>

#include "client/cpp/assertion.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

// How many entries a message carries: the most the server takes.
constexpr int kEntriesPerMessage = 1000;

// Sends everything, until the call ends.
void SendEntries(CheckStream& stream, const v1::CodeListPins& pins, const NextEntry& next_entry) {
  v1::CheckCodeListRequest request;
  *request.mutable_pins() = pins;
  bool more = true;
  while (stream.Write(request)) {
    if (!more) break;
    v1::CodeListEntries* entries = request.mutable_entries();
    entries->clear_entries();
    while (more && entries->entries_size() < kEntriesPerMessage) {
      std::optional<std::string> entry = next_entry();
      more = entry.has_value();
      if (more) entries->add_entries(*std::move(entry));
    }
    // The server takes no message without entries.
    if (entries->entries().empty()) break;
  }
  stream.WritesDone();
}

// A check under way. Rows of one entry may be more than the transport holds, so that the
// server stops reading until they are read: writing has to be a thread of its own.
class CheckCall {
 public:
  CheckCall(std::unique_ptr<CheckStream> stream, const v1::CodeListPins& pins, NextEntry next_entry)
      : stream_(std::move(stream)), writer_([this, pins, next_entry = std::move(next_entry)] {
          SendEntries(*stream_, pins, next_entry);
        }) {}
  CheckCall(const CheckCall&) = delete;
  CheckCall& operator=(const CheckCall&) = delete;
  ~CheckCall() {
    // Frees a writer that waits for the server.
    stream_->Cancel();
    writer_.join();
  }

  absl::StatusOr<std::optional<v1::CheckCodeListResponse>> Next() { return stream_->Next(); }

 private:
  std::unique_ptr<CheckStream> stream_;
  std::thread writer_;
};

}  // namespace

NextEntry EntriesOf(std::vector<std::string> entries) {
  return [entries = std::move(entries), next = std::size_t{0}]() mutable {
    return next < entries.size() ? std::optional<std::string>(entries[next++]) : std::nullopt;
  };
}

CheckRange CheckEntries(std::function<std::unique_ptr<CheckStream>()> open,
                        const v1::CodeListPins& pins, NextEntry next_entry) {
  // Shared, since std::function wants its content to be copyable.
  return CheckRange([open = std::move(open), pins, next_entry = std::move(next_entry),
                     call = std::shared_ptr<CheckCall>()]() mutable
                    -> absl::StatusOr<std::optional<CheckRange::Batch>> {
    const bool first = call == nullptr;
    if (first) call = std::make_shared<CheckCall>(open(), pins, next_entry);
    ASSIGN_OR_RETURN(std::optional<v1::CheckCodeListResponse> message, call->Next());
    if (!message.has_value()) return std::optional<CheckRange::Batch>();
    CheckRange::Batch batch;
    if (first) {
      RETURN_IF_ERROR(CheckAssertion(pins.from(), message->from()));
      RETURN_IF_ERROR(CheckAssertion(pins.to(), message->to()));
      batch.header = CheckHeader{message->from(), message->to(), message->notes_compared()};
    }
    batch.items = {std::make_move_iterator(message->mutable_rows()->begin()),
                   std::make_move_iterator(message->mutable_rows()->end())};
    return std::optional<CheckRange::Batch>(std::move(batch));
  });
}

}  // namespace codeset::client
