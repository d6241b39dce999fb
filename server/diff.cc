#include "server/diff.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/request.h"
#include "storage/model/status_macros.h"
#include "storage/query/change_wire.h"
#include "storage/query/diff.h"
#include "storage/query/diff_answer.h"

namespace codeset::server {
namespace {

using store::Catalog;

// The bytes of a change, mostly.
constexpr size_t kUsualChangeBytes = 300;

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
absl::StatusOr<OpenDiff> OpenBoth(const Backend& backend, const Request& request,
                                  const Cancelled& cancelled) {
  RequestCheck check;
  OpenDiff diff;
  diff.filter = query::CheckDiffRequest(request, check);
  RETURN_IF_ERROR(check.status());
  const std::shared_ptr<const Catalog> catalog = backend.store.catalog();
  ASSIGN_OR_RETURN(diff.from, ResolveIn(backend, catalog, request.from(), "from"));
  ASSIGN_OR_RETURN(diff.to, ResolveIn(backend, catalog, request.to(), "to"));
  // Building an image, and comparing two, takes some tenths of a second each.
  RETURN_IF_ERROR(OpenImage(backend, diff.from));
  RETURN_IF_ERROR(CheckCancelled(cancelled));
  RETURN_IF_ERROR(OpenImage(backend, diff.to));
  RETURN_IF_ERROR(CheckCancelled(cancelled));
  RETURN_IF_ERROR(query::CheckUnder(*diff.from.image, *diff.to.image, diff.filter));
  return diff;
}

}  // namespace

absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(const Backend& backend,
                                                          const v1::GetDiffSummaryRequest& request,
                                                          const Cancelled& cancelled) {
  ASSIGN_OR_RETURN(const OpenDiff diff, OpenBoth(backend, request, cancelled));
  return query::SummarizeDiff(SideOf(diff.from), SideOf(diff.to), diff.filter,
                              request.by_chapter());
}

absl::StatusOr<MessageSource<std::string>> StreamDiffBytes(const Backend& backend,
                                                           const v1::StreamDiffRequest& request,
                                                           const Cancelled& cancelled) {
  using Response = v1::StreamDiffResponse;
  ASSIGN_OR_RETURN(OpenDiff diff, OpenBoth(backend, request, cancelled));
  std::vector<query::Change> changes = query::Diff(*diff.from.image, *diff.to.image, diff.filter);
  size_t size = changes.capacity() * sizeof(query::Change);
  for (const query::Change& change : changes) {
    size += change.note_edits.capacity() * sizeof(query::NoteEdit);
  }
  ASSIGN_OR_RETURN(auto held, Hold(backend.calls, size));
  Response head;
  query::FillDiffHead(SideOf(diff.from), SideOf(diff.to), diff.filter, head);
  return [diff = std::move(diff), changes = std::move(changes), head = head.SerializeAsString(),
          held = std::move(held), first = true,
          next = size_t{0}]() mutable -> std::optional<std::string> {
    if (!first && next == changes.size()) return std::nullopt;
    std::string bytes;
    const size_t end = std::min(next + kChangesPerMessage, changes.size());
    bytes.reserve((end - next) * kUsualChangeBytes + (first ? head.size() : 0));
    if (first) bytes = head;
    first = false;
    for (; next < end; ++next) {
      query::AppendChange(Response::kChangesFieldNumber, *diff.from.image, *diff.to.image,
                          changes[next], bytes);
    }
    return bytes;
  };
}

}  // namespace codeset::server
