#include "server/diff.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/request.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/query/diff.h"
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

// GetDiffSummaryRequest and StreamDiffRequest have the same fields.
template <typename Request>
absl::StatusOr<OpenDiff> OpenBoth(const Backend& backend, const Request& request) {
  RequestCheck check;
  check.Selector("from", request.from());
  check.Selector("to", request.to());
  OpenDiff diff;
  diff.filter.facets = check.Facets("facets", request.facets());
  diff.filter.under = check.OptionalConceptKey("under_id", request.under_id());
  diff.filter.billable_only = request.billable_only();
  diff.filter.note_kinds = check.NoteKinds("note_kinds", request.note_kinds());
  RETURN_IF_ERROR(check.status());

  const std::shared_ptr<const Catalog> catalog = backend.store.catalog();
  ASSIGN_OR_RETURN(diff.from, ResolveIn(backend, catalog, request.from(), "from"));
  ASSIGN_OR_RETURN(diff.to, ResolveIn(backend, catalog, request.to(), "to"));
  RETURN_IF_ERROR(OpenImage(backend, diff.from));
  RETURN_IF_ERROR(OpenImage(backend, diff.to));
  if (diff.filter.under.has_value() && !diff.from.image->Find(*diff.filter.under).has_value()) {
    // It is enough that one side knows the concept; else the error is the newer side's.
    // What the older side does not know, though, is not known to be absent.
    const absl::Status older = FindNode(diff.from, *diff.filter.under).status();
    const absl::Status newer = FindNode(diff.to, *diff.filter.under).status();
    if (!newer.ok()) {
      return model::ReasonOf(older) == model::Reason::kStructureNotKnown ? older : newer;
    }
  }
  return diff;
}

// Sets what both kinds of answer tell of a diff.
template <typename Response>
void FillHead(const OpenDiff& diff, Response& response) {
  *response.mutable_from() = diff.from.resolved;
  *response.mutable_to() = diff.to.resolved;
  for (v1::FacetComparability& facet :
       query::Comparabilities(*diff.from.image, *diff.to.image, diff.filter)) {
    *response.add_comparability() = std::move(facet);
  }
  *response.mutable_from_counts() = diff.from.release->entry.release().counts();
  *response.mutable_to_counts() = diff.to.release->entry.release().counts();
  response.set_complete(query::IsComplete(*diff.from.image, *diff.to.image, diff.filter));
}

}  // namespace

absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(
    const Backend& backend, const v1::GetDiffSummaryRequest& request) {
  ASSIGN_OR_RETURN(const OpenDiff diff, OpenBoth(backend, request));
  const image::Image& from = *diff.from.image;
  const image::Image& to = *diff.to.image;
  v1::GetDiffSummaryResponse response;
  FillHead(diff, response);
  const std::vector<query::Change> changes = query::Diff(from, to, diff.filter);
  for (v1::ChangeCount& count : query::CountChanges(from, to, changes)) {
    *response.add_counts() = std::move(count);
  }
  for (v1::NoteEditCount& count : query::CountNoteEdits(changes)) {
    *response.add_note_edits() = std::move(count);
  }
  if (request.by_chapter()) {
    for (v1::ChapterChanges& chapter : query::CountByChapter(from, to, changes)) {
      *response.add_chapters() = std::move(chapter);
    }
  }
  return response;
}

absl::StatusOr<MessageSource<v1::StreamDiffResponse>> StreamDiff(
    const Backend& backend, const v1::StreamDiffRequest& request) {
  ASSIGN_OR_RETURN(OpenDiff diff, OpenBoth(backend, request));
  std::vector<query::Change> changes = query::Diff(*diff.from.image, *diff.to.image, diff.filter);
  return [diff = std::move(diff), changes = std::move(changes), first = true,
          next = size_t{0}]() mutable -> std::optional<v1::StreamDiffResponse> {
    if (!first && next == changes.size()) return std::nullopt;
    v1::StreamDiffResponse response;
    if (first) FillHead(diff, response);
    first = false;
    const size_t end = std::min(next + kChangesPerMessage, changes.size());
    for (; next < end; ++next) {
      *response.add_changes() = query::ToMessage(*diff.from.image, *diff.to.image, changes[next]);
    }
    return response;
  };
}

}  // namespace codeset::server
