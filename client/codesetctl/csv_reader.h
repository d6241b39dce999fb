// Reads CSV record by record, however long the file is, with libcsv (strict about quotes).
//
//   CsvReader reader(file, "claims.csv");
//   ASSIGN_OR_RETURN(auto heading, reader.Next());
//   while (true) {
//     ASSIGN_OR_RETURN(auto record, reader.Next());
//     if (!record.has_value()) break;
//     Use(reader.row(), *record);
//   }
//
// Not thread-safe; one reader belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct csv_parser;

namespace codeset::ctl {

// See above.
class CsvReader {
 public:
  using Record = std::vector<std::string>;

  // `in` outlives the reader; `name` is the file's in messages.
  CsvReader(std::istream& in, std::string name);
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  // The next record; nothing at the end. Empty lines are no records. A byte-order mark before
  // the first is passed over. INVALID_ARGUMENT with name and row for quotes that are broken,
  // text that is not UTF-8, and a record of more than 1 MiB.
  absl::StatusOr<std::optional<Record>> Next();

  // The number of the record that Next gave last, from 1; the heading is the first.
  std::int64_t row() const { return row_; }

 private:
  static void OnField(void* field, std::size_t size, void* self);
  static void OnRecord(int end, void* self);
  // Reads on until there is a record, an end or an error.
  absl::Status Fill();
  absl::Status Broken(const std::string& why) const;

  std::istream& in_;
  std::string name_;
  std::unique_ptr<csv_parser> parser_;
  Record fields_;
  std::size_t fields_bytes_ = 0;
  std::deque<Record> ready_;
  std::int64_t row_ = 0;
  // An error that comes after the records that are ready.
  absl::Status failure_;
  bool first_ = true;
  bool finished_ = false;
};

}  // namespace codeset::ctl
