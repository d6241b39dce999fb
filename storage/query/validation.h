// What a text is that is to be submitted as a code, and what to do if it is none
// (proto/codeset/v1/validation.proto).
//
//   CodeValidator validator(*image, order, {.validity = …, .replacements = …});
//   ASSIGN_OR_RETURN(v1::CodeValidation told, validator.Validate("T81.4A"));
//   told.outcome();       // PLACEHOLDER_MISSING
//   told.suggested_id();  // T81.4XXA
//
// The release asked is what decides; others are only asked of what it does not have, or has
// as a header. In this order: it is a row of the release; it is not well written; another
// release has it as a billable code; a letter O or I stands where a digit does; it is a stem,
// or a stem with something behind it; else it is unknown. A suggestion is always billable in
// the release asked, and only made where it is the only one.
//
// Neighbours: code_text.h reads texts, seventh_characters.h knows stems, validity.h other
// releases, nearest.h what is likest.
//
// Not thread-safe: others are asked for when first needed, and kept.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "codeset/v1/validation.pb.h"
#include "storage/image/image.h"
#include "storage/model/release_id.h"
#include "storage/query/code_text.h"
#include "storage/query/validity.h"

namespace codeset::query {

// The most choices below a header that are given.
inline constexpr int kMaxChoices = 100;

// What stands for a code.
struct KnownReplacements {
  std::vector<v1::Replacement> found;
  // Whether all editions in between are covered; else there may be others.
  bool complete = false;
};

// Where a validator learns of other releases than its own. Errors of both are those of opening
// images.
struct OtherReleases {
  // When codes were billable. Called at most once by a validator.
  std::function<absl::StatusOr<std::shared_ptr<const Validity>>()> validity;
  // What stands in the validator's release for a code (undotted) of the older release `from`.
  // Without it no replacements are told.
  std::function<absl::StatusOr<KnownReplacements>(absl::string_view code, const image::Image& from)>
      replacements;
};

// See above.
class CodeValidator {
 public:
  // `image` outlives the validator; `order` is its release's place in the order of releases.
  CodeValidator(const image::Image& image, model::ReleaseOrder order, OtherReleases others)
      : image_(image), order_(order), others_(std::move(others)) {}

  // The billable code that a text plainly is, if it is one: then Validate says so too, with its id
  // and title, and nothing else. For the many rows that are right.
  std::optional<image::NodeIndex> FindBillable(absl::string_view text) const {
    const uint64_t key = ReadPlainCode(text);
    if (key == 0) return std::nullopt;
    const std::optional<image::NodeIndex> node = image_.FindPacked(key);
    return node.has_value() && image_.node(*node).billable ? node : std::nullopt;
  }

  // The same of many texts at once, for much less: `found` is as long as `texts` and gets
  // image::kNoNode for those that are none.
  void FindBillable(absl::Span<const absl::string_view> texts,
                    absl::Span<image::NodeIndex> found) const;

  // The image of its release.
  const image::Image& image() const { return image_; }

  // What a text is, without its row, text and release.
  absl::StatusOr<v1::CodeValidation> Validate(absl::string_view text);

 private:
  absl::Status TellConcept(image::NodeIndex node, v1::CodeValidation& told);
  // Tells when a code was or will be billable, and what stands for it; false if never.
  absl::StatusOr<bool> TellLife(absl::string_view key, v1::CodeValidation& told);
  // False for what is no stem, nor a stem with something behind it.
  bool TellStem(absl::string_view key, v1::CodeValidation& told) const;
  void TellMalformed(const CodeText& text, v1::CodeValidation& told) const;
  void TellNearest(absl::string_view key, v1::CodeValidation& told) const;
  void TellSeventhCharacters(std::vector<v1::CompletingCharacter> characters,
                             v1::CodeValidation& told) const;
  // The billable code that a text of a code's grammar is, or is with its placeholders; kNoNode
  // if none.
  image::NodeIndex Completed(absl::string_view key) const;
  // The characters that complete the one stem that the text is with placeholders within it; none
  // where there is no such stem, or more than one.
  std::vector<v1::CompletingCharacter> CompletedWithin(absl::string_view key) const;

  const image::Image& image_;
  model::ReleaseOrder order_;
  OtherReleases others_;
  std::shared_ptr<const Validity> validity_;
};

}  // namespace codeset::query
