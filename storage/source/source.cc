#include "storage/source/source.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/task_group.h"
#include "storage/source/archive.h"
#include "storage/source/conversion_reader.h"
#include "storage/source/order_file.h"
#include "storage/source/recognise.h"
#include "storage/source/table_rows.h"
#include "storage/source/tabular_xml.h"

namespace codeset::source {
namespace {

// Gathers the files of one load. They are unpacked one after another and parsed beside that and
// beside each other; what comes of it is the same as of one after another.
class SourceReader {
 public:
  explicit SourceReader(Purpose purpose) : purpose_(purpose) {}

  // After an error there is nothing to add: a file before it may be the one to tell of.
  absl::Status Add(InputFile input) {
    const FileKind kind = Recognise(input.bytes);
    if (kind != FileKind::kArchive) {
      return AddFile(std::move(input.name), kind, std::move(input.bytes));
    }
    absl::StatusOr<std::vector<ArchiveMember>> members = archives_.Read(input.name, input.bytes);
    if (!members.ok()) return Stop(members.status());
    input.bytes = std::string();
    if (members->empty()) {
      File& file = read_.emplace_back();
      file.name = input.name;
      file.why_ignored = "archive: it holds no file";
    }
    for (ArchiveMember& member : *members) {
      RETURN_IF_ERROR(AddFile(std::move(member.name), member.kind, std::move(member.bytes)));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<SourceFiles> Finish() {
    tasks_.Wait();
    RETURN_IF_ERROR(TakeFiles());
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
  // A file on its way: what it is, then what was read of it.
  struct File {
    std::string name;
    FileKind kind = FileKind::kUnknown;
    std::string bytes;
    // Of a conversion table.
    std::vector<TableRow> rows;
    // Empty for a file that is not needed.
    std::string sha256;
    int64_t size = 0;
    std::string why_ignored;
    // False for a second one of a kind that there may be one of: it is a mistake, or the same
    // file again.
    bool parse = true;
    // Of what came before it could be parsed, and of parsing it.
    absl::Status status;
    absl::Status parsed;
    std::optional<model::OrderFacts> order;
    std::optional<TabularDocument> tabular;
    std::optional<PoaListing> poa;
    std::optional<int> poa_count;
    std::optional<NamedAddenda> addenda;
    std::optional<model::ConversionTable> conversion;
  };

  // What stopped the files from being added: they end with it.
  absl::Status Stop(absl::Status status) {
    read_.emplace_back().status = status;
    return status;
  }

  absl::Status AddFile(std::string name, FileKind kind, std::string bytes) {
    File& file = read_.emplace_back();
    file.name = std::move(name);
    file.kind = kind;
    file.bytes = std::move(bytes);
    file.size = static_cast<int64_t>(file.bytes.size());
    if (kind == FileKind::kSpreadsheet) {
      absl::StatusOr<std::vector<TableRow>> rows =
          ReadSpreadsheetRows(file.name, file.bytes, kConversionSign, archives_);
      file.status = rows.status();
      RETURN_IF_ERROR(file.status);
      if (IsConversionTable(*rows)) {
        file.kind = FileKind::kConversionTable;
        file.rows = *std::move(rows);
      }
    }
    if (!IsNeeded(file.kind) || file.kind == FileKind::kSpreadsheet) {
      file.why_ignored = WhyIgnored(kind, file.bytes);
      file.bytes = std::string();
      return absl::OkStatus();
    }
    if (file.kind == FileKind::kOrderFile || file.kind == FileKind::kTabularXml) {
      bool& seen = file.kind == FileKind::kOrderFile ? order_seen_ : tabular_seen_;
      file.parse = !std::exchange(seen, true);
    }
    // The file lies where it is until all are read.
    tasks_.Run([this, &file] { Read(file); });
    return absl::OkStatus();
  }

  // Digests and parses a file. Runs beside others.
  void Read(File& file) const {
    file.sha256 = model::FormatDigest(model::DigestOf(file.bytes));
    if (file.parse) file.parsed = Parse(file);
    file.bytes = std::string();
  }

  absl::Status Parse(File& file) const {
    switch (file.kind) {
      case FileKind::kOrderFile: {
        ASSIGN_OR_RETURN(file.order, ParseOrderFile(file.name, file.bytes));
        return absl::OkStatus();
      }
      case FileKind::kTabularXml: {
        ASSIGN_OR_RETURN(file.tabular, ParseTabularXml(file.name, std::move(file.bytes)));
        return absl::OkStatus();
      }
      case FileKind::kPoaList: {
        ASSIGN_OR_RETURN(file.poa, ParsePoaList(file.name, file.bytes));
        return absl::OkStatus();
      }
      case FileKind::kPoaReadMe:
        file.poa_count = PoaReadMeCount(file.bytes);
        return absl::OkStatus();
      case FileKind::kConversionTable: {
        // Of a spreadsheet the rows are there.
        if (file.rows.empty()) {
          ASSIGN_OR_RETURN(file.rows, ReadCsvRows(file.name, file.bytes));
        }
        ASSIGN_OR_RETURN(file.conversion, ParseConversionTable(file.name, file.rows));
        return absl::OkStatus();
      }
      default: {
        ASSIGN_OR_RETURN(file.addenda,
                         ReadOrderAddenda(file.name, file.bytes,
                                          purpose_ == Purpose::kOverlay ? Trailer::kOptional
                                                                        : Trailer::kRequired));
        return absl::OkStatus();
      }
    }
  }

  // Takes what was read of each file, in the order of the files; the first error is told.
  absl::Status TakeFiles() {
    for (File& file : read_) {
      RETURN_IF_ERROR(file.status);
      RETURN_IF_ERROR(Take(file));
    }
    return absl::OkStatus();
  }

  // Adds a file that was read to those of the load.
  absl::Status Take(File& file) {
    if (file.sha256.empty()) {
      files_.ignored.push_back({std::move(file.name), std::move(file.why_ignored)});
      return absl::OkStatus();
    }
    for (const ReadFile& known : files_.read) {
      if (known.sha256 != file.sha256) continue;
      files_.ignored.push_back({file.name, absl::StrCat("the same bytes as ", known.name)});
      return absl::OkStatus();
    }
    if (file.kind == FileKind::kOrderFile && files_.order.has_value()) {
      return TwoOf("order files", files_.order_file, file.name);
    }
    if (file.kind == FileKind::kTabularXml && files_.tabular.has_value()) {
      return TwoOf("tabular lists", files_.tabular_file, file.name);
    }
    RETURN_IF_ERROR(file.parsed);
    if (file.order.has_value()) {
      files_.order = std::move(file.order);
      files_.order_file = file.name;
    } else if (file.tabular.has_value()) {
      files_.tabular = std::move(file.tabular->tabular);
      files_.tabular_version = std::move(file.tabular->version);
      files_.findings = std::move(file.tabular->findings);
      files_.tabular_file = file.name;
    } else if (file.poa.has_value()) {
      poa_lists_.emplace_back(file.name, *std::move(file.poa));
    } else if (file.poa_count.has_value()) {
      files_.poa_counts.push_back({file.name, *file.poa_count});
    } else if (file.addenda.has_value()) {
      files_.addenda.push_back(*std::move(file.addenda));
    } else if (file.conversion.has_value()) {
      if (files_.conversion.has_value()) {
        return TwoOf("conversion tables", files_.conversion_file, file.name);
      }
      files_.conversion = std::move(file.conversion);
      files_.conversion_file = file.name;
    }
    files_.read.push_back({std::move(file.name), std::string(FileKindName(file.kind)), file.size,
                           std::move(file.sha256)});
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
  // A deque, since files are read where they lie.
  std::deque<File> read_;
  bool order_seen_ = false;
  bool tabular_seen_ = false;
  // Last, so that no file goes while it is read.
  model::TaskGroup tasks_;
};

}  // namespace

absl::StatusOr<SourceFiles> ReadSources(std::vector<InputFile> inputs, Purpose purpose) {
  SourceReader reader(purpose);
  for (InputFile& input : inputs) {
    if (!reader.Add(std::move(input)).ok()) break;
  }
  return reader.Finish();
}

}  // namespace codeset::source
