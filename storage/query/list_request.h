// ListConceptsRequest as a filter.
//
//   RequestCheck check;
//   ListArguments arguments = CheckListRequest(request, check);
//   RETURN_IF_ERROR(check.status());                  // then the release is resolved
//   ASSIGN_OR_RETURN(const ListFilter filter, MakeFilter(image, request, std::move(arguments)));
//
// Thread-safe: free functions and values.
#pragma once

#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "codeset/v1/terminology.pb.h"
#include "storage/image/image.h"
#include "storage/query/listing.h"
#include "storage/query/request.h"

namespace codeset::query {

// The parts of the request that can be checked before a release is known.
struct ListArguments {
  std::optional<std::string> under;
  std::optional<std::string> prefix;
  // Keys of the range's ends; both empty for none.
  std::string first;
  std::string last;
  absl::flat_hash_set<v1::ConceptKind> kinds;
  v1::ConceptView view = v1::CONCEPT_VIEW_BASIC;
  int page_size = 0;
};

// Checks all fields but the page token.
ListArguments CheckListRequest(const v1::ListConceptsRequest& request, RequestCheck& check);

// The filter in a release. Errors are those of FindNode, and ARGUMENT_INVALID for a range whose
// ends stand in the wrong order.
absl::StatusOr<ListFilter> MakeFilter(const image::Image& image,
                                      const v1::ListConceptsRequest& request,
                                      ListArguments arguments);

// Checks a request's relation: it is required.
void CheckRelation(v1::Relation relation, RequestCheck& check);

}  // namespace codeset::query
