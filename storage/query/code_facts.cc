#include "storage/query/code_facts.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"
#include "storage/query/seventh_characters.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;

using Words = std::vector<absl::string_view>;
using WordSpan = absl::Span<const absl::string_view>;

Words WordsOf(absl::string_view title) { return absl::StrSplit(title, ' ', absl::SkipEmpty()); }

// A word without the punctuation that follows or surrounds it.
absl::string_view Bare(absl::string_view word) {
  while (!word.empty() && absl::StrContains(",;()[]", word.back())) word.remove_suffix(1);
  while (!word.empty() && absl::StrContains("([", word.front())) word.remove_prefix(1);
  return word;
}

bool Is(absl::string_view word, absl::string_view wanted) {
  return absl::EqualsIgnoreCase(Bare(word), wanted);
}

bool Has(const Words& words, absl::string_view wanted) {
  return std::any_of(words.begin(), words.end(),
                     [&](absl::string_view word) { return Is(word, wanted); });
}

struct SideWord {
  absl::string_view word;
  v1::Laterality side;
};
constexpr SideWord kSideWords[] = {{"right", v1::LATERALITY_RIGHT},
                                   {"left", v1::LATERALITY_LEFT},
                                   {"bilateral", v1::LATERALITY_BILATERAL},
                                   {"unspecified", v1::LATERALITY_UNSPECIFIED_SIDE}};

v1::Laterality SideOf(absl::string_view word) {
  for (const SideWord& side : kSideWords) {
    if (Is(word, side.word)) return side.side;
  }
  return v1::LATERALITY_UNSPECIFIED;
}

// What two titles have in each other's place: all but the words that they begin and end with
// alike.
struct Difference {
  WordSpan first;
  WordSpan second;
};

Difference Compare(const Words& first, const Words& second) {
  const size_t shorter = std::min(first.size(), second.size());
  size_t begin = 0;
  while (begin < shorter && first[begin] == second[begin]) ++begin;
  size_t end = 0;
  while (end < shorter - begin &&
         first[first.size() - 1 - end] == second[second.size() - 1 - end]) {
    ++end;
  }
  return {WordSpan(first).subspan(begin, first.size() - begin - end),
          WordSpan(second).subspan(begin, second.size() - begin - end)};
}

// The side that `words` name, where they stand in the place of `others` that name another one;
// UNSPECIFIED if the difference is not one of sides alone. `bilateral` may stand in the place of
// `right eye`.
v1::Laterality SideInPlaceOf(WordSpan words, WordSpan others) {
  if (words.empty() || others.empty()) return v1::LATERALITY_UNSPECIFIED;
  const v1::Laterality side = SideOf(words.front());
  const v1::Laterality other = SideOf(others.front());
  if (side == v1::LATERALITY_UNSPECIFIED || other == v1::LATERALITY_UNSPECIFIED || side == other) {
    return v1::LATERALITY_UNSPECIFIED;
  }
  const bool one_each = words.size() == 1 && others.size() == 1;
  const bool both_for_one =
      (side == v1::LATERALITY_BILATERAL && words.size() == 1 && others.size() == 2) ||
      (other == v1::LATERALITY_BILATERAL && others.size() == 1 && words.size() == 2);
  return one_each || both_for_one ? side : v1::LATERALITY_UNSPECIFIED;
}

// Calls `visit` for the other concepts with the same parent.
template <typename Visit>
void ForSiblings(const Image& image, NodeIndex node, Visit visit) {
  const NodeIndex parent = image.node(node).parent;
  if (parent == kNoNode) return;
  for (NodeIndex i = parent + 1; i < image.node(parent).end; i = image.node(i).end) {
    if (i != node && image.node(i).row != nullptr) visit(i);
  }
}

v1::Laterality LateralityOf(const Image& image, NodeIndex node, const Words& title) {
  for (NodeIndex stem = node; image.node(stem).key.size() > model::kCategoryLength;
       stem = image.node(stem).parent) {
    const Words words = WordsOf(image::TitleOf(image, stem));
    v1::Laterality found = v1::LATERALITY_UNSPECIFIED;
    ForSiblings(image, stem, [&](NodeIndex sibling) {
      if (found != v1::LATERALITY_UNSPECIFIED) return;
      const Words others = WordsOf(image::TitleOf(image, sibling));
      const Difference difference = Compare(words, others);
      found = SideInPlaceOf(difference.first, difference.second);
    });
    for (const SideWord& side : kSideWords) {
      if (side.side == found && Has(title, side.word)) return found;
    }
    // In 2013 a code may have no header above it.
    if (image.node(stem).parent == kNoNode || image.node(image.node(stem).parent).row == nullptr) {
      break;
    }
  }
  return Has(title, "bilateral") ? v1::LATERALITY_BILATERAL : v1::LATERALITY_UNSPECIFIED;
}

