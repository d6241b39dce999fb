// The codes that a note's words name: `sunburn (L55.-)`, `traumatic fracture (S12.-, S22.-)`,
// `(T36-T50 with fifth or sixth character 5)`.
//
//   const NoteReferences found = ReadNoteReferences(text, is_category);
//   for (const NoteReference& reference : found.read) { reference.first … }
//
// The publisher writes for people, so the reading has rules of its own:
//
// * A code is a letter and two letters or digits, one of them a digit; then, it may be, a dot
//   and one to four more (`x` counts as `X`); then, it may be, a dash for what follows below
//   it, with or without a dot of its own (`M24.-`, `M80-`, `F98.2.-`). It stands where no
//   letter or digit touches it: `O157`, `G6PD` and `H5N1` are none.
// * With a dot it is taken for a code whatever the release has (notes name codes that do not
//   exist). Without one it is a word like others, and a code only if it is a category of the
//   release: so `B12` (a vitamin), `GH1` and `GM2` are none, whether or not they stand in
//   parentheses. Of a range one end that is a category is enough (`K00-K93`). Without dot and
//   dash it must also stand in parentheses, after a comma, or after a word that leads to it
//   (`any type in A15`, `categories E08`): so `LGMD R12` is none. `T4`, `C5-C7` and `CD4` are too
//   short or no categories.
// * Two codes with a dash or the word `to` or `through` between them are a range. The second
//   may leave out what it shares with the first: `E09-14`, `I83.1-.2`.
// * `with …` after codes narrows them, and those as long that commas join before them, where it
//   speaks of characters: `with fifth or sixth character 1-4 or 6`, `with 7th character B or
//   C`, `with final characters -23` (each dash is any character), `with .17, .27` (from the
//   fourth place on), `with 1` (the next place). `with fifth or sixth character to indicate
//   intent` narrows nothing, and any other `with` is part of the words.
// * What looks like a code and is none by these rules is unread: a malformed code (`F94.l`;
//   in parentheses also `F1.5`, `Z0.11-` and `T74. 21`), a range of three (`R40.21-R40-23`),
//   a dash that may end a code or begin a range (`F11.- F17.-`), a `with …` that speaks of
//   characters in another way, or of those that the codes have (`B27.0-B27.9 with .9`). Chapters
//   that are named by number are not looked for.
//
// Thread-safe: values and a free function.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace codeset::model {

// How words name codes. The numbers are those of codeset.v1.NoteReferenceKind.
enum class NoteReferenceKind { kSubtree = 1, kRange = 2, kPattern = 3 };

// Which characters codes have in a place: one of `positions` (from 1, without the dot) holds
// one of `characters`.
struct CharacterCondition {
  std::vector<int> positions;
  std::string characters;

  friend bool operator==(const CharacterCondition&, const CharacterCondition&) = default;
};

// True if the code, undotted, meets the condition by characters that it has itself; so what
// lies below it does too.
bool Meets(absl::string_view code, const CharacterCondition& condition);

// Some words of a text that name codes.
struct NoteReference {
  // The first byte of the words, and one past the last. References that come of the same words
  // (`with .14, .25` are two patterns) have the same.
  size_t begin = 0;
  size_t end = 0;
  NoteReferenceKind kind = NoteReferenceKind::kSubtree;
  // The code, or the first of a range, undotted.
  std::string first;
  // The last of a range, narrowed or not; else empty.
  std::string last;
  // Of a pattern: all hold.
  std::vector<CharacterCondition> conditions;

  friend bool operator==(const NoteReference&, const NoteReference&) = default;
};

// Words that look as though they named codes, and could not be read.
struct UnreadWords {
  size_t begin = 0;
  size_t end = 0;

  friend bool operator==(const UnreadWords&, const UnreadWords&) = default;
};

// What a text names, in the order of its words.
struct NoteReferences {
  std::vector<NoteReference> read;
  std::vector<UnreadWords> unread;
};

// Reads the references in a heading or an item of a note. `is_category` tells whether three
// characters are a category of the release on which the note stands.
NoteReferences ReadNoteReferences(absl::string_view text,
                                  absl::FunctionRef<bool(absl::string_view)> is_category);

}  // namespace codeset::model
