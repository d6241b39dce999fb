#include "tests/fuzz/conversion_check.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/model/concept_id.h"
#include "storage/model/conversion.h"
#include "storage/source/conversion_reader.h"
#include "tests/fuzz/fuzz.h"

namespace codeset::fuzz {
namespace {

// A term as a cell may have it.
std::string Cell(const model::PreviousTerm& term) {
  const bool below = term.kind == model::PreviousTerm::Kind::kBelow;
  return absl::StrCat(model::FormatPreviousTerm(term), below ? "-" : "");
}

void CheckTerm(const model::PreviousTerm& term) {
  Expect(model::IsCode(term.first) && model::IsCode(term.last) && term.first <= term.last,
         "a term names no codes", model::FormatPreviousTerm(term));
  Expect(term.kind == model::PreviousTerm::Kind::kRange || term.first == term.last,
         "a term that is no range has two ends", model::FormatPreviousTerm(term));
}

void CheckPrevious(const std::string& cell) {
  const std::optional<std::vector<model::PreviousCodes>> alternatives =
      model::ParsePreviousCell(cell);
  if (!alternatives.has_value()) return;
  std::vector<std::string> parts;
  for (const model::PreviousCodes& together : *alternatives) {
    Expect(!together.empty(), "an alternative names nothing", cell);
    for (const model::PreviousTerm& term : together) CheckTerm(term);
    parts.push_back(absl::StrJoin(together, " and ", [](std::string* out, const auto& term) {
      absl::StrAppend(out, Cell(term));
    }));
  }
  Expect(model::ParsePreviousCell(absl::StrJoin(parts, "; ")) == alternatives,
         "a cell is read otherwise when written again", cell);
}

}  // namespace

void CheckConversion(const std::string& name, const std::vector<source::TableRow>& rows) {
  const absl::StatusOr<model::ConversionTable> table = source::ParseConversionTable(name, rows);
  if (!table.ok()) {
    ExpectError(table.status(), {model::Reason::kSourceMalformed});
    Expect(absl::StartsWith(table.status().message(), name), "an error does not name its file",
           table.status().message());
    return;
  }
  Expect(source::IsConversionTable(rows), "a table was read of rows that are none");
  Expect(!table->rows.empty() && table->rows.size() < rows.size(), "rows come from nowhere");
  model::OrderFacts order;
  int last = 0;
  for (const model::ConversionRow& row : table->rows) {
    Expect(row.row > last, "two rows have one number, or are not in order");
    last = row.row;
    Expect(model::IsCode(row.code) && model::CodeOfCell(row.current) == row.code,
           "a current code is none", row.current);
    Expect(row.effective >= model::Date(1990, 1, 1) && row.effective <= model::Date(2101, 1, 1),
           "a day is out of all years", model::FormatDate(row.effective));
    CheckPrevious(row.previous);
    order.rows.push_back({row.code, true, "Title", "Title"});
  }
  const model::PageSet pages = model::EncodeConversion(*table);
  ExpectCanonical(model::FacetGroup::kConversion, pages);
  size_t decoded = 0;
  for (const model::Page& page : pages.pages) {
    if (!absl::StartsWith(page.text, "codeset/1 conversion category ")) continue;
    const auto again = model::DecodeConversionCategory(page.text);
    ExpectOk(again.status(), "a page that was encoded is not decoded");
    for (const model::ConversionRow& row : *again) {
      Expect(std::find(table->rows.begin(), table->rows.end(), row) != table->rows.end(),
             "a row is decoded otherwise", row.current);
      ++decoded;
    }
  }
  Expect(decoded == table->rows.size(), "rows were lost");
  source::CheckConversionTable(*model::ReleaseId::Parse("2026"), model::Date(2025, 10, 1), order,
                               *table);
}

}  // namespace codeset::fuzz
