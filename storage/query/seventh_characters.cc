#include "storage/query/seventh_characters.h"

#include <algorithm>
#include <bitset>
#include <string>
#include <utility>

#include "storage/image/concept.h"
#include "storage/model/concept_id.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;
using model::SeventhCharacters;

constexpr size_t kStemLength = model::kMaxCodeLength - 1;
constexpr char kPlaceholder = 'X';
constexpr absl::string_view kCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// Characters of codes, which are ASCII.
using CharacterSet = std::bitset<128>;

size_t At(char c) { return static_cast<unsigned char>(c); }

const SeventhCharacters* DefinitionOn(const model::TabularFacts& facts) {
  const std::optional<SeventhCharacters>& definition = facts.seventh_characters;
  return definition.has_value() && !definition->characters.empty() ? &*definition : nullptr;
}

std::optional<ApplyingDefinition> OnStructure(const Image& image, NodeIndex node) {
  for (; node != kNoNode; node = image.node(node).parent) {
    if (image.node(node).structure == nullptr) continue;
    if (const SeventhCharacters* found = DefinitionOn(image.node(node).structure->facts)) {
      return ApplyingDefinition{image.node(node).key, found};
    }
  }
  return std::nullopt;
}

// A concept of the code's category: the code itself, or something above it.
NodeIndex NodeAround(const Image& image, absl::string_view code) {
  for (; code.size() >= model::kCategoryLength; code.remove_suffix(1)) {
    if (const auto node = image.Find(code)) return *node;
  }
  return kNoNode;
}

