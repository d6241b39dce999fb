#include "client/cpp/local_release.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "storage/model/concept_id.h"

namespace codeset::client {
namespace {

// A code's key read in place, as model::ParseConceptKey reads it; empty for what is no code.
class CodeKey {
 public:
  explicit CodeKey(absl::string_view text) {
    while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
    while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
    // A dot that nothing follows is none.
    const bool dotted =
        text.size() > model::kCategoryLength + 1 && text[model::kCategoryLength] == '.';
    const size_t length = text.size() - (dotted ? 1 : 0);
    if (length < model::kCategoryLength || length > model::kMaxCodeLength) return;
    for (size_t i = 0; i < length; ++i) {
      char c = text[i + (dotted && i >= model::kCategoryLength ? 1 : 0)];
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      const bool letter = c >= 'A' && c <= 'Z';
      if (!letter && (i == 0 || c < '0' || c > '9')) return;
      text_[i] = c;
    }
    size_ = length;
  }

  absl::string_view view() const { return {text_.data(), size_}; }

 private:
  static bool IsSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

  std::array<char, model::kMaxCodeLength> text_{};
  size_t size_ = 0;
};

}  // namespace

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
  const CodeKey code(id);
  std::optional<image::NodeIndex> found;
  if (!code.view().empty()) {
    found = image().Find(code.view());
  } else {
    // A chapter, a section, or nothing.
    const absl::StatusOr<std::string> key = model::ParseConceptKey(id);
    if (!key.ok()) return nullptr;
    found = image().Find(*key);
  }
  return found.has_value() ? &concepts_->concepts[*found] : nullptr;
}

}  // namespace codeset::client
