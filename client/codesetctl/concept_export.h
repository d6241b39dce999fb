// All concepts of a release for pipelines: `export concepts`.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "client/cpp/client.h"
#include "codeset/v1/concept.pb.h"

namespace codeset::ctl {

// The first record of the csv.
std::string ConceptExportHeading();
// A concept's record. What does not apply, or is not known, is empty.
std::string ConceptExportRecord(const v1::Concept& item);

// The first line of the jsonl: which release it is, and how many concepts follow.
std::string ConceptExportHeader(const client::ConceptsHeader& header);
// A concept's line, with its notes.
std::string ConceptExportLine(const v1::Concept& item);

}  // namespace codeset::ctl
