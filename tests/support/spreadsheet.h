// Spreadsheets typed by hand: the four parts that a reader needs, and the zip of them.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/support/source_text.h"

namespace codeset::testing {

inline constexpr char kSpreadsheetSpace[] =
    "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";

// A cell of a number, and one of text that stands in the cell.
inline std::string NumberCell(absl::string_view place, absl::string_view number) {
  return absl::StrCat("<c r=\"", place, "\"><v>", number, "</v></c>");
}
inline std::string TextCell(absl::string_view place, absl::string_view text) {
  return absl::StrCat("<c r=\"", place, "\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", text,
                      "</t></is></c>");
}
// A cell that names a shared string.
inline std::string SharedCell(absl::string_view place, int number) {
  return absl::StrCat("<c r=\"", place, "\" t=\"s\"><v>", number, "</v></c>");
}

inline std::string SheetRow(int number, const std::vector<std::string>& cells) {
  std::string text = absl::StrCat("<row r=\"", number, "\">");
  for (const std::string& cell : cells) text += cell;
  return text + "</row>";
}

// Row 2: the heading of a conversion table; row 1 is a notice.
inline std::string ConversionHeadingRows() {
  return SheetRow(1, {TextCell("A1", "A notice")}) +
         SheetRow(2, {SharedCell("A2", 0), TextCell("B2", "Effective"), SharedCell("C2", 1)});
}

// The row of a conversion table.
inline std::string ConversionSheetRow(int number, absl::string_view current,
                                      absl::string_view effective, absl::string_view previous) {
  return SheetRow(number, {TextCell(absl::StrCat("A", number), current),
                           NumberCell(absl::StrCat("B", number), effective),
                           TextCell(absl::StrCat("C", number), previous)});
}

// The parts of a spreadsheet whose first sheet has these rows.
inline std::vector<std::pair<std::string, std::string>> SpreadsheetParts(absl::string_view rows) {
  constexpr char kRelations[] =
      "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  return {
      {"[Content_Types].xml", "<Types/>"},
      {"xl/workbook.xml",
       absl::StrCat("<workbook ", kSpreadsheetSpace, " xmlns:r=\"", kRelations,
                    "\"><sheets><sheet name=\"Table\" sheetId=\"1\" r:id=\"rId7\"/>"
                    "<sheet name=\"Other\" sheetId=\"2\" r:id=\"rId8\"/></sheets></workbook>")},
      {"xl/_rels/workbook.xml.rels",
       absl::StrCat("<Relationships><Relationship Id=\"rId8\" Type=\"", kRelations,
                    "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId7\" "
                    "Type=\"",
                    kRelations,
                    "/worksheet\" Target=\"/xl/worksheets/sheet2.xml\"/>"
                    "<Relationship Id=\"rId9\" Type=\"",
                    kRelations,
                    "/sharedStrings\" Target=\"sharedStrings.xml\"/>"
                    "</Relationships>")},
      {"xl/sharedStrings.xml",
       absl::StrCat("<sst ", kSpreadsheetSpace,
                    "><si><t>Current code assignment</t></si><si><r><t>"
                    "Previous Code(s)</t></r><r><t xml:space=\"preserve\"> Assignment</t></r>"
                    "<rPh><t>aloud</t></rPh></si></sst>")},
      {"xl/worksheets/sheet1.xml",
       absl::StrCat("<worksheet ", kSpreadsheetSpace, "><sheetData/></worksheet>")},
      {"xl/worksheets/sheet2.xml", absl::StrCat("<worksheet ", kSpreadsheetSpace, "><sheetData>",
                                                rows, "</sheetData></worksheet>")}};
}

inline std::string Spreadsheet(absl::string_view rows) { return ZipOf(SpreadsheetParts(rows)); }

}  // namespace codeset::testing
