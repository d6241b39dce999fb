// Changes as messages, and how many there are of each kind.
//
// Counts list what occurs, in the order of the enums' numbers. `changes` are what Diff found
// between `from` and `to`.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <vector>

#include "codeset/v1/releases.pb.h"
#include "storage/image/image.h"
#include "storage/query/diff.h"

namespace codeset::query {

// Writes a change into `message`, which is empty.
void SetChange(const image::Image& from, const image::Image& to, const Change& change,
               v1::Change& message);

// Parts of it, for change_wire.h: whether a facet has fields of its own in how a concept is, and
// those fields; whether a change tells more than how the concept was and is, and that.
bool HasFacetState(v1::Facet facet);
void SetFacetState(const image::Image& image, image::NodeIndex node, v1::Facet facet,
                   v1::ConceptState& state);
bool HasDetails(const Change& change);
void SetDetails(const image::Image& from, const image::Image& to, const Change& change,
                v1::Change& message);

// A change as a message.
inline v1::Change ToMessage(const image::Image& from, const image::Image& to,
                            const Change& change) {
  v1::Change message;
  SetChange(from, to, change, message);
  return message;
}

// How many changes there are of each kind.
std::vector<v1::ChangeCount> CountChanges(const image::Image& from, const image::Image& to,
                                          const std::vector<Change>& changes);

// How many notes of each kind were edited in each way.
std::vector<v1::NoteEditCount> CountNoteEdits(const std::vector<Change>& changes);

// Both by chapter: that in which the concept lies in `to`, or in `from` if it was deleted.
// Chapters in the tabular order of `to`, then those of `from` alone, then the changes whose
// chapter is not known, without id and title.
std::vector<v1::ChapterChanges> CountByChapter(const image::Image& from, const image::Image& to,
                                               const std::vector<Change>& changes);

}  // namespace codeset::query
