// The rows of a CSV file that `validate` asks about.
//
//   ASSIGN_OR_RETURN(auto file, CodeFile::Open(session));
//   client::ValidationRange results = client.StreamValidateCodes(release, file->Rows());
//   … file->Take(result.row())                             // the record that a result is of
//
// A file is read twice: first to see that all of it can be read and how long it is, so that
// nothing is asked or written where it is broken, then to be sent. Standard input and pipes are
// read once.
//
// Rows are called on the thread of a range, Take on the caller's.
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/csv_reader.h"
#include "client/cpp/validation.h"

namespace codeset::ctl {

// See above.
class CodeFile {
 public:
  // A record that was sent: the number of its row in the file, and its fields.
  using Sent = std::pair<std::int64_t, CsvReader::Record>;

  // Opens the file that the arguments name. INVALID_ARGUMENT says what is wrong with it: it
  // cannot be read, the heading lacks a column, a row is broken or has more fields.
  static absl::StatusOr<std::unique_ptr<CodeFile>> Open(const Session& session);

  const CsvReader::Record& heading() const { return heading_; }
  // How many rows there are; nothing for standard input and pipes.
  std::optional<std::int64_t> rows() const { return rows_; }

  // The rows in the order of the file. The file outlives it.
  client::NextCode Rows();

  // The next record that was sent; results come in their order.
  Sent Take();

  // Why reading ended early; OK if it did not.
  absl::Status status();

 private:
  explicit CodeFile(const Session& session) : session_(session) {}

  absl::Status ReadHeading(std::istream& in);
  // The next record, as long as the heading.
  absl::StatusOr<std::optional<CsvReader::Record>> NextRecord();
  absl::StatusOr<std::size_t> ColumnOf(const std::string& name) const;

  const Session& session_;
  std::ifstream file_;
  std::unique_ptr<CsvReader> reader_;
  CsvReader::Record heading_;
  std::size_t code_column_ = 0;
  std::optional<std::size_t> date_column_;
  std::optional<std::int64_t> rows_;
  std::mutex mutex_;
  // Sent and not answered yet.
  std::deque<Sent> sent_;
  absl::Status status_;
};

}  // namespace codeset::ctl