// True if the title has `in diseases classified elsewhere`, or the like: `in infectious and
// parasitic diseases classified elsewhere`, but not `as the cause of diseases …`.
bool IsManifestation(const Words& title) {
  constexpr absl::string_view kOtherRelations[] = {"of", "to", "with", "as", "by"};
  // `infectious and parasitic diseases`, and the word before.
  constexpr size_t kMostWords = 5;
  for (size_t i = 1; i < title.size(); ++i) {
    if (!Is(title[i - 1], "classified") || !Is(title[i], "elsewhere")) continue;
    for (size_t back = 1; back <= kMostWords && back + 1 <= i; ++back) {
      const absl::string_view word = title[i - 1 - back];
      if (Is(word, "in")) return true;
      if (std::any_of(std::begin(kOtherRelations), std::end(kOtherRelations),
                      [&](absl::string_view other) { return Is(word, other); })) {
        break;
      }
    }
  }
  return false;
}

// True if the title speaks of what has no code of its own. `in other diseases classified
// elsewhere` speaks of other diseases, `other than` of what it is not.
bool IsOther(const Words& title) {
  for (size_t i = 0; i < title.size(); ++i) {
    if (Is(title[i], "NEC")) return true;
    const bool last = i + 1 == title.size();
    if (Is(title[i], "elsewhere") && !last && Is(title[i + 1], "classified")) return true;
    if (!Is(title[i], "other")) continue;
    if (!last && Is(title[i + 1], "than")) continue;
    if (i > 0 && Is(title[i - 1], "in") && IsManifestation(title)) continue;
    return true;
  }
  return false;
}

int CountUnspecified(const Words& title) {
  return static_cast<int>(std::count_if(title.begin(), title.end(), [](absl::string_view word) {
    return Is(word, "unspecified") || Is(word, "NOS");
  }));
}

void AddSiblings(const Image& image, NodeIndex node, const Words& title, v1::CodeFacts& facts) {
  const auto text = [](WordSpan words) {
    std::string joined = absl::StrJoin(words, " ");
    return std::string(absl::StripSuffix(joined, ","));
  };
  ForSiblings(image, node, [&](NodeIndex sibling) {
    if (!image.node(sibling).billable) return;
    const Words other = WordsOf(image::TitleOf(image, sibling));
    const Difference difference = Compare(other, title);
    v1::SiblingCode* out = facts.add_siblings();
    out->set_id(image::IdOf(image, sibling));
    out->set_title(std::string(image::TitleOf(image, sibling)));
    out->set_its_words(text(difference.first));
    out->set_own_words(text(difference.second));
    out->set_other_side(SideInPlaceOf(difference.first, difference.second) !=
                        v1::LATERALITY_UNSPECIFIED);
  });
}

}  // namespace

v1::CodeFacts FactsOfCode(const Image& image, NodeIndex node) {
  const Node& self = image.node(node);
  const Words title = WordsOf(image::TitleOf(image, node));
  v1::CodeFacts facts;
  facts.set_laterality(LateralityOf(image, node, title));
  AddSiblings(image, node, title, facts);
  const int of_sides = facts.laterality() == v1::LATERALITY_UNSPECIFIED_SIDE ? 1 : 0;
  facts.set_unspecified(CountUnspecified(title) > of_sides);
  facts.set_other_specified(IsOther(title));
  facts.set_manifestation(IsManifestation(title));
  facts.set_seventh_character_use(SeventhCharacterUseOf(image, node));
  if (facts.seventh_character_use() == v1::SEVENTH_CHARACTER_USE_REQUIRED) {
    for (v1::CompletingCharacter& character : CompletingCharacters(image, self.key)) {
      *facts.add_seventh_characters() = std::move(character);
    }
  }
  // An X beyond the category is never anything else; categories may have one (X00).
  for (size_t i = model::kCategoryLength; i < self.key.size(); ++i) {
    if (self.key[i] == 'X') facts.add_placeholder_positions(static_cast<int32_t>(i) + 1);
  }
  return facts;
}

}  // namespace codeset::query
