#include "storage/query/effective_notes.h"

#include <vector>

#include "storage/image/concept.h"
#include "storage/model/concept_id.h"
#include "storage/query/applied_notes.h"
#include "storage/query/seventh_characters.h"

namespace codeset::query {
namespace {

using image::Image;
using image::NodeIndex;

// The add-on instructions in the order in which a coder applies them.
constexpr v1::NoteKind kAddOnKinds[] = {v1::NOTE_KIND_CODE_FIRST, v1::NOTE_KIND_USE_ADDITIONAL_CODE,
                                        v1::NOTE_KIND_CODE_ALSO};

// For an item's new place: it is left out.
constexpr int kGone = -1;

// What applies of a note, with the references in it.
v1::Note ToMessage(const Image& image, const AppliedNote& applied) {
  v1::Note message = image::NoteWithReferences(image, *applied.origin.facts, applied.note);
  if (applied.left_out.empty()) return message;
  google::protobuf::RepeatedPtrField<v1::NoteGroup> groups;
  groups.Swap(message.mutable_groups());
  for (const AppliedGroup& left : GroupsOf(applied)) {
    const v1::NoteGroup& group = groups[static_cast<int>(left.group)];
    v1::NoteGroup& out = *message.add_groups();
    if (group.has_heading()) out.set_heading(group.heading());
    // Where each item has moved to.
    std::vector<int> places(static_cast<size_t>(group.items_size()), kGone);
    for (const size_t item : left.items) {
      places[item] = out.items_size();
      out.add_items(group.items(static_cast<int>(item)));
    }
    for (const v1::NoteReference& reference : group.references()) {
      if (!reference.has_item()) {
        *out.add_references() = reference;
        continue;
      }
      const int place = places[static_cast<size_t>(reference.item())];
      if (place == kGone) continue;
      v1::NoteReference* moved = out.add_references();
      *moved = reference;
      moved->set_item(place);
    }
  }
  return message;
}

}  // namespace

void AddEffectiveNotes(const Image& image, NodeIndex node, v1::Concept& message) {
  if (!image.Has(model::FacetGroup::kTabular)) return;
  if (const auto nearest = FindSeventhCharacters(image, node); nearest.has_value()) {
    v1::EffectiveSeventhCharacters* seventh = message.mutable_effective_seventh_characters();
    seventh->set_origin_id(model::FormatConceptKey(nearest->origin));
    *seventh->mutable_definition() = image::ToMessage(*nearest->definition);
  }
  for (const AppliedNote& applied : AppliedNotes(image, node)) {
    v1::EffectiveNote* effective = message.add_effective_notes();
    effective->set_origin_id(model::FormatConceptKey(applied.origin.key));
    *effective->mutable_note() = ToMessage(image, applied);
  }
  for (const v1::NoteKind kind : kAddOnKinds) {
    for (int i = 0; i < message.effective_notes_size(); ++i) {
      if (message.effective_notes(i).note().kind() == kind) message.add_add_on_order(i);
    }
  }
}

}  // namespace codeset::query
