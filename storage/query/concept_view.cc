#include "storage/query/concept_view.h"

#include "storage/image/concept.h"
#include "storage/query/code_facts.h"
#include "storage/query/effective_notes.h"

namespace codeset::query {

v1::Concept ViewConcept(const image::Image& image, image::NodeIndex node, v1::ConceptView view) {
  v1::Concept message = image::ToConcept(image, node, view);
  if (view == v1::CONCEPT_VIEW_EFFECTIVE) AddEffectiveView(image, node, message);
  return message;
}

void AddEffectiveView(const image::Image& image, image::NodeIndex node, v1::Concept& message) {
  AddEffectiveNotes(image, node, message);
  if (image.node(node).row != nullptr) *message.mutable_facts() = FactsOfCode(image, node);
}

}  // namespace codeset::query
