// Asks codesetd for what the measurements need: all concepts of a release, and answers that the
// echo server is to repeat.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "codeset/v1/concept.pb.h"

namespace codeset::bench {

// All codes of a release with their concepts of the FULL view, in tabular order. Errors are the
// call's.
absl::StatusOr<std::vector<v1::Concept>> FetchConcepts(const std::string& address,
                                                       const std::string& release);

// Writes the answers that the echo server repeats to a folder: `get.bin`, the answer to GetConcept
// (FULL) whose size is nearest the mean over random codes, and `batch-N.bin` for N of 1, 10, 100,
// 1,000 and 10,000, that to a batch of random codes.
absl::Status WriteEchoAnswers(const std::string& address, const std::string& release,
                              const std::vector<v1::Concept>& concepts, const std::string& folder);

}  // namespace codeset::bench
