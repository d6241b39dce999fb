// What answers have in common: how they name their release, how they find what they are asked
// about, and what they say where it is not there. A server and a local code set answer with the
// same.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "codeset/v1/concept.pb.h"
#include "codeset/v1/selector.pb.h"
#include "codeset/v1/terminology.pb.h"
#include "storage/image/image.h"
#include "storage/model/date.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::query {

// What an answer says of its release. The views are those of whoever has the release.
struct ReleaseFacts {
  absl::string_view id;
  model::Date effective;
  absl::string_view fingerprint;
  absl::Span<const std::pair<model::FacetGroup, model::Digest>> groups;
  // The releases that chapters and sections, and the list of POA-exempt codes in force, are on loan
  // from; the list's own release too. Empty where there is none.
  absl::string_view structure_from;
  absl::string_view poa_from;
};

// How an answer names its release.
v1::ResolvedRelease ResolvedOf(const ReleaseFacts& release, v1::Coverage coverage);
// The same, by what its image is built from.
v1::ResolvedRelease ResolvedOf(const image::ImageSpec& spec, v1::Coverage coverage);

// The node of a key as RequestCheck::ConceptKey gives it; CONCEPT_NOT_FOUND, or
// STRUCTURE_NOT_KNOWN for a chapter or section where the release has no tabular list itself.
absl::StatusOr<image::NodeIndex> FindNode(const image::Image& image, absl::string_view key);

// The concept of an item of a batch, an id in any spelling, and `plain`, what ReadPlainCode makes
// of it; where there is none, `failure` says why.
std::optional<image::NodeIndex> FindItem(const image::Image& image, const std::string& id,
                                         uint64_t plain, v1::ConceptResult& failure);

// One item of a batch: the concept of an id in any spelling, or why there is none.
v1::ConceptResult LookUp(const image::Image& image, const std::string& id, v1::ConceptView view);

// The lowest concept that all of some keys are or lie below, in an answer that does not name its
// release yet. Errors as FindNode.
absl::StatusOr<v1::GetCommonAncestorResponse> AnswerCommonAncestor(
    const image::Image& image, const std::vector<std::string>& keys, v1::ConceptView view);

}  // namespace codeset::query
