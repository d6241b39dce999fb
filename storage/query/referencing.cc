#include "storage/query/referencing.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"

namespace codeset::query {

using image::Image;
using image::Node;
using image::NodeIndex;

ReferenceTarget::ReferenceTarget(const Image& image, NodeIndex node) : image_(image), node_(node) {
  const Node& self = image.node(node);
  if (self.row != nullptr) {
    // Below a code there are codes alone, row after row.
    first_row_ = self.order_number;
    last_row_ = self.order_number + (self.end - node - 1);
    return;
  }
  for (NodeIndex i = node; i < self.end; ++i) {
    const uint32_t row = image.node(i).order_number;
    if (row == 0) continue;
    first_row_ = first_row_ == 0 ? row : std::min(first_row_, row);
    last_row_ = std::max(last_row_, row);
  }
}

v1::ReferencingMatch ReferenceTarget::MatchOf(const image::NoteReference& reference) const {
  // By row and not by node, as in listing.cc: categories that could not be placed stand last
  // among the nodes.
  if (reference.first_row == 0 || first_row_ < reference.first_row ||
      last_row_ > reference.last_row) {
    return v1::REFERENCING_MATCH_UNSPECIFIED;
  }
  const Node& self = image_.node(node_);
  switch (reference.kind) {
    case model::NoteReferenceKind::kPattern: {
      const bool meets = self.row != nullptr &&
                         (reference.conditions == nullptr ||
                          std::all_of(reference.conditions->begin(), reference.conditions->end(),
                                      [&](const auto& one) { return Meets(self.key, one); }));
      return meets ? v1::REFERENCING_MATCH_WITHIN : v1::REFERENCING_MATCH_UNSPECIFIED;
    }
    case model::NoteReferenceKind::kRange: {
      const bool named =
          self.kind == v1::CONCEPT_KIND_SECTION &&
          self.key == absl::StrCat(reference.first.view(), "-", reference.last.view());
      return named ? v1::REFERENCING_MATCH_NAMED : v1::REFERENCING_MATCH_WITHIN;
    }
    case model::NoteReferenceKind::kSubtree:
      break;
  }
  // A section of one category has its rows, and does not lie in it.
  if (self.row == nullptr) return v1::REFERENCING_MATCH_UNSPECIFIED;
  return self.key == reference.first.view() ? v1::REFERENCING_MATCH_NAMED
                                            : v1::REFERENCING_MATCH_WITHIN;
}

std::vector<ReferencingNote> FindReferencing(const Image& image, NodeIndex node,
                                             const ReferencingFilter& filter) {
  std::vector<ReferencingNote> found;
  const ReferenceTarget target(image, node);
  const image::NoteReferenceTable& table = image.references();
  for (const image::NoteReferenceTable::Group& group : table.groups()) {
    const auto kind = static_cast<v1::NoteKind>(group.facts->notes[group.note].kind);
    if (!filter.kinds.empty() && !filter.kinds.contains(kind)) continue;
    for (const image::NoteReference& reference : table.Of(group)) {
      const v1::ReferencingMatch match = target.MatchOf(reference);
      if (match == v1::REFERENCING_MATCH_UNSPECIFIED) continue;
      if (filter.named_only && match != v1::REFERENCING_MATCH_NAMED) continue;
      found.push_back({&group, &reference, match});
    }
  }
  return found;
}

v1::Referencing ToMessage(const ReferencingNote& found) {
  const image::NoteReferenceTable::Group& place = *found.group;
  const model::Note& note = place.facts->notes[place.note];
  const model::NoteGroup& group = note.groups[place.group];
  v1::Referencing message;
  message.set_concept_id(model::FormatConceptKey(place.key));
  message.set_title(std::string(place.title));
  message.set_note_kind(static_cast<v1::NoteKind>(note.kind));
  if (group.heading.has_value()) message.set_heading(*group.heading);
  *message.mutable_reference() = image::ToMessage(*found.reference);
  if (found.reference->item.has_value()) {
    message.set_text(group.items[static_cast<size_t>(*found.reference->item)]);
    message.mutable_reference()->set_item(0);
  }
  message.set_match(found.match);
  return message;
}

}  // namespace codeset::query
