// 7th characters: which definition applies to a code, which characters complete a stem, and
// whether a concept's codes take one.
//
//   for (const v1::CompletingCharacter& c : CompletingCharacters(image, "T814")) {
//     Show(c.character(), c.meaning(), c.code_id());  // A, initial encounter, T81.4XXA
//   }
//
// Where the release has a tabular list its definitions say what a 7th character is, and the
// order file which of them make codes: the prose rule of S06 ("D and S do not apply when the
// 6th character is 7 or 8") stands in no definition. Where it has none, only codes speak, and
// seven characters do not tell an extension from one more digit of detail (QA0.0101,
// H54.512A). CodesTellExtension says when they do.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"
#include "storage/model/release.h"

namespace codeset::query {

// A 7th-character definition and where it stands.
struct ApplyingDefinition {
  // The key of the concept it stands on. In 2013 that may be a code that the order file has
  // no row of.
  absl::string_view origin;
  // Never null, never without characters.
  const model::SeventhCharacters* definition = nullptr;
};

// The definition that applies to a code (undotted; it need not be a concept): that of its
// longest prefix, itself included, that has one, else of its section or chapter. Nothing
// where none applies, and where the release has no tabular list; Image::Has tells which.
// One without characters (an instruction alone) defines nothing.
std::optional<ApplyingDefinition> FindSeventhCharacters(const image::Image& image,
                                                        absl::string_view code);
// The same of a concept, which may be a chapter or section.
std::optional<ApplyingDefinition> FindSeventhCharacters(const image::Image& image,
                                                        image::NodeIndex node);

// Whether the codes of a release tell without a tabular list that the 7th character of those
// that begin with `stem` (six characters) is an extension: one stands after a placeholder X;
// or A, D and S are all there; or each is one that stands after a placeholder X in the same
// category (M1A.0110, for M1A.00X0). In every published release that has a tabular list, all
// codes for which this holds have their 7th character by definition, and all but 191 of the
// 50,000 that have one are told.
bool CodesTellExtension(const image::Image& image, absl::string_view stem);

// What completes a stem (undotted, 3 to 6 characters, perhaps with some of its placeholders;
// it need not be a concept) to billable codes of the release, in tabular order: by the
// definition that applies, or, without a tabular list, where the codes tell it. Then meanings
// are empty. Nothing for what is no stem; also where the codes alone do not tell.
std::vector<v1::CompletingCharacter> CompletingCharacters(const image::Image& image,
                                                          absl::string_view stem);

// Whether a concept's codes take a 7th character. NOT_KNOWN only without a tabular list.
v1::SeventhCharacterUse SeventhCharacterUseOf(const image::Image& image, image::NodeIndex node);

}  // namespace codeset::query
