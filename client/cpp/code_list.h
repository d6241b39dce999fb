// Checks a list of codes that was drawn up for one release against another.
//
//   v1::CodeListPins pins;
//   *pins.mutable_from() = client::ById("2024");
//   *pins.mutable_to() = client::ById("2027");
//   client::CheckRange rows = client.CheckCodeList(pins, client::EntriesOf(codes));
//   for (absl::StatusOr<v1::CodeListRow>& row : rows) …
//
// Lists may be of any length: entries are sent on a thread of the range's own while rows are
// read on the caller's, and each side waits for the other when it is ahead.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/cpp/connection.h"
#include "client/cpp/range.h"

namespace codeset::client {

// What a check says of the whole.
struct CheckHeader {
  v1::ResolvedRelease from;
  v1::ResolvedRelease to;
  // Whether notes could be compared; where not, no outcome says anything of notes.
  bool notes_compared = false;
};

using CheckRange = BatchRange<v1::CodeListRow, CheckHeader>;

// Gives the next entry of a list; nothing at its end, after which it is not called again.
// Called on a thread of the range's, never by two at once; a range that is left early waits
// for a call that is under way. An entry is at most 64 bytes of UTF-8.
using NextEntry = std::function<std::optional<std::string>()>;

// The entries of a list that is held in memory.
NextEntry EntriesOf(std::vector<std::string> entries);

// The rows of a check whose call `open` starts when the range is first used.
CheckRange CheckEntries(std::function<std::unique_ptr<CheckStream>()> open,
                        const v1::CodeListPins& pins, NextEntry next_entry);

}  // namespace codeset::client
