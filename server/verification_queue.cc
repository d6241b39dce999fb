#include "server/verification_queue.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/paging.h"
#include "server/queue_groups.h"
#include "server/request.h"
#include "server/verification_status.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

constexpr size_t kFirstCodes = 10;

QueueFilter CheckFilter(RequestCheck& check, const v1::ListVerificationQueueRequest& request) {
  QueueFilter filter;
  filter.statuses = check.Statuses("statuses", request.statuses());
  filter.levels = check.Levels("levels", request.levels());
  filter.facets = check.Facets("facets", request.facets());
  return filter;
}

// The places by usage, most first, then by code; the first `most` of them.
std::vector<PagePlace> ByUsage(const PageIndex& index, std::vector<PagePlace> pages, size_t most) {
  const auto before = [&](PagePlace a, PagePlace b) {
    return std::make_tuple(-index.pages[a].usage, a) < std::make_tuple(-index.pages[b].usage, b);
  };
  const size_t end = std::min(most, pages.size());
  std::partial_sort(pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(end), pages.end(),
                    before);
  pages.resize(end);
  return pages;
}

// The release that tells of a page's code where the one judged by lacks it.
std::string VerifiedRelease(const PageIndex::Page& page) {
  const std::optional<size_t> last = page.baseline->last_whole;
  if (last.has_value()) return *page.summary->events[*last].release_id;
  return page.summary->events.empty() ? "" : *page.summary->events.back().release_id;
}

}  // namespace

absl::StatusOr<v1::ListVerificationQueueResponse> ListVerificationQueue(
    const Backend& backend, const v1::ListVerificationQueueRequest& request,
    const Cancelled& cancelled) {
  RequestCheck check;
  check.Selector("release", request.release());
  const model::Date as_of =
      CheckAsOf(check, "as_of", request.as_of(), model::DateInNewYork(backend.clock()));
  const QueueFilter filter = CheckFilter(check, request);
  std::optional<std::string> under = check.OptionalConceptKey("under", request.under());
  const int page_size = check.PageSize("page_size", request.page_size());
  std::string parameters = ParametersOf(request);
  const std::optional<PageToken> token = CheckPageToken(check, request.page_token(), parameters);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const PageOpen page,
                   OpenPage(backend, request.release(), token, std::move(parameters)));
  ASSIGN_OR_RETURN(QueueGroups groups,
                   QueueGroups::Make(backend, page.open, as_of, std::move(under), cancelled));
  ASSIGN_OR_RETURN(std::vector<QueueCause> causes, groups.All(filter));
  v1::ListVerificationQueueResponse response;
  *response.mutable_release() = page.open.resolved;
  response.set_total_groups(static_cast<int>(causes.size()));
  response.set_pages(static_cast<int64_t>(groups.index().pages.size()));
  response.set_as_of(model::FormatDate(as_of));
  const size_t first = std::min<size_t>(page.offset, causes.size());
  const size_t end = std::min(first + static_cast<size_t>(page_size), causes.size());
  for (size_t i = first; i < end; ++i) {
    v1::QueueGroup* group = response.add_groups();
    *group = std::move(causes[i].group);
    for (const PagePlace place : ByUsage(groups.index(), std::move(causes[i].pages), kFirstCodes)) {
      group->add_first_codes(model::DottedCode(groups.index().pages[place].summary->code));
    }
  }
  if (end < causes.size()) {
    response.set_next_page_token(NextPageToken(page, static_cast<uint32_t>(end)));
  }
  return response;
}

absl::StatusOr<v1::ListQueueCodesResponse> ListQueueCodes(const Backend& backend,
                                                          const v1::ListQueueCodesRequest& request,
                                                          const Cancelled& cancelled) {
  RequestCheck check;
  check.Selector("release", request.release());
  const model::Date as_of =
      CheckAsOf(check, "as_of", request.as_of(), model::DateInNewYork(backend.clock()));
  std::optional<std::string> under = check.OptionalConceptKey("under", request.under());
  if (request.group_id().empty()) check.Fail("group_id", "it is required");
  const int page_size = check.PageSize("page_size", request.page_size());
  std::string parameters = ParametersOf(request);
  const std::optional<PageToken> token = CheckPageToken(check, request.page_token(), parameters);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const PageOpen page,
                   OpenPage(backend, request.release(), token, std::move(parameters)));
  ASSIGN_OR_RETURN(QueueGroups groups,
                   QueueGroups::Make(backend, page.open, as_of, std::move(under), cancelled));
  ASSIGN_OR_RETURN(std::vector<QueueCause> causes, groups.All(FilterOfGroup(request.group_id())));
  std::vector<PagePlace> places;
  for (QueueCause& cause : causes) {
    if (cause.group.id() == request.group_id()) places = std::move(cause.pages);
  }
  const PageIndex& index = groups.index();
  const size_t all = places.size();
  v1::ListQueueCodesResponse response;
  FillPageWith(page, ByUsage(index, std::move(places), all), page_size, response,
               [&](PagePlace place) {
                 const PageIndex::Page& found = index.pages[place];
                 v1::QueueCode* code = response.add_codes();
                 code->set_code(model::DottedCode(found.summary->code));
                 code->set_title(groups.TitleOf(found.summary->code, VerifiedRelease(found)));
                 code->set_usage(found.usage);
                 if (const std::optional<size_t> last = found.baseline->last_whole) {
                   code->set_last_verified(model::FormatDate(found.summary->events[*last].date));
                 }
               });
  return response;
}

}  // namespace codeset::server
