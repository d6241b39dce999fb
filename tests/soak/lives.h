// The lives of codes, told naively: what each loaded release says, edition by edition, with what is
// known to have been published and is not loaded in between.
//
// A second telling of what tests/oracle/history.py tells. Thread-safe: free functions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/history.pb.h"
#include "tests/soak/facts.h"

namespace codeset::soak {

// A time between the first days of two editions.
struct EditionTime {
  // Its first day, and the first day after it; empty for the last.
  std::string since;
  std::string until;
  // The release that says what codes there were; null where that is not known.
  const ReleaseFacts* release = nullptr;
  // The release whose tabular list holds; null where none is known.
  const ReleaseFacts* tabular = nullptr;
  // The release whose list of POA-exempt codes is in force; null where none is known.
  const ReleaseFacts* exempt = nullptr;
};

// Time from the first edition known on, with `loaded` loaded. `today` divides off fiscal years of
// which nothing is known.
std::vector<EditionTime> TimesOf(const Oracle& oracle, const std::set<std::string>& loaded,
                                 const std::string& today);

// Whether any release of `times` has the code.
bool HasLife(const std::vector<EditionTime>& times, absl::string_view code);

// What differs between a life and how it should be told; empty if nothing. The notes of lives that
// a stream tells without them are not compared.
std::string DifferenceOf(const std::vector<EditionTime>& times, absl::string_view code,
                         bool with_notes, const v1::CodeHistory& actual);

// The same of the line of releases.
std::string DifferenceOf(const std::vector<EditionTime>& times,
                         const google::protobuf::RepeatedPtrField<v1::HistoryRelease>& actual);

}  // namespace codeset::soak
