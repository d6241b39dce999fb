#include "storage/query/applied_notes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/image/note_references.h"
#include "storage/model/concept_id.h"
#include "storage/query/referencing.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::NodeIndex;

bool IsExcludes(model::NoteKind kind) {
  return kind == model::NoteKind::kExcludes1 || kind == model::NoteKind::kExcludes2;
}

// Adds what a group of an Excludes has against the concept. Returns whether anything is left.
bool LeaveOut(const Image& image, const AppliedNote& applied, size_t group,
              const ReferenceTarget& target, std::vector<LeftOut>& left_out) {
  const size_t count = applied.text().groups[group].items.size();
  const size_t before = left_out.size();
  bool whole = count == 0;
  for (const image::NoteReference& reference :
       image.references().Of(*applied.origin.facts, applied.note, group)) {
    if (target.MatchOf(reference) == v1::REFERENCING_MATCH_UNSPECIFIED) continue;
    if (!reference.item.has_value()) whole = true;
    if (whole) break;
    // References come in the order of the items, several of one item side by side.
    const LeftOut one{group, *reference.item};
    if (left_out.empty() || !(left_out.back() == one)) left_out.push_back(one);
  }
  if (!whole && left_out.size() - before < count) return true;
  left_out.resize(before);
  left_out.push_back({group, LeftOut::kWholeGroup});
  return false;
}

// Decides what of an Excludes applies to the concept. Returns whether anything does.
bool Restrict(const Image& image, const ReferenceTarget& target, AppliedNote& applied) {
  bool left = false;
  for (size_t group = 0; group < applied.text().groups.size(); ++group) {
    left = LeaveOut(image, applied, group, target, applied.left_out) || left;
  }
  return left;
}

}  // namespace

// In 2013 some codes above others have no row and are no concepts; what stands on them applies
// all the same.
std::vector<NoteOrigin> NoteOriginsOf(const Image& image, NodeIndex node) {
  std::vector<NoteOrigin> origins;
  if (!image.Has(model::FacetGroup::kTabular)) return origins;
  if (image.node(node).row != nullptr) {
    const absl::string_view code = image.node(node).key;
    for (size_t length = code.size(); length >= model::kCategoryLength; --length) {
      const absl::string_view key = code.substr(0, length);
      if (const model::Diag* diag = image.FindDiag(key); diag != nullptr) {
        origins.push_back({key, &diag->facts});
      }
    }
  }
  for (; node != kNoNode; node = image.node(node).parent) {
    const image::StructureNode* structure = image.node(node).structure;
    if (structure != nullptr) origins.push_back({image.node(node).key, &structure->facts});
  }
  return origins;
}

std::vector<AppliedNote> AppliedNotes(const Image& image, NodeIndex node) {
  std::vector<AppliedNote> found;
  const ReferenceTarget target(image, node);
  for (const NoteOrigin& origin : NoteOriginsOf(image, node)) {
    for (size_t note = 0; note < origin.facts->notes.size(); ++note) {
      const model::NoteKind kind = origin.facts->notes[note].kind;
      if (kind == model::NoteKind::kInclusionTerm && origin.key != image.node(node).key) continue;
      AppliedNote applied{origin, note, {}};
      if (IsExcludes(kind) && !Restrict(image, target, applied)) continue;
      found.push_back(std::move(applied));
    }
  }
  return found;
}

std::vector<AppliedGroup> GroupsOf(const AppliedNote& applied) {
  std::vector<AppliedGroup> found;
  const std::vector<model::NoteGroup>& groups = applied.text().groups;
  auto out = applied.left_out.begin();
  for (size_t group = 0; group < groups.size(); ++group) {
    if (out != applied.left_out.end() && *out == LeftOut{group, LeftOut::kWholeGroup}) {
      ++out;
      continue;
    }
    AppliedGroup& left = found.emplace_back(AppliedGroup{group, {}});
    for (size_t item = 0; item < groups[group].items.size(); ++item) {
      if (out != applied.left_out.end() && *out == LeftOut{group, static_cast<int>(item)}) {
        ++out;
      } else {
        left.items.push_back(item);
      }
    }
  }
  return found;
}

void AppendNoteLines(std::string* text, const AppliedNote& applied) {
  const model::Note& note = applied.text();
  absl::StrAppend(text, "note\t", model::NoteKindName(note.kind), "\n");
  for (const AppliedGroup& left : GroupsOf(applied)) {
    const model::NoteGroup& group = note.groups[left.group];
    if (group.heading.has_value()) absl::StrAppend(text, "heading\t", *group.heading, "\n");
    for (const size_t item : left.items) absl::StrAppend(text, "item\t", group.items[item], "\n");
  }
}

bool SaysTheSame(const AppliedNote& a, const AppliedNote& b) {
  // Releases in one cache share the pages that are equal, and so the notes in them.
  const bool one = &a.text() == &b.text() || a.text() == b.text();
  if (one && a.left_out == b.left_out) return true;
  std::string text_a, text_b;
  AppendNoteLines(&text_a, a);
  AppendNoteLines(&text_b, b);
  return text_a == text_b;
}

}  // namespace codeset::query
