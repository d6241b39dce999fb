#include "server/referencing.h"

#include <optional>
#include <string>
#include <utility>

#include "server/paging.h"
#include "server/request.h"
#include "storage/model/release.h"
#include "storage/model/status_macros.h"
#include "storage/query/referencing.h"

namespace codeset::server {

absl::StatusOr<v1::ListReferencingResponse> ListReferencing(
    const Backend& backend, const v1::ListReferencingRequest& request) {
  RequestCheck check;
  check.Selector("release", request.release());
  const std::string key = check.ConceptKey("id", request.id());
  const query::ReferencingFilter filter{check.NoteKinds("kinds", request.kinds()),
                                        request.named_only()};
  const int page_size = check.PageSize("page_size", request.page_size());
  std::string parameters = ParametersOf(request);
  const std::optional<PageToken> token = CheckPageToken(check, request.page_token(), parameters);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const PageOpen page,
                   OpenPage(backend, request.release(), token, std::move(parameters)));
  ASSIGN_OR_RETURN(const image::NodeIndex node, FindNode(page.open, key));
  const image::Image& image = *page.open.image;
  v1::ListReferencingResponse response;
  FillPageWith(page, query::FindReferencing(image, node, filter), page_size, response,
               [&](const query::ReferencingNote& found) {
                 *response.add_referencing() = query::ToMessage(found);
               });
  response.set_tabular_state(image.Has(model::FacetGroup::kTabular) ? v1::TABULAR_STATE_KNOWN
                                                                    : v1::TABULAR_STATE_NOT_KNOWN);
  return response;
}

}  // namespace codeset::server
