// Conversion tables: of each new code, where data coded before it would be found.
//
// A row has three cells: the current code, its first day, and the previous codes as prose
// (`G56.01 and G56.02`). What is kept and digested is the row as published; what the prose
// means is read from it when it is asked for, so that a better reading changes no
// fingerprint.
//
//   for (const PreviousCodes& together : *ParsePreviousCell("H44.20-H44.23 and H35.30"))
//     for (const PreviousTerm& term : together) Use(term.first, term.last);
//
// Thread-safe: values and free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/model/date.h"

namespace codeset::model {

// A row of a conversion table. Text as in storage/FORMAT.md §1.
struct ConversionRow {
  // The row of the sheet, or the line of the file at which the row begins; from 1.
  int row = 0;
  // The current code without its dot.
  std::string code;
  // Its cell as published: with its dot, or (seldom) without.
  std::string current;
  // The first day of the current code.
  Date effective;
  // The cell of the previous codes as published.
  std::string previous;

  friend bool operator==(const ConversionRow&, const ConversionRow&) = default;
};

// A conversion table, in the order of its rows.
struct ConversionTable {
  std::vector<ConversionRow> rows;
};

// One part of a cell of previous codes: a code, or any one of several. Undotted.
struct PreviousTerm {
  enum class Kind {
    // `first`: that code. Where it was a header, any code below it.
    kCode,
    // `I63.-`, `a code from R11-`: any code below `first`.
    kBelow,
    // `K72.90-K72.91`, `Codes in Categories T15-T19`: any code from `first` to `last` and
    // what lies below that.
    kRange,
  };
  Kind kind = Kind::kCode;
  std::string first;
  // Of a range; else the same as `first`.
  std::string last;

  friend bool operator==(const PreviousTerm&, const PreviousTerm&) = default;
};

// The terms that were reported together; most often one.
using PreviousCodes = std::vector<PreviousTerm>;

// What a cell of previous codes says: one or other of the elements was reported. Commas and
// semicolons stand between alternatives (`S20.211A; S20.212A`); `and` and `&` between what
// was reported together, and then commas do too (`H02.201, H02.202 and H02.204`). `None` and
// an empty cell have no element. Absent if the cell cannot be read in full.
std::optional<std::vector<PreviousCodes>> ParsePreviousCell(absl::string_view cell);

// A term as it is told: `I63` for any code below it, `T15-T19` for any of a range.
std::string FormatPreviousTerm(const PreviousTerm& term);

// The first day that the table gives for a cell `Effective`: 1 October of a calendar year
// (1990 to 2100), or the day of a spreadsheet's date serial (43922 is 2020-04-01). Absent for
// anything else.
std::optional<Date> ParseEffectiveCell(absl::string_view cell);

// The code of a cell, with its dot or without and with spaces around; empty if it is none.
std::string CodeOfCell(absl::string_view cell);

}  // namespace codeset::model
