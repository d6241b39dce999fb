// The codes that the notes of a release name, looked up in that release. How words are read:
// storage/model/note_reference.h.
//
//   for (const image::NoteReference& reference : image.references().Of(node, note, group)) …
//
// Thread-safe because immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"
#include "storage/model/note_reference.h"

namespace codeset::image {

// Codes that a heading or an item names.
struct NoteReference {
  // The place of the item in its group; nothing for the heading.
  std::optional<int> item;
  model::NoteReference words;
  // What is named: the concept, or both ends of a range; kNoNode where the release does not
  // have it, or has the ends in another order.
  NodeIndex first = kNoNode;
  NodeIndex last = kNoNode;

  bool resolved() const { return first != kNoNode && (words.last.empty() || last != kNoNode); }
};

// All references of one release, by where they stand.
class NoteReferenceTable {
 public:
  // Where references stand: a group of a note of a concept, by their places.
  struct Group {
    NodeIndex node = kNoNode;
    uint32_t note = 0;
    uint32_t group = 0;
    // Its references in `references()`, from the first to one before the second.
    uint32_t begin = 0;
    uint32_t end = 0;
  };

  explicit NoteReferenceTable(const Image& image);

  NoteReferenceTable(const NoteReferenceTable&) = delete;
  NoteReferenceTable& operator=(const NoteReferenceTable&) = delete;

  // Every group that names codes, in tabular order of the concepts on which they stand, of one
  // concept in the publisher's order.
  const std::vector<Group>& groups() const { return groups_; }

  // What a group names, in the order of the words, the heading's first.
  absl::Span<const NoteReference> Of(const Group& group) const {
    return absl::MakeConstSpan(references_).subspan(group.begin, group.end - group.begin);
  }
  absl::Span<const NoteReference> Of(NodeIndex node, size_t note, size_t group) const;

 private:
  std::vector<Group> groups_;
  std::vector<NoteReference> references_;
};

// A reference as a message.
v1::NoteReference ToMessage(const NoteReference& reference);

}  // namespace codeset::image
