#include "storage/source/recognise.h"

#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "storage/model/concept_id.h"
#include "storage/source/order_addenda.h"
#include "storage/source/order_file.h"
#include "storage/source/poa_list.h"
#include "storage/source/text.h"

namespace codeset::source {
namespace {

struct KindEntry {
  FileKind kind;
  absl::string_view name;
  absl::string_view why_ignored;
};

constexpr std::array kKinds = {
    KindEntry{FileKind::kOrderFile, "order file", ""},
    KindEntry{FileKind::kOrderAddenda, "order addenda", ""},
    KindEntry{FileKind::kTabularXml, "tabular list XML", ""},
    KindEntry{FileKind::kCodesFile, "codes file", "its rows are the order file's billable rows"},
    KindEntry{FileKind::kCodesAddenda, "codes addenda", "the order addenda say the same and more"},
    KindEntry{FileKind::kEarlyAddenda, "addenda in the layout before 2016",
              "not read by this version"},
    KindEntry{FileKind::kPoaList, "list of POA-exempt codes", ""},
    KindEntry{FileKind::kPoaChanges, "changes of the list of POA-exempt codes",
              "the list itself says what is exempt"},
    KindEntry{FileKind::kPoaReadMe, "read-me of the list of POA-exempt codes", ""},
    KindEntry{FileKind::kConversionTable, "conversion table", ""},
    KindEntry{FileKind::kSpreadsheet, "spreadsheet or the like", "it holds no conversion table"},
    KindEntry{FileKind::kArchive, "archive", "archives within archives are not opened"},
    KindEntry{FileKind::kOtherXml, "XML other than the tabular list", "not needed"},
    KindEntry{FileKind::kSchema, "XML schema", "not needed"},
    KindEntry{FileKind::kPdf, "PDF", "documents for people are not read"},
    KindEntry{FileKind::kEmpty, "empty file", "it holds nothing"},
    KindEntry{FileKind::kOtherText, "text", "not a published format"},
    KindEntry{FileKind::kUnknown, "unknown", "not a published format"},
};

const KindEntry& EntryOf(FileKind kind) {
  for (const KindEntry& entry : kKinds) {
    if (entry.kind == kind) return entry;
  }
  return kKinds.back();
}

// A zip; spreadsheets are zips whose first member lies in one of their usual places.
FileKind RecogniseZip(absl::string_view start) {
  constexpr size_t kNameLengthOffset = 26;
  constexpr size_t kNameOffset = 30;
  if (start.size() < kNameOffset) return FileKind::kArchive;
  const size_t length = static_cast<unsigned char>(start[kNameLengthOffset]) |
                        static_cast<unsigned char>(start[kNameLengthOffset + 1]) << 8;
  const absl::string_view name = start.substr(kNameOffset, length);
  for (const absl::string_view prefix : {"[Content_Types].xml", "xl/", "_rels/", "docProps/"}) {
    if (absl::StartsWith(name, prefix)) return FileKind::kSpreadsheet;
  }
  return FileKind::kArchive;
}

// The name of the root element, or of the document type where that comes first.
absl::string_view RootName(absl::string_view text) {
  while (true) {
    text = absl::StripLeadingAsciiWhitespace(text);
    absl::string_view end;
    if (absl::StartsWith(text, "<?")) {
      end = "?>";
    } else if (absl::StartsWith(text, "<!--")) {
      end = "-->";
    } else {
      break;
    }
    const size_t found = text.find(end);
    if (found == absl::string_view::npos) return {};
    text.remove_prefix(found + end.size());
  }
  if (absl::ConsumePrefix(&text, "<!DOCTYPE")) {
    text = absl::StripLeadingAsciiWhitespace(text);
  } else if (!absl::ConsumePrefix(&text, "<")) {
    return {};
  }
  return text.substr(0, text.find_first_of(" \t\r\n/>["));
}

FileKind RecogniseXml(absl::string_view text) {
  const absl::string_view root = RootName(text);
  // The second test sees through a document type of another name.
  if (root == "ICD10CM.tabular" || absl::StrContains(text, "<ICD10CM.tabular")) {
    return FileKind::kTabularXml;
  }
  if (root == "schema" || absl::EndsWith(root, ":schema")) return FileKind::kSchema;
  return FileKind::kOtherXml;
}

// `B880    Other acariasis`: a code in seven columns, a space, its title.
bool IsCodesLine(absl::string_view line) {
  if (line.size() < model::kMaxCodeLength + 2 || line[model::kMaxCodeLength] != ' ') return false;
  const absl::string_view code =
      absl::StripTrailingAsciiWhitespace(line.substr(0, model::kMaxCodeLength));
  return model::IsCode(code) && line[model::kMaxCodeLength + 1] != ' ';
}

// A line of the codes addenda: as in the order addenda, without flag.
bool IsCodesAddendaLine(absl::string_view line) {
  const absl::string_view action = AddendaActionOf(line);
  if (action.empty() || line.size() <= action.size()) return false;
  return IsCodesLine(line.substr(action.size()));
}

FileKind RecogniseText(absl::string_view text) {
  // A broken first line does not hide an order file: the next ones tell it too, and
  // the reader then says what is wrong with the first.
  constexpr int kLinesLookedAt = 3;
  absl::string_view first;
  for (LineReader lines(text); lines.number() < kLinesLookedAt && lines.Next();) {
    if (first.empty()) first = lines.line();
    if (OrderLineFault(lines.line()).empty()) return FileKind::kOrderFile;
    if (IsOrderAddendaLine(lines.line())) return FileKind::kOrderAddenda;
    if (IsCodesAddendaLine(lines.line())) return FileKind::kCodesAddenda;
  }
  if (first == "Headers") return FileKind::kOrderAddenda;
  if (first == "Codes") return FileKind::kCodesAddenda;
  if (IsPoaHeading(first)) return FileKind::kPoaList;
  if (IsPoaChangesHeading(first)) return FileKind::kPoaChanges;
  if (IsPoaReadMe(first)) return FileKind::kPoaReadMe;
  if (first.size() > 2 && absl::StrContains("DAON", first[0]) && first[1] == ' ' &&
      IsCodesLine(first.substr(2))) {
    return FileKind::kEarlyAddenda;
  }
  if (IsCodesLine(first)) return FileKind::kCodesFile;
  // The heading of a conversion table, which a notice over several lines precedes.
  const std::string plain =
      absl::StrCat("\n", absl::StrReplaceAll(absl::AsciiStrToLower(text), {{"\"", ""}}));
  if (absl::StrContains(plain, "\ncurrent code assignment,effective")) {
    return FileKind::kConversionTable;
  }
  return FileKind::kOtherText;
}

// A text's first bytes may end within a character or a line.
absl::string_view WholeLines(absl::string_view start) {
  if (start.size() < kRecogniseBytes) return start;
  start = start.substr(0, kRecogniseBytes);
  return start.substr(0, start.rfind('\n') + 1);
}

}  // namespace

FileKind Recognise(absl::string_view start) {
  if (start.empty()) return FileKind::kEmpty;
  if (absl::StartsWith(start, "PK\x03\x04")) return RecogniseZip(start);
  if (absl::StartsWith(start, "PK\x05\x06")) return FileKind::kArchive;
  if (absl::StartsWith(start, "%PDF")) return FileKind::kPdf;
  const absl::string_view text = WithoutByteOrderMark(start.substr(0, kRecogniseBytes));
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "<")) return RecogniseXml(text);
  const absl::string_view lines = WithoutByteOrderMark(WholeLines(start));
  // A single byte outside UTF-8 (a Latin-1 accent) still leaves text to look at.
  const std::optional<TextFault> fault = FindTextFault(lines);
  if (lines.empty() || (fault.has_value() && fault->what == "a control character")) {
    return FileKind::kUnknown;
  }
  return RecogniseText(lines);
}

absl::string_view FileKindName(FileKind kind) { return EntryOf(kind).name; }

bool IsNeeded(FileKind kind) {
  return kind == FileKind::kOrderFile || kind == FileKind::kOrderAddenda ||
         kind == FileKind::kTabularXml || kind == FileKind::kPoaList ||
         kind == FileKind::kPoaReadMe || kind == FileKind::kConversionTable ||
         kind == FileKind::kSpreadsheet;
}

std::string WhyIgnored(FileKind kind, absl::string_view start) {
  std::string why = absl::StrCat(FileKindName(kind), ": ", EntryOf(kind).why_ignored);
  if (kind == FileKind::kOtherText) {
    LineReader lines(WithoutByteOrderMark(WholeLines(start)));
    lines.Next();
    absl::StrAppend(&why, "; as an order file, line 1: ", OrderLineFault(lines.line()));
  } else if (absl::StartsWith(start, "\xFF\xFE") || absl::StartsWith(start, "\xFE\xFF")) {
    absl::StrAppend(&why, "; it may be UTF-16, and only UTF-8 is read");
  }
  return why;
}

}  // namespace codeset::source
