#include "storage/image/concept.h"

#include "storage/image/note_references.h"
#include "storage/model/concept_id.h"

namespace codeset::image {
namespace {

void SetBound(const model::VisualBound& bound, v1::VisualAcuityBound* message) {
  if (bound.heading.has_value()) message->set_heading(*bound.heading);
  if (bound.value.has_value()) message->set_value(*bound.value);
}

int ChildCount(const Image& image, NodeIndex node) {
  int count = 0;
  for (NodeIndex i = node + 1; i < image.node(node).end; i = image.node(i).end) ++count;
  return count;
}

void SetPlace(const Image& image, NodeIndex index, v1::Concept& message) {
  message.set_placement(PlacementOf(image, index));
  for (NodeIndex i = index; i != kNoNode; i = image.node(i).parent) {
    const Node& above = image.node(i);
    if (above.kind == v1::CONCEPT_KIND_SECTION && message.section_id().empty()) {
      message.set_section_id(std::string(above.key));
    } else if (above.kind == v1::CONCEPT_KIND_CHAPTER) {
      message.set_chapter_id(std::string(above.key));
    }
  }
}

void SetTabular(const Image& image, NodeIndex index, v1::Concept& message) {
  if (!image.Has(model::FacetGroup::kTabular)) {
    message.set_tabular_state(v1::TABULAR_STATE_NOT_KNOWN);
    return;
  }
  message.set_tabular_state(v1::TABULAR_STATE_KNOWN);
  const model::TabularFacts* facts = FactsOf(image, index);
  if (facts == nullptr) return;
  SetTabularFacts(image, *facts, message);
  if (image.node(index).diag != nullptr) {
    message.set_placeholder(image.node(index).diag->placeholder);
  }
}

}  // namespace

std::string IdOf(const Image& image, NodeIndex node) {
  return model::FormatConceptKey(image.node(node).key);
}

absl::string_view TitleOf(const Image& image, NodeIndex node) {
  const Node& entry = image.node(node);
  return entry.row != nullptr ? entry.row->long_title : absl::string_view(entry.structure->title);
}

std::optional<std::string> TabularTitleOf(const Image& image, NodeIndex node) {
  const Node& entry = image.node(node);
  if (entry.diag == nullptr || entry.diag->title == entry.row->long_title) return std::nullopt;
  return entry.diag->title;
}

const model::TabularFacts* FactsOf(const Image& image, NodeIndex node) {
  if (!image.Has(model::FacetGroup::kTabular)) return nullptr;
  const Node& entry = image.node(node);
  if (entry.structure != nullptr) return &entry.structure->facts;
  return entry.diag != nullptr ? &entry.diag->facts : nullptr;
}

v1::Placement PlacementOf(const Image& image, NodeIndex node) {
  if (!image.node(node).placed) return v1::PLACEMENT_NOT_KNOWN;
  return image.structure_from().empty() ? v1::PLACEMENT_OWN : v1::PLACEMENT_BORROWED;
}

v1::Concept ToConcept(const Image& image, NodeIndex index, v1::ConceptView view) {
  const Node& node = image.node(index);
  v1::Concept message;
  message.set_id(IdOf(image, index));
  message.set_kind(node.kind);
  message.set_title(std::string(TitleOf(image, index)));
  if (node.row != nullptr) {
    message.set_short_title(std::string(node.row->short_title));
    message.set_billable(node.billable);
    message.set_order_number(static_cast<int32_t>(node.order_number));
    if (node.billable && image.spec().poa.has_value()) message.set_poa_exempt(node.poa_exempt);
  }
  if (std::optional<std::string> title = TabularTitleOf(image, index); title.has_value()) {
    message.set_tabular_title(*std::move(title));
  }
  if (node.parent != kNoNode) message.set_parent_id(IdOf(image, node.parent));
  message.set_child_count(ChildCount(image, index));
  SetPlace(image, index, message);
  if (view == v1::CONCEPT_VIEW_FULL || view == v1::CONCEPT_VIEW_EFFECTIVE) {
    SetTabular(image, index, message);
  } else {
    message.set_tabular_state(v1::TABULAR_STATE_NOT_REQUESTED);
  }
  return message;
}

void SetTabularFacts(const Image& image, const model::TabularFacts& facts, v1::Concept& message) {
  for (size_t note = 0; note < facts.notes.size(); ++note) {
    *message.add_notes() = NoteWithReferences(image, facts, note);
  }
  if (facts.seventh_characters.has_value()) {
    *message.mutable_seventh_characters() = ToMessage(*facts.seventh_characters);
  }
  if (!facts.visual_impairment.empty()) {
    *message.mutable_visual_impairment() = ToMessage(facts.visual_impairment);
  }
}

v1::Note NoteWithReferences(const Image& image, const model::TabularFacts& facts, size_t note) {
  v1::Note message = ToMessage(facts.notes[note]);
  for (int group = 0; group < message.groups_size(); ++group) {
    for (const NoteReference& reference :
         image.references().Of(facts, note, static_cast<size_t>(group))) {
      *message.mutable_groups(group)->add_references() = ToMessage(reference);
    }
  }
  return message;
}

v1::Note ToMessage(const model::Note& note) {
  v1::Note message;
  message.set_kind(static_cast<v1::NoteKind>(note.kind));
  for (const model::NoteGroup& group : note.groups) {
    v1::NoteGroup* out = message.add_groups();
    if (group.heading.has_value()) out->set_heading(*group.heading);
    for (const std::string& item : group.items) out->add_items(item);
  }
  return message;
}

v1::SeventhCharacterDefinition ToMessage(const model::SeventhCharacters& definition) {
  v1::SeventhCharacterDefinition message;
  for (const std::string& text : definition.instructions) message.add_instructions(text);
  for (const model::SeventhCharacter& character : definition.characters) {
    v1::SeventhCharacter* out = message.add_characters();
    out->set_character(character.character);
    out->set_meaning(character.meaning);
    for (const std::string& text : character.notes) out->add_notes(text);
  }
  return message;
}

v1::VisualImpairmentTable ToMessage(const std::vector<model::VisualCategory>& table) {
  v1::VisualImpairmentTable message;
  for (const model::VisualCategory& row : table) {
    v1::VisualImpairmentCategory* out = message.add_categories();
    if (row.heading.has_value()) out->set_heading(*row.heading);
    if (row.value.has_value()) out->set_value(*row.value);
    for (const model::VisualRange& range : row.ranges) {
      v1::VisualAcuityRange* out_range = out->add_ranges();
      if (range.heading.has_value()) out_range->set_heading(*range.heading);
      if (range.maximum.has_value()) SetBound(*range.maximum, out_range->mutable_maximum());
      if (range.minimum.has_value()) SetBound(*range.minimum, out_range->mutable_minimum());
    }
  }
  return message;
}

}  // namespace codeset::image
