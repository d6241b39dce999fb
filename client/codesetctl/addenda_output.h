// The publisher's order addenda, made of the changes between two releases.
//
// Thread-safe: free functions. storage/model/addenda.h has the layout of a line and of the
// trailer.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cpp/client.h"
#include "storage/model/addenda.h"

namespace codeset::ctl {

// The facets that addenda are made of; a diff for them asks for these.
std::vector<v1::Facet> AddendaFacets();

// The addenda of a diff over AddendaFacets(): sorted by code, deletions before additions.
// A changed flag is a deletion and an addition, a changed title a revision. Left out, as
// the publisher does: chapters and sections, and codes whose titles differ in white space
// alone. FAILED_PRECONDITION if one of the facets could not be compared.
absl::StatusOr<model::Addenda> BuildAddenda(const client::DiffHeader& header,
                                            const std::vector<v1::Change>& changes);

// The whole file, lines ended by CRLF, trailer included.
std::string FormatAddenda(const model::Addenda& addenda);

}  // namespace codeset::ctl
