#include "client/cpp/local_release.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "storage/model/concept_id.h"
#include "storage/query/code_text.h"

namespace codeset::client {

ConceptId::ConceptId(absl::string_view key) {
  const bool dotted = key.size() > model::kCategoryLength && key.find('-') == key.npos;
  const size_t before = dotted ? model::kCategoryLength : std::min(key.size(), text_.size());
  std::copy_n(key.begin(), before, text_.begin());
  size_ = static_cast<uint8_t>(before);
  if (!dotted) return;
  const size_t after = std::min(key.size() - before, text_.size() - before - 1);
  text_[before] = '.';
  std::copy_n(key.begin() + static_cast<std::ptrdiff_t>(before), after,
              text_.begin() + static_cast<std::ptrdiff_t>(before) + 1);
  size_ = static_cast<uint8_t>(before + 1 + after);
}

LocalConcepts::LocalConcepts(std::shared_ptr<const image::Image> of) : image(std::move(of)) {
  const size_t count = image->nodes().size();
  concepts.resize(count);
  for (image::NodeIndex i = 0; i < count; ++i) {
    const auto node = image->node(i);
    LocalConcept& told = concepts[i];
    told.id = ConceptId(node.key);
    told.kind = node.kind;
    told.billable = node.billable;
    if (node.row != nullptr) {
      told.title = node.row->long_title;
      told.short_title = node.row->short_title;
    } else {
      told.title = node.structure->title;
    }
    // A parent comes before what lies below it.
    if (node.parent != image::kNoNode) told.parent = concepts[node.parent].id;
  }
}

const LocalConcept* LocalRelease::Find(absl::string_view id) const {
  std::optional<image::NodeIndex> found;
  // Most ids are codes in a plain spelling.
  if (const uint64_t code = query::ReadPlainCode(id); code != 0) {
    found = image().FindPacked(code);
  } else {
    const absl::StatusOr<std::string> key = model::ParseConceptKey(id);
    if (!key.ok()) return nullptr;
    found = image().Find(*key);
  }
  return found.has_value() ? &concepts_->concepts[*found] : nullptr;
}

}  // namespace codeset::client
