#include "storage/query/diff_messages.h"

#include <string>

#include "storage/image/concept.h"

namespace codeset::query {
namespace {

using image::FactsOf;
using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;
using model::TabularFacts;

void SetState(const Image& image, NodeIndex node, v1::Facet facet, v1::ConceptState& state) {
  const auto entry = image.node(node);
  const absl::string_view title = image::TitleOf(image, node);
  state.set_title(title.data(), title.size());
  state.set_kind(entry.kind);
  if (entry.row != nullptr) {
    state.set_short_title(entry.row->short_title.data(), entry.row->short_title.size());
    state.set_billable(entry.billable);
  }
  if (entry.parent != kNoNode) state.set_parent_id(image::IdOf(image, entry.parent));
  SetFacetState(image, node, facet, state);
}

void SetLine(const NoteLine& line, v1::NoteLine& message) {
  if (line.heading.has_value()) message.set_heading(line.heading->data(), line.heading->size());
  message.set_text(line.text.data(), line.text.size());
}

void SetEdit(const NoteEdit& edit, v1::NoteEdit& message) {
  message.set_kind(edit.kind);
  message.set_note_kind(static_cast<v1::NoteKind>(edit.note_kind));
  if (edit.before.has_value()) SetLine(*edit.before, *message.mutable_before());
  if (edit.after.has_value()) SetLine(*edit.after, *message.mutable_after());
}

void AddBillableBelow(const Image& image, NodeIndex node, v1::Change& message) {
  for (NodeIndex i = node + 1; i < image.node(node).end; ++i) {
    if (image.node(i).billable) message.add_billable_descendant_ids(image::IdOf(image, i));
  }
}

}  // namespace

bool HasFacetState(v1::Facet facet) {
  return facet == v1::FACET_NOTES || facet == v1::FACET_SEVENTH_CHARACTERS ||
         facet == v1::FACET_TABULAR_OTHER || facet == v1::FACET_POA_EXEMPTION;
}

void SetFacetState(const Image& image, NodeIndex node, v1::Facet facet, v1::ConceptState& state) {
  const TabularFacts* facts = FactsOf(image, node);
  if (facet == v1::FACET_NOTES && facts != nullptr) {
    for (const model::Note& note : facts->notes) *state.add_notes() = image::ToMessage(note);
  }
  if (facet == v1::FACET_SEVENTH_CHARACTERS && facts != nullptr &&
      facts->seventh_characters.has_value()) {
    *state.mutable_seventh_characters() = image::ToMessage(*facts->seventh_characters);
  }
  if (facet == v1::FACET_TABULAR_OTHER) {
    const Node entry = image.node(node);
    if (auto other = image::TabularTitleOf(image, node)) state.set_tabular_title(*other);
    state.set_placeholder(entry.diag != nullptr && entry.diag->placeholder);
    if (facts != nullptr && !facts->visual_impairment.empty()) {
      *state.mutable_visual_impairment() = image::ToMessage(facts->visual_impairment);
    }
  }
  // Every concept's is known here, but only that of billable codes means anything.
  if (facet == v1::FACET_POA_EXEMPTION) state.set_poa_exempt(image.node(node).poa_exempt);
}

bool HasDetails(const Change& change) {
  return !change.note_edits.empty() || change.kind == v1::CHANGE_KIND_BECAME_HEADER ||
         change.kind == v1::CHANGE_KIND_BECAME_BILLABLE;
}

void SetDetails(const Image& from, const Image& to, const Change& change, v1::Change& message) {
  for (const NoteEdit& edit : change.note_edits) SetEdit(edit, *message.add_note_edits());
  if (change.kind == v1::CHANGE_KIND_BECAME_HEADER) AddBillableBelow(to, change.after, message);
  if (change.kind == v1::CHANGE_KIND_BECAME_BILLABLE) {
    AddBillableBelow(from, change.before, message);
  }
}

void SetChange(const Image& from, const Image& to, const Change& change, v1::Change& message) {
  message.set_kind(change.kind);
  message.set_facet(change.facet);
  message.set_white_space_only(change.white_space_only);
  if (change.before != kNoNode) {
    message.set_id(image::IdOf(from, change.before));
    SetState(from, change.before, change.facet, *message.mutable_before());
  }
  if (change.after != kNoNode) {
    message.set_id(image::IdOf(to, change.after));
    SetState(to, change.after, change.facet, *message.mutable_after());
  }
  SetDetails(from, to, change, message);
}

}  // namespace codeset::query
