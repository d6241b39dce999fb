#include "storage/source/conversion_reader.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/text.h"
#include "storage/source/text.h"

namespace codeset::source {
namespace {

using Class = DisagreementClass;

constexpr size_t kCells = 3;

// The cells of a row as the canonical form wants them; always three or more.
std::vector<std::string> CleanCells(const TableRow& row) {
  std::vector<std::string> cells;
  for (const std::string& cell : row.cells) cells.push_back(CleanText(cell));
  cells.resize(std::max(cells.size(), kCells));
  return cells;
}

bool IsHeading(const TableRow& row) {
  const std::vector<std::string> cells = CleanCells(row);
  return absl::EqualsIgnoreCase(cells[0], kConversionSign) &&
         absl::StartsWithIgnoreCase(cells[1], "Effective") &&
         absl::StartsWithIgnoreCase(cells[2], "Previous Code");
}

}  // namespace

bool IsConversionTable(const std::vector<TableRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), IsHeading);
}

absl::StatusOr<model::ConversionTable> ParseConversionTable(absl::string_view name,
                                                            const std::vector<TableRow>& rows) {
  const auto malformed = [&](int row, absl::string_view why) {
    return model::MakeFileError(model::Reason::kSourceMalformed, name, row, why);
  };
  model::ConversionTable table;
  auto row = std::find_if(rows.begin(), rows.end(), IsHeading);
  if (row == rows.end()) {
    return malformed(0,
                     "expected the heading Current code assignment, Effective, Previous "
                     "Code(s) Assignment");
  }
  for (++row; row != rows.end(); ++row) {
    std::vector<std::string> cells = CleanCells(*row);
    // What stands beside the table alone is not of it.
    if (cells[0].empty() && cells[1].empty() && cells[2].empty()) continue;
    model::ConversionRow read{row->number, model::CodeOfCell(cells[0]), cells[0], {}, cells[2]};
    if (read.code.empty()) {
      return malformed(row->number,
                       absl::StrCat("expected a current code, found ", model::Quoted(cells[0])));
    }
    const std::optional<model::Date> effective = model::ParseEffectiveCell(cells[1]);
    if (!effective.has_value()) {
      return malformed(
          row->number,
          absl::StrCat("code ", cells[0], " is effective from ", model::Quoted(cells[1]),
                       ", which is neither a calendar year nor a spreadsheet's number of a day"));
    }
    read.effective = *effective;
    table.rows.push_back(std::move(read));
  }
  if (table.rows.empty()) return malformed(0, "the conversion table has no row");
  return table;
}

std::vector<Disagreement> CheckConversionTable(const model::ReleaseId& id, model::Date effective,
                                               const model::OrderFacts& order,
                                               const model::ConversionTable& table) {
  DisagreementList found;
  const auto newest =
      std::max_element(table.rows.begin(), table.rows.end(),
                       [](const auto& a, const auto& b) { return a.effective < b.effective; });
  // A correction may take effect later than the edition whose rows it repeats.
  if (newest->effective > effective || newest->effective < id.DefaultEffectiveDate()) {
    found.Add(Class::kConversionOfOtherEdition,
              absl::StrCat("its newest row, ", newest->row, ", is of ",
                           model::FormatDate(newest->effective), "; release ", id.ToString(),
                           " took effect on ", model::FormatDate(effective)));
  }
  absl::flat_hash_set<absl::string_view> codes;
  codes.reserve(order.rows.size());
  for (const model::OrderRow& row : order.rows) codes.insert(row.code);
  absl::flat_hash_map<std::tuple<absl::string_view, model::Date, absl::string_view>, int> seen;
  for (const model::ConversionRow& row : table.rows) {
    const std::string code = model::DottedCode(row.code);
    if (!codes.contains(row.code)) {
      found.Add(Class::kConversionCodeNotInOrder, absl::StrCat("row ", row.row, ": ", code));
    }
    if (!model::ParsePreviousCell(row.previous).has_value()) {
      found.Add(Class::kConversionPreviousNotRead,
                absl::StrCat("row ", row.row, ": ", code, ", ", model::Quoted(row.previous)));
    }
    const auto [first, is_new] = seen.emplace(
        std::tuple(absl::string_view(row.code), row.effective, absl::string_view(row.previous)),
        row.row);
    if (!is_new) {
      found.Add(Class::kConversionRowRepeated, absl::StrCat("row ", row.row, " says of ", code,
                                                            " what row ", first->second, " does"));
    }
  }
  return found.Take();
}

}  // namespace codeset::source
