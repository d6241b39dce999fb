// Conversion tables as spreadsheets. An input is the parts of one, each after a line `%% NAME`,
// from which the zip is made here: a fuzzer gets through no checksum. (fuzz_archive has zips.)
#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "storage/source/conversion_reader.h"
#include "storage/source/table_rows.h"
#include "tests/fuzz/conversion_check.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/spreadsheet.h"

namespace codeset {
namespace {

constexpr char kName[] = "table.xlsx";

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\r", "&#13;"}, {"\n", "&#10;"}});
}

// `A1`, `BL7`.
std::string Place(size_t column, int row) {
  constexpr size_t kLetters = 26;
  std::string letters;
  for (size_t left = column + 1; left > 0; left = (left - 1) / kLetters) {
    letters.insert(letters.begin(), static_cast<char>('A' + (left - 1) % kLetters));
  }
  return absl::StrCat(letters, row);
}

std::string Write(const std::vector<source::TableRow>& rows) {
  std::string text;
  for (const source::TableRow& row : rows) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      cells.push_back(testing::TextCell(Place(i, row.number), Escaped(row.cells[i])));
    }
    absl::StrAppend(&text, testing::SheetRow(row.number, cells));
  }
  return testing::Spreadsheet(text);
}

absl::StatusOr<std::vector<source::TableRow>> Read(const std::string& zip) {
  source::ArchiveReader archives;
  return source::ReadSpreadsheetRows(kName, zip, source::kConversionSign, archives);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::pair<std::string, std::string>> parts;
  for (const fuzz::Part& part : fuzz::SplitParts(fuzz::TextOf(data, size))) {
    // A zip has names of text, each once.
    const bool named = !part.name.empty() && part.name.back() != '/' &&
                       std::all_of(part.name.begin(), part.name.end(),
                                   [](unsigned char c) { return std::isprint(c) != 0; });
    const bool is_new = std::none_of(parts.begin(), parts.end(),
                                     [&](const auto& other) { return other.first == part.name; });
    if (named && is_new) parts.emplace_back(part.name, std::string(part.text));
  }
  if (parts.empty()) return 0;
  const auto rows = Read(testing::ZipOf(parts));
  if (!rows.ok()) {
    fuzz::ExpectError(rows.status(),
                      {model::Reason::kSourceMalformed, model::Reason::kSourceUnreadable});
    fuzz::Expect(absl::StartsWith(rows.status().message(), kName), "an error names no file",
                 rows.status().message());
    return 0;
  }
  int last = 0;
  for (const source::TableRow& row : *rows) {
    fuzz::Expect(row.number > last && row.number <= source::kMaxTableRows, "a row has no number");
    fuzz::Expect(!row.cells.empty() && row.cells.size() <= source::kMaxTableColumns &&
                     !row.cells.back().empty(),
                 "a row has no cells, or too many");
    last = row.number;
  }
  if (source::IsConversionTable(*rows)) {
    const auto again = Read(Write(*rows));
    fuzz::ExpectOk(again.status(), "what was written of a spreadsheet is refused");
    fuzz::Expect(std::equal(rows->begin(), rows->end(), again->begin(), again->end(),
                            [](const auto& a, const auto& b) {
                              return a.number == b.number && a.cells == b.cells;
                            }),
                 "a spreadsheet is read otherwise when written again");
  }
  fuzz::CheckConversion(kName, *rows);
  return 0;
}

}  // namespace codeset
