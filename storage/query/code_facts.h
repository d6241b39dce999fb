// What a page about a code shows, derived from the titles and codes of one release: its
// siblings and what tells them apart, the side of the body, whether it stands for what the
// record does not specify or for what has no code of its own, whether it is a manifestation, its
// 7th character and its placeholders.
//
// Titles are read word by word. A side is told by a title that another one under the same parent
// shares but for the side (`right`, `left`, `bilateral`, `unspecified`): so `right` is none in
// `Right heart failure`. A code with a 7th character has the side of its stem. `Bilateral` is a
// side wherever it stands.
//
// Thread-safe: a free function over an immutable image.
#pragma once

#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// The facts of a code or header; `node` must be one of the order file's rows. They need no
// tabular list but for what 7th characters mean (seventh_characters.h).
v1::CodeFacts FactsOfCode(const image::Image& image, image::NodeIndex node);

}  // namespace codeset::query
