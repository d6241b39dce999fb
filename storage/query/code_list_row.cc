#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/image/concept.h"
#include "storage/model/addenda.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/query/code_list.h"
#include "storage/query/hierarchy.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;
using model::Note;

const std::vector<Note>& NotesOn(const Image& image, NodeIndex node) {
  static const std::vector<Note>& none = *new std::vector<Note>();
  const model::TabularFacts* facts = image::FactsOf(image, node);
  return facts == nullptr ? none : facts->notes;
}

// The notes on a concept that apply to what lies below it too.
std::vector<const Note*> InheritableOn(const Image& image, NodeIndex node) {
  std::vector<const Note*> notes;
  for (const Note& note : NotesOn(image, node)) {
    if (note.kind != model::NoteKind::kInclusionTerm) notes.push_back(&note);
  }
  return notes;
}

bool SameNotes(const std::vector<const Note*>& a, const std::vector<const Note*>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Note* x, const Note* y) { return *x == *y; });
}

bool Breaks(v1::CodeListOutcome outcome) {
  return outcome == v1::CODE_LIST_OUTCOME_GONE || outcome == v1::CODE_LIST_OUTCOME_NOW_HEADER ||
         outcome == v1::CODE_LIST_OUTCOME_UNKNOWN || outcome == v1::CODE_LIST_OUTCOME_MALFORMED;
}

void Tell(v1::CodeListOutcome outcome, v1::CodeListRow& row) {
  row.add_outcomes(outcome);
  if (Breaks(outcome)) row.set_breaks(true);
}

v1::ErrorReason ToErrorReason(model::Reason reason) {
  v1::ErrorReason result = v1::ERROR_REASON_UNSPECIFIED;
  v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", std::string(model::ReasonName(reason))),
                        &result);
  return result;
}

void TellError(const absl::Status& error, v1::CodeListRow& row) {
  const model::Reason reason = model::ReasonOf(error).value_or(model::Reason::kInternal);
  Tell(reason == model::Reason::kConceptNotFound ? v1::CODE_LIST_OUTCOME_UNKNOWN
                                                 : v1::CODE_LIST_OUTCOME_MALFORMED,
       row);
  row.set_reason(ToErrorReason(reason));
  row.set_message(std::string(error.message()));
}

}  // namespace

v1::CodeListRow CodeListCheck::RowOf(const Entry& entry, size_t place) const {
  const Code& code = entry.codes[place];
  v1::CodeListRow row;
  if (code.before != kNoNode) {
    row.set_id(image::IdOf(*from_.image, code.before));
    row.set_title_before(std::string(image::TitleOf(*from_.image, code.before)));
  }
  if (code.after != kNoNode) {
    row.set_id(image::IdOf(*to_.image, code.after));
    row.set_title_after(std::string(image::TitleOf(*to_.image, code.after)));
  }
  if (code.tells_error) {
    if (!entry.unknown.empty()) row.set_id(model::DottedCode(entry.unknown));
    TellError(entry.error, row);
    return row;
  }
  if (code.after == kNoNode) {
    Tell(v1::CODE_LIST_OUTCOME_GONE, row);
    return row;
  }
  if (code.newly_matched) Tell(v1::CODE_LIST_OUTCOME_NEWLY_MATCHED, row);
  if (code.before == kNoNode) return row;

  const Node& a = from_.image->node(code.before);
  const Node& b = to_.image->node(code.after);
  const bool now_header = a.billable && !b.billable;
  // Those below it in the second release that are not there, or not billable, in the first.
  std::vector<NodeIndex> below, added;
  for (NodeIndex i = code.after + 1; i < b.end; ++i) {
    if (!to_.image->node(i).billable) continue;
    below.push_back(i);
    const auto old = from_.image->Find(to_.image->node(i).key);
    if (!old.has_value() || !from_.image->node(*old).billable) added.push_back(i);
  }
  const bool more_specific = !added.empty();
  if (now_header) Tell(v1::CODE_LIST_OUTCOME_NOW_HEADER, row);
  if (!a.billable && b.billable) Tell(v1::CODE_LIST_OUTCOME_NOW_BILLABLE, row);
  if (!model::SameButForWhiteSpace(row.title_before(), row.title_after()))
    Tell(v1::CODE_LIST_OUTCOME_TITLE_CHANGED, row);
  if (notes_compared_) TellNotes(code.before, code.after, row);
  if (more_specific) Tell(v1::CODE_LIST_OUTCOME_MORE_SPECIFIC, row);
  for (const NodeIndex i : now_header ? below : added) {
    row.add_billable_descendant_ids(image::IdOf(*to_.image, i));
  }
  if (row.outcomes().empty()) Tell(v1::CODE_LIST_OUTCOME_UNCHANGED, row);
  return row;
}

void CodeListCheck::TellNotes(NodeIndex before, NodeIndex after, v1::CodeListRow& row) const {
  const Image& from = *from_.image;
  const Image& to = *to_.image;
  if (NotesOn(from, before) != NotesOn(to, after)) {
    Tell(v1::CODE_LIST_OUTCOME_NOTES_CHANGED, row);
  }
  // Where one release does not place the code, which chapter's and sections' notes apply to it
  // is not known, and neither is whether they have changed.
  const bool structure_known = from.node(before).placed && to.node(after).placed;
  // The place of an ancestor on one side among those of the code on the other side.
  const auto ancestor_in = [](const Image& image, absl::string_view key, NodeIndex node) {
    const std::optional<NodeIndex> found = image.Find(key);
    return found.has_value() && *found != node && IsWithin(image, node, *found) ? *found : kNoNode;
  };
  for (NodeIndex i = to.node(after).parent; i != kNoNode; i = to.node(i).parent) {
    if (!structure_known && to.node(i).row == nullptr) break;
    const NodeIndex old = ancestor_in(from, to.node(i).key, before);
    const auto notes = old == kNoNode ? std::vector<const Note*>() : InheritableOn(from, old);
    if (!SameNotes(notes, InheritableOn(to, i))) row.add_notes_changed_on(image::IdOf(to, i));
  }
  for (NodeIndex i = from.node(before).parent; i != kNoNode; i = from.node(i).parent) {
    if (!structure_known && from.node(i).row == nullptr) break;
    if (ancestor_in(to, from.node(i).key, after) != kNoNode) continue;
    if (!InheritableOn(from, i).empty()) row.add_notes_changed_on(image::IdOf(from, i));
  }
  if (!row.notes_changed_on().empty()) {
    Tell(v1::CODE_LIST_OUTCOME_INHERITED_NOTES_CHANGED, row);
  }
}

}  // namespace codeset::query
