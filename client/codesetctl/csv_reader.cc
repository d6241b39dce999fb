#include "client/codesetctl/csv_reader.h"

#include <csv.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::ctl {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} << 10;
// A quote that is never closed would otherwise take the rest of the file for one field.
constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 20;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::istream& in, std::string name)
    : in_(in), name_(std::move(name)), parser_(std::make_unique<csv_parser>()) {
  csv_init(parser_.get(), CSV_STRICT | CSV_STRICT_FINI);
  // Spaces are data, and are kept.
  csv_set_space_func(parser_.get(), [](unsigned char) { return 0; });
}

CsvReader::~CsvReader() { csv_free(parser_.get()); }

void CsvReader::OnField(void* field, std::size_t size, void* self) {
  auto* reader = static_cast<CsvReader*>(self);
  reader->fields_.emplace_back(static_cast<const char*>(field), size);
  reader->fields_bytes_ += size + sizeof(std::string);
}

void CsvReader::OnRecord(int, void* self) {
  auto* reader = static_cast<CsvReader*>(self);
  reader->ready_.push_back(std::exchange(reader->fields_, {}));
  reader->fields_bytes_ = 0;
}

absl::Status CsvReader::Broken(const std::string& why) const {
  // Of the record after those that are ready.
  return absl::InvalidArgumentError(absl::StrCat(
      name_, ": row ", row_ + static_cast<std::int64_t>(ready_.size()) + 1, ": ", why));
}

absl::Status CsvReader::Fill() {
  std::array<char, kChunkBytes> chunk;
  while (ready_.empty() && !finished_) {
    in_.read(chunk.data(), chunk.size());
    absl::string_view read(chunk.data(), static_cast<std::size_t>(in_.gcount()));
    if (in_.bad() || (in_.fail() && !in_.eof()))
      return absl::InvalidArgumentError(absl::StrCat("cannot read ", name_));
    if (first_) absl::ConsumePrefix(&read, kByteOrderMark);
    first_ = false;
    if (csv_parse(parser_.get(), read.data(), read.size(), OnField, OnRecord, this) !=
        read.size()) {
      return Broken(
          "a quote stands within a field, or something behind one that ends it; fields with "
          "quotes are written in quotes, and quotes in them twice");
    }
    if (fields_bytes_ + csv_get_buffer_size(parser_.get()) > kMaxRecordBytes) {
      return Broken("it has more than 1 MiB: is a quote not closed?");
    }
    if (!in_.eof()) continue;
    finished_ = true;
    if (csv_fini(parser_.get(), OnField, OnRecord, this) != 0) {
      return Broken("a quote is not closed");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CsvReader::Record>> CsvReader::Next() {
  if (ready_.empty() && failure_.ok()) failure_ = Fill();
  if (ready_.empty()) {
    RETURN_IF_ERROR(failure_);
    return std::optional<Record>();
  }
  Record record = std::move(ready_.front());
  ready_.pop_front();
  ++row_;
  for (const std::string& field : record) {
    if (model::EscapeInvalidUtf8(field) != field) {
      return absl::InvalidArgumentError(
          absl::StrCat(name_, ": row ", row_, ": ", model::Quoted(field), " is not UTF-8"));
    }
  }
  return std::optional<Record>(std::move(record));
}

}  // namespace codeset::ctl
