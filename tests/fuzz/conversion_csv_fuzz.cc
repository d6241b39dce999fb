// Conversion tables as comma-separated values.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "storage/source/table_rows.h"
#include "tests/fuzz/conversion_check.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {
namespace {

constexpr char kName[] = "table.csv";

// Every cell in quotes.
std::string Write(const std::vector<source::TableRow>& rows) {
  std::string text;
  for (const source::TableRow& row : rows) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      absl::StrAppend(&text, i == 0 ? "\"" : ",\"",
                      absl::StrReplaceAll(row.cells[i], {{"\"", "\"\""}}), "\"");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = fuzz::TextOf(data, size);
  const auto rows = source::ReadCsvRows(kName, text);
  if (!rows.ok()) {
    return fuzz::ExpectFileError(rows.status(), kName, text, {model::Reason::kSourceMalformed});
  }
  int last = 0;
  for (const source::TableRow& row : *rows) {
    fuzz::Expect(row.number > last, "rows are not numbered by their lines");
    fuzz::Expect(!row.cells.empty() && row.cells.size() <= source::kMaxTableColumns,
                 "a row has no cells, or too many");
    last = row.number;
  }
  fuzz::Expect(last <= 1 + std::count(text.begin(), text.end(), '\n'), "a row is on no line");
  const auto again = source::ReadCsvRows(kName, Write(*rows));
  fuzz::ExpectOk(again.status(), "what was written of a table is refused");
  fuzz::Expect(std::equal(rows->begin(), rows->end(), again->begin(), again->end(),
                          [](const auto& a, const auto& b) { return a.cells == b.cells; }),
               "a table is read otherwise when written again");
  fuzz::CheckConversion(kName, *rows);
  return 0;
}

}  // namespace codeset
