#include "storage/model/conversion.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/model/concept_id.h"

namespace codeset::model {
namespace {

// Spreadsheets count days from 1899-12-30 for all dates after February 1900.
constexpr Date kSerialEpoch(1899, 12, 30);
constexpr int kFirstYear = 1990;
constexpr int kLastYear = 2100;

bool ConsumeWord(absl::string_view word, absl::string_view* text) {
  if (!absl::StartsWithIgnoreCase(*text, word)) return false;
  const absl::string_view rest = text->substr(word.size());
  if (!rest.empty() && !absl::ascii_isspace(rest.front())) return false;
  *text = absl::StripLeadingAsciiWhitespace(rest);
  return true;
}

// Takes away the words that introduce any one code of several; true if they are there.
bool ConsumeAnyCode(absl::string_view* text) {
  absl::string_view rest = *text;
  ConsumeWord("a", &rest);
  if (!ConsumeWord("codes", &rest) && !ConsumeWord("code", &rest)) return false;
  if (!ConsumeWord("from", &rest) && !ConsumeWord("in", &rest)) return false;
  if (!ConsumeWord("categories", &rest)) ConsumeWord("category", &rest);
  *text = rest;
  return true;
}

std::optional<PreviousTerm> ParseTerm(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const bool any_code = ConsumeAnyCode(&text);
  if (absl::ConsumeSuffix(&text, "-")) {
    absl::ConsumeSuffix(&text, ".");
    const std::string code = CodeOfCell(text);
    if (code.empty()) return std::nullopt;
    return PreviousTerm{PreviousTerm::Kind::kBelow, code, code};
  }
  const size_t dash = text.find('-');
  const std::string first = CodeOfCell(text.substr(0, dash));
  if (first.empty()) return std::nullopt;
  if (dash == absl::string_view::npos) {
    const auto kind = any_code ? PreviousTerm::Kind::kBelow : PreviousTerm::Kind::kCode;
    return PreviousTerm{kind, first, first};
  }
  const std::string last = CodeOfCell(text.substr(dash + 1));
  // A range that runs backwards is a slip, and nobody can tell of which end.
  if (last.empty() || last < first) return std::nullopt;
  return PreviousTerm{PreviousTerm::Kind::kRange, first, last};
}

}  // namespace

std::string CodeOfCell(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  std::string code = absl::StrReplaceAll(cell, {{".", ""}});
  return IsCode(code) && (cell == code || cell == DottedCode(code)) ? code : "";
}

std::optional<Date> ParseEffectiveCell(absl::string_view cell) {
  int number = 0;
  if (!absl::SimpleAtoi(cell, &number)) return std::nullopt;
  if (number >= kFirstYear && number <= kLastYear) return FiscalYearStart(number + 1);
  if (number <= kLastYear) return std::nullopt;
  const int64_t last_serial = Date(kLastYear, 12, 31) - kSerialEpoch;
  const Date date = kSerialEpoch + std::min<int64_t>(number, last_serial + 1);
  if (date.year() < kFirstYear || date.year() > kLastYear) return std::nullopt;
  return date;
}

std::optional<std::vector<PreviousCodes>> ParsePreviousCell(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  if (cell.empty() || absl::EqualsIgnoreCase(cell, "None")) return std::vector<PreviousCodes>();
  // One sign for `and`, whatever its case; only a whole word is one.
  std::string text;
  for (absl::string_view word : absl::StrSplit(cell, absl::ByAnyChar(" \t"), absl::SkipEmpty())) {
    absl::StrAppend(&text, absl::EqualsIgnoreCase(word, "and") ? "&" : word, " ");
  }
  std::vector<PreviousCodes> alternatives;
  for (absl::string_view part : absl::StrSplit(text, ';')) {
    const bool together = absl::StrContains(part, '&');
    PreviousCodes codes;
    for (absl::string_view term_text : absl::StrSplit(part, absl::ByAnyChar(",&"))) {
      // `A, B, and C` has nothing between its last comma and the `and`.
      if (absl::StripAsciiWhitespace(term_text).empty() && together && !codes.empty()) continue;
      std::optional<PreviousTerm> term = ParseTerm(term_text);
      if (!term.has_value()) return std::nullopt;
      codes.push_back(*std::move(term));
      if (!together) alternatives.push_back(std::exchange(codes, {}));
    }
    if (together) {
      if (codes.size() < 2) return std::nullopt;
      alternatives.push_back(std::move(codes));
    }
  }
  return alternatives;
}

std::string FormatPreviousTerm(const PreviousTerm& term) {
  if (term.kind != PreviousTerm::Kind::kRange) return DottedCode(term.first);
  return absl::StrCat(DottedCode(term.first), "-", DottedCode(term.last));
}

}  // namespace codeset::model
