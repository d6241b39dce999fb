// Concepts as answers tell them, in each view.
//
// What is served over the wire is made without messages: concept_wire.h.
//
// Thread-safe: free functions over an immutable image.
#pragma once

#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// The concept as a message: what stands on it (storage/image/concept.h), and in the EFFECTIVE
// view what applies to it (effective_notes.h) and what a page about a code shows
// (code_facts.h).
v1::Concept ViewConcept(const image::Image& image, image::NodeIndex node, v1::ConceptView view);

// Adds to a concept what the EFFECTIVE view has beyond the FULL one.
void AddEffectiveView(const image::Image& image, image::NodeIndex node, v1::Concept& message);

}  // namespace codeset::query
