// How many changes of each class lie between two releases, held against limits.
//
// Thread-safe: values and free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/codesetctl/arguments.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {

// One class of change.
struct ClassCount {
  // Its name, of ChangeClasses().
  std::string name;
  // The chapter; nothing for the whole, empty for concepts whose chapter is not known.
  std::optional<std::string> chapter;
  // How many; nothing where a release lacks what would have to be compared.
  std::optional<int> count;
  // How many of them are about billable concepts; nothing for edits of notes, of which that is
  // not counted.
  std::optional<int> billable;
  // The limit that was given for the whole.
  std::optional<int> max;

  bool exceeded() const { return count.has_value() && max.has_value() && *count > *max; }
  // A limit of which nobody knows whether it is kept.
  bool undecided() const { return max.has_value() && !count.has_value(); }
};

// The classes that occur, that are not known or that have a limit; then those that occur in
// each chapter that the answer tells of.
std::vector<ClassCount> CountClasses(const v1::GetDiffSummaryResponse& summary,
                                     const std::vector<Threshold>& thresholds);

// The counts for people, for programs, and one as a JSON line.
Table CompareTable(const std::vector<ClassCount>& counts);
std::string CompareCsv(const std::vector<ClassCount>& counts,
                       const v1::GetDiffSummaryResponse& summary);
std::string CompareJson(const ClassCount& count, const v1::GetDiffSummaryResponse& summary);

}  // namespace codeset::ctl
