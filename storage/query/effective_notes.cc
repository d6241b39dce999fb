#include "storage/query/effective_notes.h"

#include <utility>
#include <vector>

#include "storage/image/concept.h"
#include "storage/image/note_references.h"
#include "storage/query/referencing.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::NodeIndex;

// The add-on instructions in the order in which a coder applies them.
constexpr v1::NoteKind kAddOnKinds[] = {v1::NOTE_KIND_CODE_FIRST, v1::NOTE_KIND_USE_ADDITIONAL_CODE,
                                        v1::NOTE_KIND_CODE_ALSO};

bool IsExcludes(model::NoteKind kind) {
  return kind == model::NoteKind::kExcludes1 || kind == model::NoteKind::kExcludes2;
}

// What is left of a group of an Excludes for the concept; without items if nothing is.
// `references` are the group's.
v1::NoteGroup Remaining(const v1::NoteGroup& group,
                        absl::Span<const image::NoteReference> references,
                        const ReferenceTarget& target) {
  std::vector<bool> names(static_cast<size_t>(group.items_size()), false);
  for (const image::NoteReference& reference : references) {
    if (target.MatchOf(reference) == v1::REFERENCING_MATCH_UNSPECIFIED) continue;
    if (!reference.item.has_value()) return {};
    names[static_cast<size_t>(*reference.item)] = true;
  }
  v1::NoteGroup left;
  if (group.has_heading()) left.set_heading(group.heading());
  // Where each item has moved to.
  std::vector<int> places;
  for (int item = 0; item < group.items_size(); ++item) {
    places.push_back(left.items_size());
    if (!names[static_cast<size_t>(item)]) left.add_items(group.items(item));
  }
  for (const v1::NoteReference& reference : group.references()) {
    if (reference.has_item() && names[static_cast<size_t>(reference.item())]) continue;
    v1::NoteReference* moved = left.add_references();
    *moved = reference;
    if (moved->has_item()) moved->set_item(places[static_cast<size_t>(moved->item())]);
  }
  return left;
}

// Leaves out of an Excludes what does not apply to the concept.
void LeaveOut(const Image& image, NodeIndex origin, size_t note, const ReferenceTarget& target,
              v1::Note& message) {
  google::protobuf::RepeatedPtrField<v1::NoteGroup> groups;
  groups.Swap(message.mutable_groups());
  for (int group = 0; group < groups.size(); ++group) {
    v1::NoteGroup left = Remaining(
        groups[group], image.references().Of(origin, note, static_cast<size_t>(group)), target);
    if (left.items_size() > 0) *message.add_groups() = std::move(left);
  }
}

}  // namespace

void AddEffectiveNotes(const Image& image, NodeIndex node, v1::Concept& message) {
  if (!image.Has(model::FacetGroup::kTabular)) return;
  const ReferenceTarget target(image, node);
  for (NodeIndex origin = node; origin != kNoNode; origin = image.node(origin).parent) {
    const model::TabularFacts* facts = image::FactsOf(image, origin);
    if (facts == nullptr) continue;
    if (facts->seventh_characters.has_value() && !message.has_effective_seventh_characters()) {
      v1::EffectiveSeventhCharacters* nearest = message.mutable_effective_seventh_characters();
      nearest->set_origin_id(image::IdOf(image, origin));
      *nearest->mutable_definition() = image::ToMessage(*facts->seventh_characters);
    }
    for (size_t note = 0; note < facts->notes.size(); ++note) {
      const model::NoteKind kind = facts->notes[note].kind;
      if (kind == model::NoteKind::kInclusionTerm && origin != node) continue;
      v1::Note applies = image::NoteWithReferences(image, origin, note);
      if (IsExcludes(kind)) LeaveOut(image, origin, note, target, applies);
      if (applies.groups().empty()) continue;
      v1::EffectiveNote* effective = message.add_effective_notes();
      effective->set_origin_id(image::IdOf(image, origin));
      *effective->mutable_note() = std::move(applies);
    }
  }
  for (const v1::NoteKind kind : kAddOnKinds) {
    for (int i = 0; i < message.effective_notes_size(); ++i) {
      if (message.effective_notes(i).note().kind() == kind) message.add_add_on_order(i);
    }
  }
}

}  // namespace codeset::query
