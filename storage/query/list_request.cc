#include "storage/query/list_request.h"

#include <utility>

#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/query/answer.h"

namespace codeset::query {

ListArguments CheckListRequest(const v1::ListConceptsRequest& request, RequestCheck& check) {
  ListArguments arguments;
  check.Selector("release", request.release());
  arguments.under = check.OptionalConceptKey("under_id", request.under_id());
  if (!request.pattern().empty()) {
    absl::StatusOr<std::string> prefix = ParsePattern(request.pattern());
    check.Fail("pattern", prefix.status());
    if (prefix.ok()) arguments.prefix = *std::move(prefix);
  }
  if (request.range_first().empty() != request.range_last().empty()) {
    check.Fail(request.range_first().empty() ? "range_first" : "range_last",
               "a range needs both ends");
  } else if (!request.range_first().empty()) {
    arguments.first = check.Code("range_first", request.range_first());
    arguments.last = check.Code("range_last", request.range_last());
  }
  arguments.kinds = check.Kinds("kinds", request.kinds());
  arguments.view = check.View("view", request.view());
  arguments.page_size = check.PageSize("page_size", request.page_size());
  return arguments;
}

absl::StatusOr<ListFilter> MakeFilter(const image::Image& image,
                                      const v1::ListConceptsRequest& request,
                                      ListArguments arguments) {
  ListFilter filter;
  if (arguments.under.has_value()) {
    ASSIGN_OR_RETURN(filter.under, FindNode(image, *arguments.under));
  }
  filter.prefix = std::move(arguments.prefix);
  if (!arguments.first.empty()) {
    ASSIGN_OR_RETURN(const image::NodeIndex first, FindNode(image, arguments.first));
    ASSIGN_OR_RETURN(const image::NodeIndex last, FindNode(image, arguments.last));
    if (image.node(last).order_number < image.node(first).order_number) {
      return InvalidFields(model::Reason::kArgumentInvalid,
                           {{"range_last", "it stands before range_first in tabular order"}});
    }
    filter.range = {first, last};
  }
  filter.kinds = std::move(arguments.kinds);
  if (request.has_billable()) filter.billable = request.billable();
  return filter;
}

void CheckRelation(v1::Relation relation, RequestCheck& check) {
  if (relation == v1::RELATION_UNSPECIFIED || !v1::Relation_IsValid(relation)) {
    check.Fail("relation", "it is required: parents, ancestors, children, siblings or descendants");
  }
}

}  // namespace codeset::query
