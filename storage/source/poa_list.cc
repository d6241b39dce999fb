#include "storage/source/poa_list.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/text.h"
#include "storage/source/text.h"

namespace codeset::source {
namespace {

constexpr size_t kCells = 3;
constexpr size_t kMaxOrderDigits = 6;

// The cells of a line without spaces around them; empty ones at its end do not count.
std::vector<absl::string_view> CellsOf(absl::string_view line) {
  std::vector<absl::string_view> cells = absl::StrSplit(line, '\t');
  for (absl::string_view& cell : cells) cell = absl::StripAsciiWhitespace(cell);
  while (!cells.empty() && cells.back().empty()) cells.pop_back();
  return cells;
}

// The code of a cell without its dot; empty if it is none.
std::string CodeIn(absl::string_view cell) {
  std::string code = absl::StrReplaceAll(cell, {{".", ""}});
  return model::IsCode(code) && model::DottedCode(code) == cell ? code : "";
}

// The number of a cell; 0 if it is none.
int OrderNumberIn(absl::string_view cell) {
  int number = 0;
  const bool digits = !cell.empty() && cell.size() <= kMaxOrderDigits &&
                      std::all_of(cell.begin(), cell.end(), absl::ascii_isdigit);
  return digits && absl::SimpleAtoi(cell, &number) ? number : 0;
}

}  // namespace

bool IsPoaHeading(absl::string_view line) {
  const std::vector<absl::string_view> cells = CellsOf(line);
  return cells.size() == kCells && absl::StartsWithIgnoreCase(cells[0], "Ord") &&
         absl::EqualsIgnoreCase(cells[1], "POAexemptCode") &&
         absl::EqualsIgnoreCase(cells[2], "Description");
}

bool IsPoaChangesHeading(absl::string_view line) {
  if (!absl::StrContains(line, '\t') || IsPoaHeading(line)) return false;
  return absl::StrContains(line, "POAexempt") || absl::StartsWith(line, "POA-ex") ||
         absl::StartsWith(line, "Ord");
}

bool IsPoaReadMe(absl::string_view line) {
  return absl::StartsWith(line, "Description of Present On Admission (POA) files");
}

absl::StatusOr<PoaListing> ParsePoaList(absl::string_view name, absl::string_view bytes) {
  const auto malformed = [&](int line, absl::string_view why) {
    return model::MakeFileError(model::Reason::kSourceMalformed, name, line, why);
  };
  PoaListing listing;
  absl::flat_hash_map<std::string, int> lines_of_codes;
  bool headed = false;
  for (LineReader lines(WithoutByteOrderMark(bytes)); lines.Next();) {
    const std::vector<absl::string_view> cells = CellsOf(lines.line());
    if (cells.empty()) continue;
    if (!headed) {
      if (!IsPoaHeading(lines.line())) {
        return malformed(lines.number(),
                         absl::StrCat("expected the heading Order, POAexemptCode, Description, "
                                      "separated by tabs, found ",
                                      model::Quoted(lines.line())));
      }
      headed = true;
      continue;
    }
    if (cells.size() != kCells) {
      return malformed(lines.number(),
                       absl::StrCat("expected order number, code and title, separated by tabs, "
                                    "found ",
                                    cells.size(), cells.size() == 1 ? " cell" : " cells"));
    }
    PoaRow row{CodeIn(cells[1]), OrderNumberIn(cells[0])};
    if (row.order_number == 0) {
      return malformed(lines.number(),
                       absl::StrCat("expected an order number, found ", model::Quoted(cells[0])));
    }
    if (row.code.empty()) {
      return malformed(lines.number(), absl::StrCat("expected a code with its dot, found ",
                                                    model::Quoted(cells[1])));
    }
    const auto [place, is_new] = lines_of_codes.emplace(row.code, lines.number());
    if (!is_new) {
      return malformed(lines.number(), absl::StrCat("code ", cells[1], " stands on line ",
                                                    place->second, " already"));
    }
    listing.rows.push_back(std::move(row));
  }
  if (listing.rows.empty()) return malformed(0, "the list has no code");
  std::sort(listing.rows.begin(), listing.rows.end(),
            [](const PoaRow& a, const PoaRow& b) { return a.code < b.code; });
  return listing;
}

std::optional<int> PoaReadMeCount(absl::string_view bytes) {
  while (true) {
    const size_t open = bytes.find('(');
    if (open == absl::string_view::npos) return std::nullopt;
    bytes.remove_prefix(open + 1);
    const size_t end = bytes.find_first_not_of("0123456789,");
    if (end == absl::string_view::npos) return std::nullopt;
    int count = 0;
    const std::string digits = absl::StrReplaceAll(bytes.substr(0, end), {{",", ""}});
    if (absl::StartsWith(bytes.substr(end), " code") && absl::SimpleAtoi(digits, &count)) {
      return count;
    }
  }
}

bool IsPartOf(const PoaListing& part, const PoaListing& whole) {
  return std::includes(whole.rows.begin(), whole.rows.end(), part.rows.begin(), part.rows.end(),
                       [](const PoaRow& a, const PoaRow& b) { return a.code < b.code; });
}

model::PoaList CodesOf(const PoaListing& listing) {
  model::PoaList list;
  list.codes.reserve(listing.rows.size());
  for (const PoaRow& row : listing.rows) list.codes.push_back(row.code);
  return list;
}

}  // namespace codeset::source
