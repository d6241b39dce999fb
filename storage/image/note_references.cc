#include "storage/image/note_references.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"

namespace codeset::image {
namespace {

// Looks up what words name.
NoteReference Resolve(const Image& image, model::NoteReference words) {
  NoteReference reference;
  const std::optional<NodeIndex> first = image.Find(words.first);
  if (first.has_value()) reference.first = *first;
  if (!words.last.empty()) {
    const std::optional<NodeIndex> last = image.Find(words.last);
    if (first.has_value() && last.has_value() &&
        image.node(*first).order_number <= image.node(*last).order_number) {
      reference.last = *last;
    }
  }
  reference.words = std::move(words);
  return reference;
}

}  // namespace

NoteReferenceTable::NoteReferenceTable(const Image& image) {
  // Some categories of 2013 are no concepts, though their codes are.
  absl::flat_hash_set<absl::string_view> categories;
  for (const CategoryPages& category : image.categories()) categories.insert(category.key);
  const auto is_category = [&](absl::string_view text) { return categories.contains(text); };
  const auto read = [&](absl::string_view text, std::optional<int> item) {
    for (model::NoteReference& words : model::ReadNoteReferences(text, is_category).read) {
      references_.push_back(Resolve(image, std::move(words)));
      references_.back().item = item;
    }
  };
  for (NodeIndex node = 0; node < image.nodes().size(); ++node) {
    const model::TabularFacts* facts = FactsOf(image, node);
    if (facts == nullptr) continue;
    for (uint32_t note = 0; note < facts->notes.size(); ++note) {
      const std::vector<model::NoteGroup>& groups = facts->notes[note].groups;
      for (uint32_t group = 0; group < groups.size(); ++group) {
        const auto begin = static_cast<uint32_t>(references_.size());
        if (groups[group].heading.has_value()) read(*groups[group].heading, std::nullopt);
        for (int item = 0; item < static_cast<int>(groups[group].items.size()); ++item) {
          read(groups[group].items[static_cast<size_t>(item)], item);
        }
        const auto end = static_cast<uint32_t>(references_.size());
        if (end > begin) groups_.push_back({node, note, group, begin, end});
      }
    }
  }
  groups_.shrink_to_fit();
  references_.shrink_to_fit();
}

absl::Span<const NoteReference> NoteReferenceTable::Of(NodeIndex node, size_t note,
                                                       size_t group) const {
  const auto wanted = std::tuple(node, note, group);
  const auto place = [](const Group& entry) {
    return std::tuple(entry.node, size_t{entry.note}, size_t{entry.group});
  };
  const auto it =
      std::lower_bound(groups_.begin(), groups_.end(), wanted,
                       [&](const Group& entry, const auto& key) { return place(entry) < key; });
  if (it == groups_.end() || place(*it) != wanted) return {};
  return Of(*it);
}

v1::NoteReference ToMessage(const NoteReference& reference) {
  v1::NoteReference message;
  if (reference.item.has_value()) message.set_item(*reference.item);
  message.set_begin(static_cast<int32_t>(reference.words.begin));
  message.set_end(static_cast<int32_t>(reference.words.end));
  message.set_kind(static_cast<v1::NoteReferenceKind>(reference.words.kind));
  message.set_first_id(model::DottedCode(reference.words.first));
  if (!reference.words.last.empty()) message.set_last_id(model::DottedCode(reference.words.last));
  for (const model::CharacterCondition& condition : reference.words.conditions) {
    v1::CharacterCondition* out = message.add_conditions();
    for (const int position : condition.positions) out->add_positions(position);
    for (const char c : condition.characters) out->add_characters(std::string(1, c));
  }
  message.set_resolved(reference.resolved());
  return message;
}

}  // namespace codeset::image
