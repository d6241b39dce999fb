// Who names a concept in a note, and whether a reference names it.
//
// A reference names a concept where it gives its id, or a range whose ends are those of a
// section. It names something that the concept lies in where it gives a concept above it; a
// range that includes the concept and all below it (one that begins or ends with it too); or a
// pattern whose characters the concept's own code has. A reference to codes of which the release
// has no row names nothing.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "codeset/v1/referencing.pb.h"
#include "storage/image/image.h"
#include "storage/image/note_references.h"

namespace codeset::query {

// A concept as references are held against it.
class ReferenceTarget {
 public:
  ReferenceTarget(const image::Image& image, image::NodeIndex node);

  image::NodeIndex node() const { return node_; }

  // How the reference names the concept; UNSPECIFIED if it does not.
  v1::ReferencingMatch MatchOf(const image::NoteReference& reference) const;

 private:
  const image::Image& image_;
  image::NodeIndex node_;
  // The first and last row of the order file that the concept is or that lies below it; the
  // first is 0 where there is none.
  uint32_t first_row_ = 0;
  uint32_t last_row_ = 0;
};

// Which references are asked for.
struct ReferencingFilter {
  // None means all.
  absl::flat_hash_set<v1::NoteKind> kinds;
  bool named_only = false;
};

// A reference that names a concept. Points into the image's table.
struct ReferencingNote {
  const image::NoteReferenceTable::Group* group = nullptr;
  const image::NoteReference* reference = nullptr;
  v1::ReferencingMatch match = v1::REFERENCING_MATCH_UNSPECIFIED;
};

// The references that name a concept, in tabular order of the concepts on which they stand and
// there in the order of the words. None where the release has no tabular list, which says
// nothing.
std::vector<ReferencingNote> FindReferencing(const image::Image& image, image::NodeIndex node,
                                             const ReferencingFilter& filter);

// One of them as a message.
v1::Referencing ToMessage(const ReferencingNote& found);

}  // namespace codeset::query
