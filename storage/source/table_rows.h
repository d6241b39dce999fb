// Rows of tables as published files hold them, whatever the format: a spreadsheet's first
// sheet, or comma-separated values.
//
// Debian's libcsv was looked at for the latter and not taken: it tells the lines of neither
// rows nor errors. liborcus was not for the former: pugixml and libzip, which are here
// anyway, read the four parts that matter with their row numbers; liborcus brings Boost, ixion
// and exceptions, and leaves the limits on what is unpacked to itself.
//
// Thread-safe: values and free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/source/archive.h"

namespace codeset::source {

// A row.
struct TableRow {
  // Of the sheet, or the line at which it begins; from 1.
  int number = 0;
  // As published, numbers as they are written in the file. At most kMaxTableColumns.
  std::vector<std::string> cells;
};

// Columns beyond this one are not looked at.
inline constexpr size_t kMaxTableColumns = 64;
// Rows of a table; as many as a spreadsheet may have.
inline constexpr int kMaxTableRows = 1 << 20;
// Bytes of a table's cells together, beyond which it is refused: a small file can name one long
// text a million times.
inline constexpr size_t kMaxTableBytes = size_t{64} << 20;

// Reads comma-separated values (RFC 4180: quoted cells may hold line ends). Empty lines are no
// rows. SOURCE_MALFORMED names line and reason where quotes are broken, bytes are no UTF-8 text,
// or there are too many rows.
absl::StatusOr<std::vector<TableRow>> ReadCsvRows(absl::string_view name, absl::string_view bytes);

// Reads the first sheet of a spreadsheet (Office Open XML). Rows without a cell are left out;
// a document of the same form that is no spreadsheet, or whose first sheet is a chart, has none.
// Nor has a sheet without a cell that is `sign`, whatever its case and white space around it:
// mostly that shows before anything is parsed. SOURCE_UNREADABLE where the zip is damaged or too
// large, SOURCE_MALFORMED with row and reason where what it holds is no such spreadsheet. What is
// unpacked counts for `archives`.
absl::StatusOr<std::vector<TableRow>> ReadSpreadsheetRows(absl::string_view name,
                                                          absl::string_view bytes,
                                                          absl::string_view sign,
                                                          ArchiveReader& archives);

}  // namespace codeset::source
