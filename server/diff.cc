#include "server/diff.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/request.h"
#include "storage/model/status_macros.h"
#include "storage/query/diff.h"
#include "storage/query/diff_answer.h"
#include "storage/query/diff_messages.h"

namespace codeset::server {
namespace {

using store::Catalog;

// Both sides of a diff and what to compare.
struct OpenDiff {
  OpenRelease from;
  OpenRelease to;
  query::DiffFilter filter;
};

query::DiffSide SideOf(const OpenRelease& open) {
  return {*open.image, open.resolved, open.release->entry.release().counts()};
}

template <typename Request>
absl::StatusOr<OpenDiff> OpenBoth(const Backend& backend, const Request& request) {
  RequestCheck check;
  OpenDiff diff;
  diff.filter = query::CheckDiffRequest(request, check);
  RETURN_IF_ERROR(check.status());
  const std::shared_ptr<const Catalog> catalog = backend.store.catalog();
  ASSIGN_OR_RETURN(diff.from, ResolveIn(backend, catalog, request.from(), "from"));
  ASSIGN_OR_RETURN(diff.to, ResolveIn(backend, catalog, request.to(), "to"));
  RETURN_IF_ERROR(OpenImage(backend, diff.from));
  RETURN_IF_ERROR(OpenImage(backend, diff.to));
  RETURN_IF_ERROR(query::CheckUnder(*diff.from.image, *diff.to.image, diff.filter));
  return diff;
}

}  // namespace

absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(
    const Backend& backend, const v1::GetDiffSummaryRequest& request) {
  ASSIGN_OR_RETURN(const OpenDiff diff, OpenBoth(backend, request));
  return query::SummarizeDiff(SideOf(diff.from), SideOf(diff.to), diff.filter,
                              request.by_chapter());
}

absl::StatusOr<MessageSource<v1::StreamDiffResponse>> StreamDiff(
    const Backend& backend, const v1::StreamDiffRequest& request) {
  ASSIGN_OR_RETURN(OpenDiff diff, OpenBoth(backend, request));
  std::vector<query::Change> changes = query::Diff(*diff.from.image, *diff.to.image, diff.filter);
  return [diff = std::move(diff), changes = std::move(changes), first = true,
          next = size_t{0}]() mutable -> std::optional<v1::StreamDiffResponse> {
    if (!first && next == changes.size()) return std::nullopt;
    v1::StreamDiffResponse response;
    if (first) {
      query::FillDiffHead(SideOf(diff.from), SideOf(diff.to), diff.filter, response);
    }
    first = false;
    const size_t end = std::min(next + kChangesPerMessage, changes.size());
    response.mutable_changes()->Reserve(static_cast<int>(end - next));
    for (; next < end; ++next) {
      query::SetChange(*diff.from.image, *diff.to.image, changes[next], *response.add_changes());
    }
    return response;
  };
}

}  // namespace codeset::server
