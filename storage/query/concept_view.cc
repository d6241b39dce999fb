#include "storage/query/concept_view.h"

#include "storage/image/concept.h"
#include "storage/query/effective_notes.h"

namespace codeset::query {

v1::Concept ViewConcept(const image::Image& image, image::NodeIndex node, v1::ConceptView view) {
  v1::Concept message = image::ToConcept(image, node, view);
  if (view == v1::CONCEPT_VIEW_EFFECTIVE) AddEffectiveNotes(image, node, message);
  return message;
}

}  // namespace codeset::query
