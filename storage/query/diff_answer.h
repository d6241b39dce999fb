// What the answers about a diff have in common, whoever gives them.
//
//   RequestCheck check;
//   const DiffFilter filter = CheckDiffRequest(request, check);
//   RETURN_IF_ERROR(check.status());                  // then both releases are resolved
//   RETURN_IF_ERROR(CheckUnder(*from.image, *to.image, filter));
//   FillDiffHead(from, to, filter, response);
//
// Thread-safe: free functions over immutable images; DiffSide is a value that refers to what must
// outlive it.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/selector.pb.h"
#include "storage/image/image.h"
#include "storage/query/diff.h"
#include "storage/query/request.h"

namespace codeset::query {

// One of the two releases.
struct DiffSide {
  const image::Image& image;
  const v1::ResolvedRelease& resolved;
  const v1::ReleaseCounts& counts;
};

// Reads what GetDiffSummaryRequest and StreamDiffRequest both have.
template <typename Request>
DiffFilter CheckDiffRequest(const Request& request, RequestCheck& check) {
  check.Selector("from", request.from());
  check.Selector("to", request.to());
  DiffFilter filter;
  filter.facets = check.Facets("facets", request.facets());
  filter.under = check.OptionalConceptKey("under_id", request.under_id());
  filter.billable_only = request.billable_only();
  filter.note_kinds = check.NoteKinds("note_kinds", request.note_kinds());
  return filter;
}

// The error, if neither side knows the concept that the filter names; else OK.
absl::Status CheckUnder(const image::Image& from, const image::Image& to, const DiffFilter& filter);

// Sets what both kinds of answer tell of a diff.
template <typename Response>
void FillDiffHead(const DiffSide& from, const DiffSide& to, const DiffFilter& filter,
                  Response& response) {
  *response.mutable_from() = from.resolved;
  *response.mutable_to() = to.resolved;
  for (v1::FacetComparability& facet : Comparabilities(from.image, to.image, filter)) {
    *response.add_comparability() = std::move(facet);
  }
  *response.mutable_from_counts() = from.counts;
  *response.mutable_to_counts() = to.counts;
  response.set_complete(IsComplete(from.image, to.image, filter));
}

// The whole answer to GetDiffSummary.
v1::GetDiffSummaryResponse SummarizeDiff(const DiffSide& from, const DiffSide& to,
                                         const DiffFilter& filter, bool by_chapter);

}  // namespace codeset::query
