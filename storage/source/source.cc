#include "storage/source/source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/source/archive.h"
#include "storage/source/conversion_reader.h"
#include "storage/source/order_file.h"
#include "storage/source/recognise.h"
#include "storage/source/table_rows.h"
#include "storage/source/tabular_xml.h"

namespace codeset::source {
namespace {

// Gathers the files of one load.
class SourceReader {
 public:
  explicit SourceReader(Purpose purpose) : purpose_(purpose) {}

  absl::Status Add(InputFile input) {
    const FileKind kind = Recognise(input.bytes);
    if (kind != FileKind::kArchive) {
      return AddFile(std::move(input.name), kind, std::move(input.bytes));
    }
    ASSIGN_OR_RETURN(std::vector<ArchiveMember> members, archives_.Read(input.name, input.bytes));
    input.bytes = std::string();
    if (members.empty()) files_.ignored.push_back({input.name, "archive: it holds no file"});
    for (ArchiveMember& member : members) {
      RETURN_IF_ERROR(AddFile(std::move(member.name), member.kind, std::move(member.bytes)));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<SourceFiles> Finish() {
    RETURN_IF_ERROR(ChoosePoaList());
    const bool overlay = purpose_ == Purpose::kOverlay;
    if (overlay ? !files_.addenda.empty()
                : files_.order.has_value() || files_.tabular.has_value() ||
                      files_.poa.has_value() || files_.conversion.has_value()) {
      return std::move(files_);
    }
    constexpr size_t kListed = 10;
    std::string seen;
    for (const ReadFile& file : files_.read)
      absl::StrAppend(&seen, "\n  ", file.name, " (", file.role, ")");
    for (size_t i = 0; i < std::min(files_.ignored.size(), kListed); ++i) {
      absl::StrAppend(&seen, "\n  ", files_.ignored[i].name, " (", files_.ignored[i].why, ")");
    }
    if (files_.ignored.size() > kListed) {
      absl::StrAppend(&seen, "\n  and ", files_.ignored.size() - kListed, " more");
    }
    model::ErrorFacts facts;
    if (files_.ignored.size() == 1) facts["file"] = files_.ignored[0].name;
    return model::MakeError(
        model::Reason::kSourceNotRecognised,
        absl::StrCat(overlay ? "no order addenda (icd10cm_order_addenda_….txt)"
                             : "no order file (icd10cm_order_….txt), no tabular list (XML with "
                               "root <ICD10CM.tabular>), no list of POA-exempt codes "
                               "(POAexemptCodes….txt) and no conversion table",
                     " among the files; seen: ", seen.empty() ? "none" : seen),
        facts);
  }

 private:
  absl::Status AddFile(std::string name, FileKind kind, std::string bytes) {
    if (!IsNeeded(kind)) {
      files_.ignored.push_back({std::move(name), WhyIgnored(kind, bytes)});
      return absl::OkStatus();
    }
    std::vector<TableRow> rows;
    if (kind == FileKind::kSpreadsheet) {
      ASSIGN_OR_RETURN(rows, ReadSpreadsheetRows(name, bytes, archives_));
      if (!IsConversionTable(rows)) {
        files_.ignored.push_back({std::move(name), WhyIgnored(kind, bytes)});
        return absl::OkStatus();
      }
      kind = FileKind::kConversionTable;
    } else if (kind == FileKind::kConversionTable) {
      ASSIGN_OR_RETURN(rows, ReadCsvRows(name, bytes));
    }
    ReadFile file{std::move(name), std::string(FileKindName(kind)),
                  static_cast<int64_t>(bytes.size()), model::FormatDigest(model::DigestOf(bytes))};
    for (const ReadFile& known : files_.read) {
      if (known.sha256 != file.sha256) continue;
      files_.ignored.push_back({file.name, absl::StrCat("the same bytes as ", known.name)});
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(kind == FileKind::kConversionTable ? ParseConversion(file.name, rows)
                                                       : Parse(kind, file.name, std::move(bytes)));
    files_.read.push_back(std::move(file));
    return absl::OkStatus();
  }

  absl::Status Parse(FileKind kind, const std::string& name, std::string bytes) {
    if (kind == FileKind::kOrderFile) {
      if (files_.order.has_value()) return TwoOf("order files", files_.order_file, name);
      ASSIGN_OR_RETURN(files_.order, ParseOrderFile(name, bytes));
      files_.order_file = name;
    } else if (kind == FileKind::kTabularXml) {
      if (files_.tabular.has_value()) return TwoOf("tabular lists", files_.tabular_file, name);
      ASSIGN_OR_RETURN(TabularDocument document, ParseTabularXml(name, std::move(bytes)));
      files_.tabular = std::move(document.tabular);
      files_.tabular_version = std::move(document.version);
      files_.findings = std::move(document.findings);
      files_.tabular_file = name;
    } else if (kind == FileKind::kPoaList) {
      ASSIGN_OR_RETURN(PoaListing listing, ParsePoaList(name, bytes));
      poa_lists_.push_back({name, std::move(listing)});
    } else if (kind == FileKind::kPoaReadMe) {
      if (const std::optional<int> codes = PoaReadMeCount(bytes)) {
        files_.poa_counts.push_back({name, *codes});
      }
    } else {
      ASSIGN_OR_RETURN(NamedAddenda addenda,
                       ReadOrderAddenda(name, bytes,
                                        purpose_ == Purpose::kOverlay ? Trailer::kOptional
                                                                      : Trailer::kRequired));
      files_.addenda.push_back(std::move(addenda));
    }
    return absl::OkStatus();
  }

  absl::Status ParseConversion(const std::string& name, const std::vector<TableRow>& rows) {
    ASSIGN_OR_RETURN(model::ConversionTable table, ParseConversionTable(name, rows));
    if (files_.conversion.has_value()) {
      return TwoOf("conversion tables", files_.conversion_file, name);
    }
    files_.conversion = std::move(table);
    files_.conversion_file = name;
    return absl::OkStatus();
  }

  // Tells the list of POA-exempt codes from lists of additions with the same heading: it is
  // the largest, and has every code of the others, which are less than half of it.
  absl::Status ChoosePoaList() {
    if (poa_lists_.empty()) {
      for (const PoaCount& count : files_.poa_counts) {
        Unread(count.file, "there is no list that it would be about");
      }
      files_.poa_counts.clear();
      return absl::OkStatus();
    }
    const auto list = std::max_element(
        poa_lists_.begin(), poa_lists_.end(),
        [](const auto& a, const auto& b) { return a.second.rows.size() < b.second.rows.size(); });
    for (auto other = poa_lists_.begin(); other != poa_lists_.end(); ++other) {
      if (other == list) continue;
      if (other->second.rows.size() * 2 >= list->second.rows.size() ||
          !IsPartOf(other->second, list->second)) {
        return TwoOf("lists of POA-exempt codes", list->first, other->first);
      }
      Unread(other->first, absl::StrCat("additions that are all on ", list->first));
    }
    files_.poa_file = list->first;
    files_.poa = std::move(list->second);
    return absl::OkStatus();
  }

  // Moves a file from those read to those ignored.
  void Unread(absl::string_view name, absl::string_view why) {
    const auto file = std::find_if(files_.read.begin(), files_.read.end(),
                                   [&](const ReadFile& read) { return read.name == name; });
    if (file == files_.read.end()) return;
    files_.ignored.push_back({file->name, absl::StrCat(file->role, ": ", why)});
    files_.read.erase(file);
  }

  static absl::Status TwoOf(absl::string_view what, absl::string_view one,
                            absl::string_view other) {
    return model::MakeFileError(
        model::Reason::kSourceMalformed, other, 0,
        absl::StrCat("a release has one of its ", what, ", but ", one,
                     " is another with other content; name the files of one release"));
  }

  const Purpose purpose_;
  ArchiveReader archives_;
  // With the names of their files.
  std::vector<std::pair<std::string, PoaListing>> poa_lists_;
  SourceFiles files_;
};

}  // namespace

absl::StatusOr<SourceFiles> ReadSources(std::vector<InputFile> inputs, Purpose purpose) {
  SourceReader reader(purpose);
  for (InputFile& input : inputs) RETURN_IF_ERROR(reader.Add(std::move(input)));
  return reader.Finish();
}

}  // namespace codeset::source