// The billable codes of seven characters that begin with `stem`, in tabular order.
std::vector<NodeIndex> Completed(const Image& image, absl::string_view stem,
                                 absl::string_view characters) {
  std::vector<NodeIndex> nodes;
  std::string code(stem);
  code.push_back('\0');
  for (const char c : characters) {
    code.back() = c;
    if (const auto node = image.Find(code); node.has_value() && image.node(*node).billable) {
      nodes.push_back(*node);
    }
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

// The 7th characters that stand after a placeholder in the category that `node` lies in. The
// category's codes lie side by side, whether or not it is itself a concept.
CharacterSet AfterPlaceholders(const Image& image, NodeIndex node) {
  const absl::string_view category = model::CategoryOf(image.node(node).key);
  const auto within = [&](NodeIndex i) {
    return image.node(i).row != nullptr && model::CategoryOf(image.node(i).key) == category;
  };
  while (node > 0 && within(node - 1)) --node;
  CharacterSet found;
  for (; node < image.nodes().size() && within(node); ++node) {
    const absl::string_view key = image.node(node).key;
    if (key.size() == model::kMaxCodeLength && key[kStemLength - 1] == kPlaceholder) {
      found.set(At(key.back()));
    }
  }
  return found;
}

// Whether a code of seven characters has its last by definition.
bool HasByDefinition(const Image& image, absl::string_view code) {
  const auto found = FindSeventhCharacters(image, code);
  if (!found.has_value()) return false;
  const auto& characters = found->definition->characters;
  return std::any_of(characters.begin(), characters.end(), [&](const model::SeventhCharacter& c) {
    return c.character == code.substr(kStemLength);
  });
}

// What codes of seven characters say of a concept above them.
v1::SeventhCharacterUse UseBelow(const Image& image, NodeIndex node) {
  const bool defined = image.Has(model::FacetGroup::kTabular);
  v1::SeventhCharacterUse use = v1::SEVENTH_CHARACTER_USE_NONE;
  absl::string_view last;
  for (NodeIndex i = node + 1; i < image.node(node).end; ++i) {
    const absl::string_view code = image.node(i).key;
    if (code.size() != model::kMaxCodeLength || code.substr(0, kStemLength) == last) continue;
    // Of one stem all codes are alike in this.
    last = code.substr(0, kStemLength);
    if (defined ? HasByDefinition(image, code) : CodesTellExtension(image, last)) {
      return v1::SEVENTH_CHARACTER_USE_BELOW;
    }
    if (!defined) use = v1::SEVENTH_CHARACTER_USE_NOT_KNOWN;
  }
  return use;
}

}  // namespace

std::optional<ApplyingDefinition> FindSeventhCharacters(const Image& image,
                                                        absl::string_view code) {
  if (!image.Has(model::FacetGroup::kTabular)) return std::nullopt;
  for (absl::string_view at = code; at.size() >= model::kCategoryLength; at.remove_suffix(1)) {
    const model::Diag* diag = image.FindDiag(at);
    if (diag == nullptr) continue;
    if (const SeventhCharacters* found = DefinitionOn(diag->facts)) {
      return ApplyingDefinition{diag->code, found};
    }
  }
  return OnStructure(image, NodeAround(image, code));
}

std::optional<ApplyingDefinition> FindSeventhCharacters(const Image& image, NodeIndex node) {
  if (image.node(node).row != nullptr) return FindSeventhCharacters(image, image.node(node).key);
  if (!image.Has(model::FacetGroup::kTabular)) return std::nullopt;
  return OnStructure(image, node);
}

bool CodesTellExtension(const Image& image, absl::string_view stem) {
  if (stem.size() != kStemLength) return false;
  const std::vector<NodeIndex> codes = Completed(image, stem, kCharacters);
  if (codes.empty()) return false;
  if (stem.back() == kPlaceholder) return true;
  CharacterSet characters;
  for (const NodeIndex code : codes) characters.set(At(image.node(code).key.back()));
  if (characters[At('A')] && characters[At('D')] && characters[At('S')]) return true;
  return (characters & ~AfterPlaceholders(image, codes.front())).none();
}

std::vector<v1::CompletingCharacter> CompletingCharacters(const Image& image,
                                                          absl::string_view stem) {
  if (stem.size() < model::kCategoryLength || stem.size() > kStemLength) return {};
  std::string padded(stem);
  padded.resize(kStemLength, kPlaceholder);
  std::vector<NodeIndex> codes;
  std::optional<ApplyingDefinition> found;
  if (image.Has(model::FacetGroup::kTabular)) {
    found = FindSeventhCharacters(image, padded);
    if (!found.has_value()) return {};
    std::string characters;
    for (const model::SeventhCharacter& c : found->definition->characters) {
      characters += c.character;
    }
    codes = Completed(image, padded, characters);
  } else if (CodesTellExtension(image, padded)) {
    codes = Completed(image, padded, kCharacters);
  }
  std::vector<v1::CompletingCharacter> completing;
  for (const NodeIndex code : codes) {
    v1::CompletingCharacter& c = completing.emplace_back();
    c.set_character(std::string(image.node(code).key.substr(kStemLength)));
    c.set_code_id(image::IdOf(image, code));
    if (!found.has_value()) continue;
    for (const model::SeventhCharacter& defined : found->definition->characters) {
      if (defined.character == c.character()) c.set_meaning(defined.meaning);
    }
  }
  return completing;
}

v1::SeventhCharacterUse SeventhCharacterUseOf(const Image& image, NodeIndex index) {
  const Node& node = image.node(index);
  if (node.row == nullptr) return v1::SEVENTH_CHARACTER_USE_UNSPECIFIED;
  if (node.key.size() == model::kMaxCodeLength) {
    if (image.Has(model::FacetGroup::kTabular)) {
      return HasByDefinition(image, node.key) ? v1::SEVENTH_CHARACTER_USE_PRESENT
                                              : v1::SEVENTH_CHARACTER_USE_NONE;
    }
    return CodesTellExtension(image, node.key.substr(0, kStemLength))
               ? v1::SEVENTH_CHARACTER_USE_PRESENT
               : v1::SEVENTH_CHARACTER_USE_NOT_KNOWN;
  }
  if (node.billable) return v1::SEVENTH_CHARACTER_USE_NONE;
  if (!CompletingCharacters(image, node.key).empty()) return v1::SEVENTH_CHARACTER_USE_REQUIRED;
  return UseBelow(image, index);
}

}  // namespace codeset::query
