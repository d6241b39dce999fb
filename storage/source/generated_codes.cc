#include "storage/source/generated_codes.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/concept_id.h"

namespace codeset::source {
namespace {

using model::Diag;
using model::SeventhCharacters;

// A definition without characters (an instruction alone) defines nothing.
const SeventhCharacters* DefinitionOn(const model::TabularFacts& facts) {
  if (!facts.seventh_characters.has_value() || facts.seventh_characters->characters.empty()) {
    return nullptr;
  }
  return &*facts.seventh_characters;
}

const SeventhCharacters* DefinitionAbove(const model::TabularChapter& chapter,
                                         const model::TabularSection& section) {
  const model::TabularSection* around = &section;
  while (true) {
    if (const SeventhCharacters* found = DefinitionOn(around->facts)) return found;
    if (around->parent < 0) return DefinitionOn(chapter.facts);
    around = &chapter.sections[around->parent];
  }
}

// Adds the codes of one category.
void Generate(const model::TabularCategory& category, const SeventhCharacters* above,
              std::vector<GeneratedCode>& codes) {
  absl::flat_hash_map<absl::string_view, const Diag*> diags;
  for (const Diag& diag : category.diags) diags.emplace(diag.code, &diag);
  const auto prefix_of = [&](absl::string_view code) -> const Diag* {
    while (code.size() > model::kCategoryLength) {
      code.remove_suffix(1);
      if (const auto found = diags.find(code); found != diags.end()) return found->second;
    }
    return nullptr;
  };
  absl::flat_hash_set<const Diag*> inner;
  for (const Diag& diag : category.diags) inner.insert(prefix_of(diag.code));
  for (const Diag& diag : category.diags) {
    const SeventhCharacters* definition = nullptr;
    for (const Diag* at = &diag; at != nullptr && definition == nullptr; at = prefix_of(at->code)) {
      definition = DefinitionOn(at->facts);
    }
    if (definition == nullptr) definition = above;
    const bool leaf = !inner.contains(&diag);
    // A code of seven characters has its last already.
    const bool stem = leaf && definition != nullptr && diag.code.size() < model::kMaxCodeLength;
    codes.push_back({diag.code, leaf && !stem});
    if (!stem) continue;
    std::string padded = diag.code;
    padded.resize(model::kMaxCodeLength - 1, 'X');
    for (const model::SeventhCharacter& character : definition->characters) {
      std::string code = absl::StrCat(padded, character.character);
      if (!diags.contains(code)) codes.push_back({std::move(code), true});
    }
  }
}

}  // namespace

std::vector<GeneratedCode> GenerateCodes(const model::Tabular& tabular) {
  std::vector<GeneratedCode> codes;
  for (const model::TabularChapter& chapter : tabular.chapters) {
    for (const model::TabularSection& section : chapter.sections) {
      const SeventhCharacters* above = DefinitionAbove(chapter, section);
      for (const model::TabularCategory& category : section.categories) {
        Generate(category, above, codes);
      }
    }
  }
  return codes;
}

}  // namespace codeset::source
