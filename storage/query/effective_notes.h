// The notes and the 7th-character definition that apply to a concept, wherever they stand.
//
// Notes apply to what they stand on and to all below: chapter, wide section, section, category
// and code. Inclusion terms tell what is coded with that very code, and are not inherited. Of
// 7th-character definitions the nearest applies, whole.
//
// An Excludes never speaks against the concept itself: an item that names it, or what it lies
// under (referencing.h), is left out, be it the concept's own or inherited, and even if it names
// other codes too; a heading that names it is left out with all its items, and one whose items
// are all left out, and a note of which nothing is left, go as well.
//
// Thread-safe: a free function over an immutable image.
#pragma once

#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// Adds `effective_notes`, `add_on_order` and `effective_seventh_characters` to a concept's
// message; nothing where the release has no tabular list.
void AddEffectiveNotes(const image::Image& image, image::NodeIndex node, v1::Concept& message);

}  // namespace codeset::query
