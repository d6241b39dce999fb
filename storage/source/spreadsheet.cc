#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/source/table_rows.h"
#include "storage/source/xml_document.h"

namespace codeset::source {
namespace {

constexpr char kWorkbook[] = "xl/workbook.xml";

// An element's name without the prefix that some programs write.
absl::string_view LocalName(pugi::xml_node node) {
  const absl::string_view name = node.name();
  const size_t colon = name.find(':');
  return colon == absl::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node Child(pugi::xml_node node, absl::string_view name) {
  for (const pugi::xml_node child : node.children()) {
    if (LocalName(child) == name) return child;
  }
  return {};
}

absl::string_view Attribute(pugi::xml_node node, absl::string_view local_name) {
  for (const pugi::xml_attribute attribute : node.attributes()) {
    const absl::string_view name = attribute.name();
    if (name == local_name || absl::EndsWith(name, absl::StrCat(":", local_name))) {
      return attribute.value();
    }
  }
  return {};
}

// The text of a shared or inline string: its `<t>`, or those of its runs. Not `<rPh>`, which
// says how it is read aloud.
std::string StringOf(pugi::xml_node item) {
  std::string text;
  for (const pugi::xml_node child : item.children()) {
    if (LocalName(child) == "t") absl::StrAppend(&text, child.text().get());
    if (LocalName(child) == "r") absl::StrAppend(&text, Child(child, "t").text().get());
  }
  return text;
}

// The column of a cell's reference, from 0: `C12` gives 2. Absent if it is none.
std::optional<size_t> ColumnOf(absl::string_view reference) {
  constexpr size_t kLetters = 26;
  constexpr size_t kMostLetters = 3;
  size_t column = 0;
  size_t letters = 0;
  for (; letters < reference.size() && absl::ascii_isupper(reference[letters]); ++letters) {
    column = column * kLetters + static_cast<size_t>(reference[letters] - 'A') + 1;
  }
  if (letters == 0 || letters > kMostLetters) return std::nullopt;
  return column - 1;
}

// Whether `text` begins with `words`, whatever their case and the white space between them.
bool BeginsWith(absl::string_view text, absl::string_view words) {
  for (const char c : words) {
    if (c == ' ') {
      if (text.empty() || !absl::ascii_isspace(text[0])) return false;
      text = absl::StripLeadingAsciiWhitespace(text);
      continue;
    }
    if (text.empty() || absl::ascii_tolower(text[0]) != absl::ascii_tolower(c)) return false;
    text.remove_prefix(1);
  }
  return true;
}

// False where no cell or shared string of a part can be `sign`, by its text as it lies there,
// which is in one piece unless it has characters by number or runs. A part that is cut off may
// have lost it.
bool MayHold(absl::string_view part, absl::string_view sign) {
  const absl::string_view whole = absl::StripTrailingAsciiWhitespace(part);
  const size_t last_tag = whole.rfind('<');
  if (!absl::EndsWith(whole, ">") || !absl::StartsWith(whole.substr(last_tag), "</")) return true;
  if (absl::StrContains(part, "&#") || absl::StrContains(part, "</r>") ||
      absl::StrContains(part, ":r>")) {
    return true;
  }
  for (size_t i = 0; i < part.size(); ++i) {
    if (absl::ascii_tolower(part[i]) == absl::ascii_tolower(sign[0]) &&
        BeginsWith(part.substr(i), sign)) {
      return true;
    }
  }
  return false;
}

// Reads one spreadsheet.
class SpreadsheetReader {
 public:
  SpreadsheetReader(absl::string_view name, absl::string_view bytes, absl::string_view sign,
                    ArchiveReader& archives)
      : name_(name), bytes_(bytes), sign_(sign), archives_(archives) {}

  absl::StatusOr<std::vector<TableRow>> Read() {
    // Documents for people come in zips of the same form.
    ASSIGN_OR_RETURN(const std::optional<std::string> sign,
                     archives_.ReadPart(name_, bytes_, kWorkbook));
    if (!sign.has_value()) return std::vector<TableRow>();
    ASSIGN_OR_RETURN(const std::unique_ptr<XmlDocument> workbook, Part(kWorkbook));
    const pugi::xml_node first = Child(Child(workbook->root(), "sheets"), "sheet");
    const absl::string_view sheet_id = Attribute(first, "id");
    if (sheet_id.empty()) return Malformed(0, "the spreadsheet has no sheet");
    ASSIGN_OR_RETURN(const std::unique_ptr<XmlDocument> relations,
                     Part("xl/_rels/workbook.xml.rels"));
    std::string sheet_part, strings_part;
    for (const pugi::xml_node relation : relations->root().children()) {
      if (Attribute(relation, "Id") == sheet_id) sheet_part = PartOf(relation);
      if (absl::EndsWith(Attribute(relation, "Type"), "/sharedStrings")) {
        strings_part = PartOf(relation);
      }
    }
    if (sheet_part.empty()) return Malformed(0, "the part of its first sheet is not named");
    std::string strings_text;
    if (!strings_part.empty()) {
      ASSIGN_OR_RETURN(strings_text, TextOf(strings_part));
    }
    ASSIGN_OR_RETURN(std::string sheet_text, TextOf(sheet_part));
    if (!MayHold(sheet_text, sign_) && (strings_part.empty() || !MayHold(strings_text, sign_))) {
      return std::vector<TableRow>();
    }
    if (!strings_part.empty()) RETURN_IF_ERROR(ReadStrings(strings_part, std::move(strings_text)));
    ASSIGN_OR_RETURN(const std::unique_ptr<XmlDocument> sheet,
                     Parse(sheet_part, std::move(sheet_text)));
    return ReadRows(Child(sheet->root(), "sheetData"));
  }

 private:
  absl::Status Malformed(int row, absl::string_view why) const {
    return model::MakeFileError(model::Reason::kSourceMalformed, name_, row, why);
  }

  // The part that a relation of the workbook names.
  static std::string PartOf(pugi::xml_node relation) {
    absl::string_view target = Attribute(relation, "Target");
    if (absl::ConsumePrefix(&target, "/")) return std::string(target);
    return absl::StrCat("xl/", target);
  }

  absl::StatusOr<std::string> TextOf(const std::string& part) {
    ASSIGN_OR_RETURN(std::optional<std::string> text, archives_.ReadPart(name_, bytes_, part));
    if (!text.has_value()) {
      return Malformed(0, absl::StrCat("not a spreadsheet: it has no part ", model::Quoted(part)));
    }
    return *std::move(text);
  }

  absl::StatusOr<std::unique_ptr<XmlDocument>> Parse(const std::string& part,
                                                     std::string text) const {
    return XmlDocument::Parse(absl::StrCat(name_, "/", model::CleanName(part)), std::move(text));
  }

  absl::StatusOr<std::unique_ptr<XmlDocument>> Part(const std::string& part) {
    ASSIGN_OR_RETURN(std::string text, TextOf(part));
    return Parse(part, std::move(text));
  }

  absl::Status ReadStrings(const std::string& part, std::string text) {
    ASSIGN_OR_RETURN(const std::unique_ptr<XmlDocument> table, Parse(part, std::move(text)));
    for (const pugi::xml_node item : table->root().children()) {
      if (LocalName(item) == "si") strings_.push_back(StringOf(item));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<TableRow>> ReadRows(pugi::xml_node data) {
    std::vector<TableRow> rows;
    int last = 0;
    for (const pugi::xml_node element : data.children()) {
      if (LocalName(element) != "row") continue;
      TableRow row{last + 1, {}};
      const absl::string_view number = Attribute(element, "r");
      if (!number.empty() && !absl::SimpleAtoi(number, &row.number)) row.number = 0;
      if (row.number <= last || row.number > kMaxTableRows) {
        return Malformed(last + 1, absl::StrCat("the row after row ", last, " has the number ",
                                                model::Quoted(number)));
      }
      last = row.number;
      RETURN_IF_ERROR(ReadCells(element, row));
      if (!row.cells.empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

  absl::Status ReadCells(pugi::xml_node element, TableRow& row) {
    size_t next = 0;
    for (const pugi::xml_node cell : element.children()) {
      if (LocalName(cell) != "c") continue;
      const absl::string_view reference = Attribute(cell, "r");
      const std::optional<size_t> column =
          reference.empty() ? std::optional<size_t>(next) : ColumnOf(reference);
      if (!column.has_value() || *column < next) {
        return Malformed(row.number,
                         absl::StrCat("a cell has the place ", model::Quoted(reference)));
      }
      next = *column + 1;
      if (*column >= kMaxTableColumns) break;
      ASSIGN_OR_RETURN(std::string text, CellText(cell, row.number));
      if (text.empty()) continue;
      bytes_read_ += text.size();
      if (bytes_read_ > kMaxTableBytes) {
        return Malformed(row.number, "the cells up to here have more than 64 MiB together");
      }
      row.cells.resize(*column + 1);
      row.cells.back() = std::move(text);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> CellText(pugi::xml_node cell, int row) const {
    const absl::string_view type = Attribute(cell, "t");
    if (type == "inlineStr") return StringOf(Child(cell, "is"));
    const absl::string_view value = Child(cell, "v").text().get();
    if (type != "s" || value.empty()) return std::string(value);
    size_t place = 0;
    if (!absl::SimpleAtoi(value, &place) || place >= strings_.size()) {
      return Malformed(row, absl::StrCat("a cell names the shared string ", model::Quoted(value),
                                         ", and there are ", strings_.size()));
    }
    return strings_[place];
  }

  const absl::string_view name_;
  const absl::string_view bytes_;
  const absl::string_view sign_;
  ArchiveReader& archives_;
  std::vector<std::string> strings_;
  // Of the cells so far.
  size_t bytes_read_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<TableRow>> ReadSpreadsheetRows(absl::string_view name,
                                                          absl::string_view bytes,
                                                          absl::string_view sign,
                                                          ArchiveReader& archives) {
  return SpreadsheetReader(name, bytes, sign, archives).Read();
}

}  // namespace codeset::source
