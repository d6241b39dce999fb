#include "storage/source/order_file.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/source/text.h"

namespace codeset::source {
namespace {

// Columns, from 0.
constexpr size_t kNumberLength = 5;
constexpr size_t kCodeColumn = 6;
constexpr size_t kFlagColumn = 14;
constexpr size_t kShortColumn = 16;
constexpr size_t kShortLength = 60;
constexpr size_t kLongColumn = 77;
// The separators between the columns.
constexpr size_t kBlankColumns[] = {5, 13, 15, 76};

absl::Status Malformed(absl::string_view file, int line, absl::string_view why) {
  return model::MakeFileError(model::Reason::kSourceMalformed, file, line, why);
}

// Whether CleanText leaves nothing.
bool IsBlank(absl::string_view text) {
  return text.find_first_not_of(" \t\r\n") == absl::string_view::npos;
}

absl::string_view CodeColumn(absl::string_view line) {
  return absl::StripTrailingAsciiWhitespace(line.substr(kCodeColumn, model::kMaxCodeLength));
}

// Holds rows against those before them, in file order.
class OrderChecker {
 public:
  explicit OrderChecker(size_t rows) { lines_.reserve(rows); }

  // Takes the next row; says what is wrong with its place, or nothing. `code` must outlive the
  // checker.
  std::string Add(absl::string_view code, bool billable, int line) {
    if (const auto [place, is_new] = lines_.emplace(code, line); !is_new) {
      return absl::StrCat("code ", model::DottedCode(code), " stands on line ", place->second,
                          " already");
    }
    const absl::string_view category = model::CategoryOf(code);
    if (path_.empty() || model::CategoryOf(path_.front().code) != category) {
      if (const auto [place, is_new] = categories_.emplace(category, line); !is_new) {
        return absl::StrCat("the rows of category ", category, " do not stand together: line ",
                            place->second, " begins them");
      }
      prefixes_.clear();
    }
    if (prefixes_.contains(code)) {
      return absl::StrCat(model::DottedCode(code), " stands after codes that lie below it");
    }
    for (size_t length = model::kCategoryLength; length < code.size(); ++length) {
      prefixes_.emplace(code.substr(0, length));
    }
    return Descend(code, billable, line);
  }

  // Says what is wrong with the last row, or nothing.
  std::string Finish() { return CheckLeaf(); }

  // The line of the header that CheckLeaf refused; 0 if it refused none.
  int header_line() const { return header_line_; }

 private:
  struct Step {
    absl::string_view code;
    bool billable;
    int line;
  };

  // Keeps `path_` at the codes around the last row, outermost first.
  std::string Descend(absl::string_view code, bool billable, int line) {
    const absl::string_view parent = LongestPrefix(code);
    if (path_.empty() || parent != path_.back().code) {
      if (std::string fault = CheckLeaf(); !fault.empty()) return fault;
    }
    while (!path_.empty() && path_.back().code != parent) path_.pop_back();
    if (!parent.empty() && path_.empty()) {
      return absl::StrCat(model::DottedCode(code), " does not stand with the other codes below ",
                          model::DottedCode(parent));
    }
    if (!path_.empty() && path_.back().billable) {
      return absl::StrCat(model::DottedCode(code), " lies below ", model::DottedCode(parent),
                          ", which line ", path_.back().line, " marks as billable");
    }
    path_.push_back({code, billable, line});
    return "";
  }

  // The longest prefix of `code` that has come.
  absl::string_view LongestPrefix(absl::string_view code) const {
    for (size_t length = code.size() - 1; length >= model::kCategoryLength; --length) {
      if (lines_.contains(code.substr(0, length))) return code.substr(0, length);
    }
    return {};
  }

  // A header is there for what lies below it.
  std::string CheckLeaf() {
    if (path_.empty() || path_.back().billable) return "";
    header_line_ = path_.back().line;
    return absl::StrCat("header ", model::DottedCode(path_.back().code),
                        " (flag 0) is not followed by a code below it");
  }

