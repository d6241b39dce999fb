#include "client/codesetctl/validate_file.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::ctl {
namespace {

std::string NameOf(const Arguments& arguments) {
  return arguments.file == "-" ? "standard input" : arguments.file;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CodeFile>> CodeFile::Open(const Session& session) {
  std::unique_ptr<CodeFile> opened(new CodeFile(session));
  const std::string& path = session.arguments.file;
  if (path == "-") {
    if (session.environment.in == nullptr) return absl::InvalidArgumentError("nothing to read");
    RETURN_IF_ERROR(opened->ReadHeading(*session.environment.in));
    return opened;
  }
  opened->file_.open(path, std::ios::binary);
  // Reading shows that a folder is none.
  if (!opened->file_ || opened->file_.peek() == std::ifstream::traits_type::eof()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read ", path, ", or there is nothing in it"));
  }
  RETURN_IF_ERROR(opened->ReadHeading(opened->file_));
  // A pipe is read once, as standard input is.
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) return opened;
  std::int64_t rows = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<CsvReader::Record> record, opened->NextRecord());
    if (!record.has_value()) break;
    ++rows;
  }
  opened->rows_ = rows;
  opened->file_.clear();
  opened->file_.seekg(0);
  RETURN_IF_ERROR(opened->ReadHeading(opened->file_));
  return opened;
}

absl::Status CodeFile::ReadHeading(std::istream& in) {
  reader_ = std::make_unique<CsvReader>(in, NameOf(session_.arguments));
  ASSIGN_OR_RETURN(std::optional<CsvReader::Record> heading, reader_->Next());
  if (!heading.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(NameOf(session_.arguments), ": there is no heading in it"));
  }
  heading_ = *std::move(heading);
  ASSIGN_OR_RETURN(code_column_, ColumnOf(session_.arguments.code_column));
  if (!session_.arguments.date_column.empty()) {
    ASSIGN_OR_RETURN(date_column_, ColumnOf(session_.arguments.date_column));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> CodeFile::ColumnOf(const std::string& name) const {
  const auto found = std::find(heading_.begin(), heading_.end(), name);
  if (found == heading_.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        NameOf(session_.arguments), ": there is no column ", model::Quoted(name), "; there are ",
        absl::StrJoin(heading_, ", ", [](std::string* out, const std::string& column) {
          out->append(model::Quoted(column));
        })));
  }
  return static_cast<std::size_t>(found - heading_.begin());
}

absl::StatusOr<std::optional<CsvReader::Record>> CodeFile::NextRecord() {
  ASSIGN_OR_RETURN(std::optional<CsvReader::Record> record, reader_->Next());
  if (record.has_value()) {
    if (record->size() > heading_.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat(NameOf(session_.arguments), ": row ", reader_->row(), ": it has ",
                       record->size(), " fields, and the heading has ", heading_.size()));
    }
    record->resize(heading_.size());
  }
  return record;
}

client::NextCode CodeFile::Rows() {
  return [this]() -> std::optional<v1::CodeToValidate> {
    absl::StatusOr<std::optional<CsvReader::Record>> record = NextRecord();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!record.ok() || !record->has_value()) {
      status_ = record.status();
      return std::nullopt;
    }
    v1::CodeToValidate row;
    row.set_code((**record)[code_column_]);
    if (date_column_.has_value()) {
      // One that is empty is no date, and not `current`: the server says so of the row.
      row.mutable_release()->set_date(
          std::string(absl::StripAsciiWhitespace((**record)[*date_column_])));
      row.mutable_release()->set_allow_stale(session_.arguments.allow_stale);
    }
    sent_.emplace_back(reader_->row(), **std::move(record));
    return row;
  };
}

CodeFile::Sent CodeFile::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (sent_.empty()) return {};
  Sent sent = std::move(sent_.front());
  sent_.pop_front();
  return sent;
}

absl::Status CodeFile::status() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

}  // namespace codeset::ctl
