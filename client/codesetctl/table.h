// Tables for terminals and CSV for programs.
//
// Thread-safe: values and free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace codeset::ctl {

// How many columns of a terminal UTF-8 text takes: one a character, none for combining
// marks. A byte that is no UTF-8 counts one.
int DisplayWidth(absl::string_view text);

// `text` cut at a character to `width` columns, its last one then being an ellipsis.
std::string Fit(absl::string_view text, int width);

// A column of a table.
struct Column {
  std::string heading;
  // Whether cells may be cut so that the table fits its terminal.
  bool shrinks = false;
};

// A table; every row has a cell a column.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

// The table in aligned columns, two spaces apart, headings first, without spaces at the
// ends of lines. With `columns`, columns that shrink are cut, the widest first, until the
// table fits; none is cut below eight.
std::string FormatTable(const Table& table, std::optional<int> columns);

// One record by RFC 4180: CRLF at its end, quotes only where a field needs them.
std::string FormatCsvRecord(const std::vector<std::string>& fields);

}  // namespace codeset::ctl
