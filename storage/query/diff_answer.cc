#include "storage/query/diff_answer.h"

#include <utility>
#include <vector>

#include "storage/model/error.h"
#include "storage/query/answer.h"
#include "storage/query/diff_messages.h"

namespace codeset::query {

absl::Status CheckUnder(const image::Image& from, const image::Image& to,
                        const DiffFilter& filter) {
  if (!filter.under.has_value() || from.Find(*filter.under).has_value()) return absl::OkStatus();
  // It is enough that one side knows the concept; else the error is the newer side's.
  // What the older side does not know, though, is not known to be absent.
  const absl::Status older = FindNode(from, *filter.under).status();
  const absl::Status newer = FindNode(to, *filter.under).status();
  if (newer.ok()) return absl::OkStatus();
  return model::ReasonOf(older) == model::Reason::kStructureNotKnown ? older : newer;
}

v1::GetDiffSummaryResponse SummarizeDiff(const DiffSide& from, const DiffSide& to,
                                         const DiffFilter& filter, bool by_chapter) {
  v1::GetDiffSummaryResponse response;
  FillDiffHead(from, to, filter, response);
  const std::vector<Change> changes = Diff(from.image, to.image, filter);
  for (v1::ChangeCount& count : CountChanges(from.image, to.image, changes)) {
    *response.add_counts() = std::move(count);
  }
  for (v1::NoteEditCount& count : CountNoteEdits(changes)) {
    *response.add_note_edits() = std::move(count);
  }
  if (by_chapter) {
    for (v1::ChapterChanges& chapter : CountByChapter(from.image, to.image, changes)) {
      *response.add_chapters() = std::move(chapter);
    }
  }
  return response;
}

}  // namespace codeset::query
