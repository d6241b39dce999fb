// Reads the publisher's conversion table: under a heading, which notices to readers and empty
// rows may precede, rows of current code, effective date and previous codes. It comes as a
// spreadsheet, once as comma-separated values.
//
// Thread-safe: free functions.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/conversion.h"
#include "storage/model/release.h"
#include "storage/model/release_id.h"
#include "storage/source/disagreement.h"
#include "storage/source/table_rows.h"

namespace codeset::source {

// The first cell of the heading, which no other published table has.
inline constexpr absl::string_view kConversionSign = "Current code assignment";

// True if one of the rows is the heading of a conversion table.
bool IsConversionTable(const std::vector<TableRow>& rows);

// Reads the rows of a conversion table. SOURCE_MALFORMED names row and reason where there is
// no heading, a current code is none, a date is impossible, or the table has no row. The cell
// of previous codes is taken as it stands; see CheckConversionTable.
absl::StatusOr<model::ConversionTable> ParseConversionTable(absl::string_view name,
                                                            const std::vector<TableRow>& rows);

// Holds a conversion table against the order file of its release.
// * CONVERSION_OF_OTHER_EDITION (fatal): its newest row is not of the day on which the edition
//   took effect, as in every published table. A group never changes, so that a table of
//   another year would make answers wrong for good.
// * CONVERSION_CODE_NOT_IN_ORDER: current codes that the order file lacks.
// * CONVERSION_PREVIOUS_NOT_READ: cells of previous codes that cannot be read; such a row
//   leads nowhere.
// * CONVERSION_ROW_REPEATED: rows that say the same as another.
std::vector<Disagreement> CheckConversionTable(const model::ReleaseId& id, model::Date effective,
                                               const model::OrderFacts& order,
                                               const model::ConversionTable& table);

}  // namespace codeset::source
