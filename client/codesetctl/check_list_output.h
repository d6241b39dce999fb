// What became of the codes of a list, as tables, JSON and CSV.
//
// Thread-safe: free functions; a CheckSummary belongs to one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/codesetctl/table.h"
#include "client/cpp/code_list.h"

namespace codeset::ctl {

// A row, and the line of the file that its entry stands on.
struct CheckedRow {
  v1::CodeListRow row;
  int line = 0;
};

Table CheckTable(const std::vector<CheckedRow>& rows);

std::string CheckCsvHeading();
std::string CheckCsv(const CheckedRow& checked, const client::CheckHeader& header);

// The first JSON line: {"from":…,"to":…,"notesCompared":…}.
std::string CheckHeaderJson(const client::CheckHeader& header);
// The line of one row: {"line":…,"row":…}.
std::string CheckJson(const CheckedRow& checked);

// Counts rows as they come.
class CheckSummary {
 public:
  void Add(const v1::CodeListRow& row);
  bool breaks() const { return breaking_ > 0; }
  // `12 entries, 15 rows: 10 unchanged, 2 gone, …; 3 break the list`.
  std::string Text() const;

 private:
  std::set<std::int64_t> entries_;
  int rows_ = 0;
  int breaking_ = 0;
  std::map<v1::CodeListOutcome, int> outcomes_;
};

}  // namespace codeset::ctl
