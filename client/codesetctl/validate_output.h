// What `validate` prints: a row a code, and a summary by outcome.
//
// Thread-safe: values and free functions; a summary belongs to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/codesetctl/table.h"
#include "client/cpp/validation.h"
#include "codeset/v1/validation.pb.h"

namespace codeset::ctl {

// A code that was validated, with what its file says of it.
struct ValidatedRow {
  client::ValidatedCode code;
  // The number of its record in the file, the heading being the first, or its place on the
  // command line; from 1.
  std::int64_t row = 0;
  // The record, field by field; empty for codes of the command line.
  std::vector<std::string> record;
};

// Rows as a table.
Table ValidationTable(const std::vector<ValidatedRow>& rows);

// Rows as CSV: the row's number, the fields of the input under their own headings, what came
// of it. `heading` is that of the input.
std::string ValidationCsvHeading(const std::vector<std::string>& heading);
std::string ValidationCsv(const ValidatedRow& row);

// A row as JSON on one line, with the input's fields by their headings.
std::string ValidationJson(const ValidatedRow& row, const std::vector<std::string>& heading);

// Counts by outcome.
class ValidationSummary {
 public:
  void Add(v1::ValidationOutcome outcome);
  std::int64_t rows() const { return rows_; }
  // Whether every row is billable.
  bool all_billable() const;
  // `3 rows: 2 billable, 1 header`.
  std::string Text() const;

 private:
  std::int64_t rows_ = 0;
  std::map<v1::ValidationOutcome, std::int64_t> outcomes_;
};

}  // namespace codeset::ctl
