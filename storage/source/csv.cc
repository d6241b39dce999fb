#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/source/table_rows.h"
#include "storage/source/text.h"

namespace codeset::source {

absl::StatusOr<std::vector<TableRow>> ReadCsvRows(absl::string_view name, absl::string_view bytes) {
  const auto malformed = [&](int line, absl::string_view why) {
    return model::MakeFileError(model::Reason::kSourceMalformed, name, line, why);
  };
  const absl::string_view text = WithoutByteOrderMark(bytes);
  if (const std::optional<TextFault> fault = FindTextFault(text)) {
    return malformed(LineOf(text, fault->offset), fault->what);
  }
  std::vector<TableRow> rows;
  TableRow row{1, {}};
  std::string cell;
  int line = 1;
  int quoted_from = 0;      // The line of the quote that is open; 0 for none.
  bool was_quoted = false;  // The cell was quoted, and its quote is closed.
  const auto end_cell = [&] {
    if (row.cells.size() < kMaxTableColumns) row.cells.push_back(cell);
    cell.clear();
    was_quoted = false;
  };
  // False where there are too many.
  const auto end_row = [&] {
    end_cell();
    TableRow ended = std::exchange(row, TableRow{line, {}});
    if (ended.cells.size() == 1 && ended.cells[0].empty()) return true;
    if (rows.size() == kMaxTableRows) return false;
    rows.push_back(std::move(ended));
    return true;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quoted_from != 0) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted_from = 0;
        was_quoted = true;
      }
    } else if (c == '"') {
      if (!cell.empty() || was_quoted) {
        return malformed(line, "a quote stands within a cell that is not quoted as a whole");
      }
      quoted_from = line;
    } else if (c == ',') {
      end_cell();
    } else if (c == '\n') {
      if (!end_row()) return malformed(line - 1, "the table has too many rows");
    } else if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      continue;
    } else if (was_quoted) {
      return malformed(line, "text follows a cell's closing quote");
    } else {
      cell += c;
    }
  }
  if (quoted_from != 0) return malformed(quoted_from, "the quote that opens a cell is not closed");
  // The last row need not end in a line end.
  if (!end_row()) return malformed(line, "the table has too many rows");
  return rows;
}

}  // namespace codeset::source