  // Keys view into the file.
  absl::flat_hash_map<absl::string_view, int> lines_;
  absl::flat_hash_map<absl::string_view, int> categories_;
  // What the codes of the category so far lie below, whether it has come or not.
  absl::flat_hash_set<absl::string_view> prefixes_;
  std::vector<Step> path_;
  int header_line_ = 0;
};

}  // namespace

std::string OrderLineFault(absl::string_view line) {
  const auto fault = [](absl::string_view expected, absl::string_view found) {
    return absl::StrCat("expected ", expected, ", found ", model::Quoted(found));
  };
  const absl::string_view number = line.substr(0, kNumberLength);
  if (number.size() < kNumberLength ||
      !std::all_of(number.begin(), number.end(), absl::ascii_isdigit)) {
    return fault("an order number in columns 1-5", number);
  }
  if (line.size() <= kLongColumn) {
    return absl::StrCat("expected a long title from column 78, but the line has ", line.size(),
                        " bytes");
  }
  if (!model::IsCode(CodeColumn(line))) {
    return fault("a code without its dot in columns 7-13",
                 line.substr(kCodeColumn, model::kMaxCodeLength));
  }
  if (line[kFlagColumn] != '0' && line[kFlagColumn] != '1') {
    return fault("flag 0 or 1 in column 15", line.substr(kFlagColumn, 1));
  }
  for (const size_t column : kBlankColumns) {
    if (line[column] != ' ') {
      return fault(absl::StrCat("a space in column ", column + 1), line.substr(column, 1));
    }
  }
  const absl::string_view short_title = line.substr(kShortColumn, kShortLength);
  if (IsBlank(short_title)) return "expected a short title in columns 17-76";
  if (IsBlank(line.substr(kLongColumn))) return "expected a long title from column 78";
  // Whole-line UTF-8 would hide a character cut at the edge of a column.
  for (const absl::string_view text : {short_title, line.substr(kLongColumn)}) {
    if (const std::optional<TextFault> bad = FindTextFault(text)) {
      return absl::StrCat("the title holds bytes that are ", bad->what);
    }
  }
  return "";
}

absl::StatusOr<model::OrderFacts> ParseOrderFile(absl::string_view name, absl::string_view bytes) {
  model::OrderFacts facts;
  const absl::string_view text = WithoutByteOrderMark(bytes);
  if (text.empty()) return Malformed(name, 0, "the file is empty");
  constexpr size_t kUsualLineLength = 140;
  facts.rows.reserve(text.size() / kUsualLineLength);
  OrderChecker checker(text.size() / kUsualLineLength);
  for (LineReader lines(text); lines.Next();) {
    const absl::string_view line = lines.line();
    if (const std::string fault = OrderLineFault(line); !fault.empty()) {
      return Malformed(name, lines.number(), fault);
    }
    int number = 0;
    if (!absl::SimpleAtoi(line.substr(0, kNumberLength), &number) || number != lines.number()) {
      return Malformed(name, lines.number(),
                       absl::StrCat("expected order number ", lines.number(), ", found ",
                                    line.substr(0, kNumberLength)));
    }
    const absl::string_view code = CodeColumn(line);
    const bool billable = line[kFlagColumn] == '1';
    if (const std::string fault = checker.Add(code, billable, lines.number()); !fault.empty()) {
      const bool header = checker.header_line() > 0;
      return Malformed(name, header ? checker.header_line() : lines.number(), fault);
    }
    facts.rows.push_back({std::string(code), billable,
                          CleanText(line.substr(kShortColumn, kShortLength)),
                          CleanText(line.substr(kLongColumn))});
  }
  if (const std::string fault = checker.Finish(); !fault.empty()) {
    return Malformed(name, checker.header_line(), fault);
  }
  return facts;
}

}  // namespace codeset::source
