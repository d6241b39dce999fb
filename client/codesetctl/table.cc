#include "client/codesetctl/table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace codeset::ctl {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;

// One character of UTF-8 text.
struct Character {
  std::size_t bytes;
  int width;
};

Character CharacterAt(absl::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 1
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                                           : 4;
  if (at + length > text.size()) return {1, 1};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {1, 1};
  }
  // U+0300 to U+036F, the combining marks of Latin text.
  const bool combining = length == 2 && (lead == 0xCC || (lead == 0xCD && byte(at + 1) < 0xB0));
  return {length, combining ? 0 : 1};
}

// Cuts the widest shrinking columns until the sum fits.
std::vector<int> FitWidths(const Table& table, std::vector<int> widths, int available) {
  int total = kGap * (static_cast<int>(widths.size()) - 1);
  for (const int width : widths) total += width;
  while (total > available) {
    int* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (!table.columns[i].shrinks || widths[i] <= kNarrowest) continue;
      if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
    }
    if (widest == nullptr) break;
    --*widest;
    --total;
  }
  return widths;
}

void AppendRow(std::string* out, const std::vector<std::string>& cells,
               const std::vector<int>& widths) {
  std::string line;
  int pending = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = Fit(cells[i], widths[i]);
    if (!cell.empty()) {
      line.append(static_cast<std::size_t>(pending), ' ');
      line += cell;
      pending = 0;
    }
    pending += widths[i] - DisplayWidth(cell) + kGap;
  }
  absl::StrAppend(out, line, "\n");
}

}  // namespace

int DisplayWidth(absl::string_view text) {
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = CharacterAt(text, at);
    at += character.bytes;
    width += character.width;
  }
  return width;
}

std::string Fit(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width <= 0) return "";
  std::size_t at = 0;
  for (int used = 0; at < text.size();) {
    const Character character = CharacterAt(text, at);
    if (used + character.width > width - 1) break;
    used += character.width;
    at += character.bytes;
  }
  return absl::StrCat(text.substr(0, at), "…");
}

std::string FormatTable(const Table& table, std::optional<int> columns) {
  std::vector<std::string> headings;
  std::vector<int> widths;
  for (const Column& column : table.columns) {
    headings.push_back(column.heading);
    widths.push_back(DisplayWidth(column.heading));
  }
  for (const std::vector<std::string>& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  if (columns.has_value()) widths = FitWidths(table, std::move(widths), *columns);
  std::string out;
  AppendRow(&out, headings, widths);
  for (const std::vector<std::string>& row : table.rows) AppendRow(&out, row, widths);
  return out;
}

std::string FormatCsvRecord(const std::vector<std::string>& fields) {
  std::string out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    if (fields[i].find_first_of(",\"\r\n") == std::string::npos) {
      out += fields[i];
    } else {
      absl::StrAppend(&out, "\"", absl::StrReplaceAll(fields[i], {{"\"", "\"\""}}), "\"");
    }
  }
  return out + "\r\n";
}

}  // namespace codeset::ctl
