// The codes that the notes of a release name, looked up in that release. How words are read:
// storage/model/note_reference.h.
//
//   for (const image::NoteReference& reference : image.references().Of(facts, note, group)) …
//
// Thread-safe because immutable.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"
#include "storage/model/concept_id.h"
#include "storage/model/note_reference.h"

namespace codeset::image {

// A code, undotted, in the room of its characters; empty for none.
class CodeKey {
 public:
  CodeKey() = default;
  // `code` has at most model::kMaxCodeLength characters.
  explicit CodeKey(absl::string_view code) { code.copy(text_, sizeof(text_)); }

  absl::string_view view() const { return {text_, ::strnlen(text_, sizeof(text_))}; }
  bool empty() const { return text_[0] == '\0'; }

 private:
  char text_[model::kMaxCodeLength + 1] = {};
};

// Codes that a heading or an item names: what model::NoteReference says, in less than half of its
// memory (a release has 30,000), and what of it the release has.
struct NoteReference {
  // The place of the item in its group; nothing for the heading.
  std::optional<int> item;
  // The first byte of the words, and one past the last.
  uint32_t begin = 0;
  uint32_t end = 0;
  // The code, or the first and the last of a range; `last` is empty else.
  CodeKey first;
  CodeKey last;
  model::NoteReferenceKind kind = model::NoteReferenceKind::kSubtree;
  // Whether the release has the concept, or both ends of a range in this order.
  bool resolved = false;
  // The rows of the order file that are named, from the first through the last; 0 for none. A
  // code of 2013 that is no concept may have rows below it all the same.
  uint32_t first_row = 0;
  uint32_t last_row = 0;
  // Of a pattern: all hold. Null for none.
  std::shared_ptr<const std::vector<model::CharacterCondition>> conditions;

  // Whether the same words name the same, whatever either release has of it.
  bool NamesTheSame(const NoteReference& other) const {
    return begin == other.begin && end == other.end && kind == other.kind &&
           first.view() == other.first.view() && last.view() == other.last.view() &&
           (conditions == nullptr || other.conditions == nullptr
                ? conditions == other.conditions
                : *conditions == *other.conditions);
  }
};

// All references of one release, by where they stand.
class NoteReferenceTable {
 public:
  // Where references stand: a group of a note, by their places.
  struct Group {
    // The concept; in 2013 it may be a code that the order file has no row of.
    absl::string_view key;
    absl::string_view title;
    // Never null.
    const model::TabularFacts* facts = nullptr;
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
  // The same by facts of this image's, which need not have any.
  absl::Span<const NoteReference> Of(const model::TabularFacts& facts, size_t note,
                                     size_t group) const;

 private:
  void Add(const Image& image, absl::string_view key, absl::string_view title,
           const model::TabularFacts& facts,
           absl::FunctionRef<bool(absl::string_view)> is_category);

  std::vector<Group> groups_;
  std::vector<NoteReference> references_;
  // The place in `groups_` of the first group of facts that have any.
  absl::flat_hash_map<const model::TabularFacts*, size_t> first_groups_;
};

// A reference as a message.
v1::NoteReference ToMessage(const NoteReference& reference);

}  // namespace codeset::image
