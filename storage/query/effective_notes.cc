#include "storage/query/effective_notes.h"

#include <utility>
#include <vector>

#include "storage/image/concept.h"
#include "storage/image/note_references.h"
#include "storage/model/concept_id.h"
#include "storage/query/referencing.h"
#include "storage/query/seventh_characters.h"

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
void LeaveOut(const Image& image, const model::TabularFacts& facts, size_t note,
              const ReferenceTarget& target, v1::Note& message) {
  google::protobuf::RepeatedPtrField<v1::NoteGroup> groups;
  groups.Swap(message.mutable_groups());
  for (int group = 0; group < groups.size(); ++group) {
    v1::NoteGroup left = Remaining(
        groups[group], image.references().Of(facts, note, static_cast<size_t>(group)), target);
    if (left.items_size() > 0) *message.add_groups() = std::move(left);
  }
}

// What may have notes that apply to a concept: itself and all above it.
struct Origin {
  absl::string_view key;
  // Never null.
  const model::TabularFacts* facts;
};

// Nearest first. In 2013 some codes above others have no row and are no concepts; what stands on
// them applies all the same.
std::vector<Origin> OriginsOf(const Image& image, NodeIndex node) {
  std::vector<Origin> origins;
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

}  // namespace

void AddEffectiveNotes(const Image& image, NodeIndex node, v1::Concept& message) {
  if (!image.Has(model::FacetGroup::kTabular)) return;
  if (const auto nearest = FindSeventhCharacters(image, node); nearest.has_value()) {
    v1::EffectiveSeventhCharacters* seventh = message.mutable_effective_seventh_characters();
    seventh->set_origin_id(model::FormatConceptKey(nearest->origin));
    *seventh->mutable_definition() = image::ToMessage(*nearest->definition);
  }
  const ReferenceTarget target(image, node);
  for (const Origin& origin : OriginsOf(image, node)) {
    for (size_t note = 0; note < origin.facts->notes.size(); ++note) {
      const model::NoteKind kind = origin.facts->notes[note].kind;
      if (kind == model::NoteKind::kInclusionTerm && origin.key != image.node(node).key) continue;
      v1::Note applies = image::NoteWithReferences(image, *origin.facts, note);
      if (IsExcludes(kind)) LeaveOut(image, *origin.facts, note, target, applies);
      if (applies.groups().empty()) continue;
      v1::EffectiveNote* effective = message.add_effective_notes();
      effective->set_origin_id(model::FormatConceptKey(origin.key));
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
