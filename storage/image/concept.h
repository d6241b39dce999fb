// Concepts and states of concepts as messages.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"

namespace codeset::image {

// The official id of a node: `M99.86`.
std::string IdOf(const Image& image, NodeIndex node);

// The title: the order file's long title, or a chapter's or section's own.
absl::string_view TitleOf(const Image& image, NodeIndex node);

// The tabular list's title of a code where it differs from the order file's.
std::optional<std::string> TabularTitleOf(const Image& image, NodeIndex node);

// The tabular facts that stand on a node; null where the release has no tabular group and
// where the tabular list does not name the node.
const model::TabularFacts* FactsOf(const Image& image, NodeIndex node);

// Where the chapter and section of a node come from.
v1::Placement PlacementOf(const Image& image, NodeIndex node);

// The concept as a message. Of the EFFECTIVE view all that the FULL one has; storage/query adds
// what else applies (concept_view.h).
v1::Concept ToConcept(const Image& image, NodeIndex node, v1::ConceptView view);

// Sets what facts of the image's say: notes, 7th characters and the table of visual impairment.
void SetTabularFacts(const Image& image, const model::TabularFacts& facts, v1::Concept& message);

// A note of some facts of the image's, by its place there, with the codes that it names.
v1::Note NoteWithReferences(const Image& image, const model::TabularFacts& facts, size_t note);

// The parts of a concept as messages; notes without the codes that they name.
v1::Note ToMessage(const model::Note& note);
v1::SeventhCharacterDefinition ToMessage(const model::SeventhCharacters& definition);
v1::VisualImpairmentTable ToMessage(const std::vector<model::VisualCategory>& table);

}  // namespace codeset::image
