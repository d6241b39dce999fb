// Holds a list of POA-exempt codes against the order file of its release, and against what
// the publisher's read-me says of it.
//
// A list of another edition, or one of additions taken for the list, would make answers
// wrong for good, since a group never changes once it is loaded. In every published list
// each code is billable in the order file of its edition, all but 18 order numbers are those
// of the order file's rows, the read-me's count is the list's, and the list names half of
// the billable codes, a list of additions a fortieth at most.
//
// Thread-safe: pure functions.
#pragma once

#include <vector>

#include "storage/model/release.h"
#include "storage/source/disagreement.h"
#include "storage/source/poa_list.h"

namespace codeset::source {

// What does not fit: POA_CODE_NOT_BILLABLE, POA_ORDER_DIFFERS, POA_COUNT_DIFFERS,
// POA_LIST_MUCH_SHORTER, each once at most and all of them fatal.
std::vector<Disagreement> CheckPoaList(const model::OrderFacts& order, const PoaListing& listing,
                                       const std::vector<PoaCount>& counts);

}  // namespace codeset::source
