// When codes were valid, in records to be joined by date.
//
// Thread-safe: values and free functions.
#pragma once

#include <string>
#include <vector>

#include "client/cpp/client.h"
#include "codeset/v1/history.pb.h"

namespace codeset::ctl {

// A time during which the status and the titles of a code were the same.
struct ValidityRow {
  v1::CodeStatus status = v1::CODE_STATUS_UNSPECIFIED;
  // First day, and the first day after; empty if it lasts.
  std::string from_date;
  std::string until_date;
  // The release with which it began; empty where that is not known.
  std::string from_release_id;
  bool begins_after_gap = false;
  bool ends_in_gap = false;
  std::string short_title;
  std::string title;

  friend bool operator==(const ValidityRow&, const ValidityRow&) = default;
};

// The times of a code, oldest first: those in which it is known to exist, cut where its titles
// change, and those of which nobody knows that touch one of them.
std::vector<ValidityRow> ValidityRows(const v1::CodeHistory& history);

// The heading record as CSV; then a NOT_KNOWN record of the code `*` for each gap in order
// facts.
std::string ValidityCsvHeading(const client::HistoryHeader& header);
// The records of one code.
std::string ValidityCsv(const v1::CodeHistory& history);

// The first JSON line: {"releases":[…],"gaps":[…],"asOf":"…"}.
std::string ValidityHeaderJson(const client::HistoryHeader& header);

}  // namespace codeset::ctl
