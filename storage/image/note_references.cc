#include "storage/image/note_references.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"

namespace codeset::image {
namespace {

// Some rows of the order file.
struct Rows {
  // There is a concept of the code, and not only rows below it.
  bool found = false;
  uint32_t first = 0;
  uint32_t last = 0;
};

Rows RowsOf(const Image& image, absl::string_view code) {
  if (const std::optional<NodeIndex> node = image.Find(code); node.has_value()) {
    const Node& self = image.node(*node);
    return {true, self.order_number, self.order_number + (self.end - *node - 1)};
  }
  // Rows below it, though it has none itself (2013).
  const auto& categories = image.categories();
  const auto category =
      std::find_if(categories.begin(), categories.end(),
                   [&](const CategoryPages& one) { return one.key == model::CategoryOf(code); });
  Rows rows;
  if (category == categories.end()) return rows;
  for (NodeIndex node = category->first; node < category->end; ++node) {
    if (!absl::StartsWith(image.node(node).key, code)) continue;
    rows.last = image.node(node).order_number;
    if (rows.first == 0) rows.first = rows.last;
  }
  return rows;
}

// Looks up what words name.
NoteReference Resolve(const Image& image, model::NoteReference words) {
  const Rows first = RowsOf(image, words.first);
  const Rows last = words.last.empty() ? first : RowsOf(image, words.last);
  NoteReference reference;
  reference.begin = static_cast<uint32_t>(words.begin);
  reference.end = static_cast<uint32_t>(words.end);
  reference.kind = words.kind;
  reference.first = CodeKey(words.first);
  reference.last = CodeKey(words.last);
  if (!words.conditions.empty()) {
    reference.conditions =
        std::make_shared<const std::vector<model::CharacterCondition>>(std::move(words.conditions));
  }
  if (first.first == 0 || last.first == 0 || last.first < first.first) return reference;
  reference.resolved = first.found && last.found;
  reference.first_row = first.first;
  reference.last_row = last.last;
  return reference;
}

}  // namespace

NoteReferenceTable::NoteReferenceTable(const Image& image) {
  absl::flat_hash_set<absl::string_view> categories;
  for (const CategoryPages& category : image.categories()) categories.insert(category.key);
  const auto is_category = [&](absl::string_view text) { return categories.contains(text); };
  absl::flat_hash_set<absl::string_view> rowless;
  for (NodeIndex node = 0; node < image.nodes().size(); ++node) {
    const Node& self = image.node(node);
    // What stands above it and is no concept (2013).
    for (size_t length = model::kCategoryLength; self.row != nullptr && length < self.key.size();
         ++length) {
      const absl::string_view above = self.key.substr(0, length);
      if (image.Find(above).has_value()) continue;
      const model::Diag* diag = image.FindDiag(above);
      if (diag != nullptr && rowless.insert(diag->code).second) {
        Add(image, diag->code, diag->title, diag->facts, is_category);
      }
    }
    if (const model::TabularFacts* facts = FactsOf(image, node); facts != nullptr) {
      Add(image, self.key, TitleOf(image, node), *facts, is_category);
    }
  }
  groups_.shrink_to_fit();
  references_.shrink_to_fit();
}

void NoteReferenceTable::Add(const Image& image, absl::string_view key, absl::string_view title,
                             const model::TabularFacts& facts,
                             absl::FunctionRef<bool(absl::string_view)> is_category) {
  const auto read = [&](absl::string_view text, std::optional<int> item) {
    for (model::NoteReference& words : model::ReadNoteReferences(text, is_category).read) {
      references_.push_back(Resolve(image, std::move(words)));
      references_.back().item = item;
    }
  };
  for (uint32_t note = 0; note < facts.notes.size(); ++note) {
    const std::vector<model::NoteGroup>& groups = facts.notes[note].groups;
    for (uint32_t group = 0; group < groups.size(); ++group) {
      const auto begin = static_cast<uint32_t>(references_.size());
      if (groups[group].heading.has_value()) read(*groups[group].heading, std::nullopt);
      for (int item = 0; item < static_cast<int>(groups[group].items.size()); ++item) {
        read(groups[group].items[static_cast<size_t>(item)], item);
      }
      const auto end = static_cast<uint32_t>(references_.size());
      if (end == begin) continue;
      first_groups_.try_emplace(&facts, groups_.size());
      groups_.push_back({key, title, &facts, note, group, begin, end});
    }
  }
}

absl::Span<const NoteReference> NoteReferenceTable::Of(const model::TabularFacts& facts,
                                                       size_t note, size_t group) const {
  const auto first = first_groups_.find(&facts);
  if (first == first_groups_.end()) return {};
  for (size_t i = first->second; i < groups_.size() && groups_[i].facts == &facts; ++i) {
    if (groups_[i].note == note && groups_[i].group == group) return Of(groups_[i]);
  }
  return {};
}

v1::NoteReference ToMessage(const NoteReference& reference) {
  v1::NoteReference message;
  if (reference.item.has_value()) message.set_item(*reference.item);
  message.set_begin(static_cast<int32_t>(reference.begin));
  message.set_end(static_cast<int32_t>(reference.end));
  message.set_kind(static_cast<v1::NoteReferenceKind>(reference.kind));
  message.set_first_id(model::DottedCode(reference.first.view()));
  if (!reference.last.empty()) message.set_last_id(model::DottedCode(reference.last.view()));
  message.set_resolved(reference.resolved);
  if (reference.conditions == nullptr) return message;
  for (const model::CharacterCondition& condition : *reference.conditions) {
    v1::CharacterCondition* out = message.add_conditions();
    for (const int position : condition.positions) out->add_positions(position);
    for (const char c : condition.characters) out->add_characters(std::string(1, c));
  }
  return message;
}

}  // namespace codeset::image
