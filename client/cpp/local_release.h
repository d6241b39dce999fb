// One release of a local code set, resolved once, for look-ups that cost nothing but the look-up.
//
//   ASSIGN_OR_RETURN(const client::LocalRelease release, codes.Release(client::ById("2026")));
//   if (const client::LocalConcept* found = release.Find("e11.9")) Use(found->title);
//
// A value that keeps its release: what it gives stays what it is, whatever is pulled meanwhile.
// Thread-safe because immutable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "codeset/v1/selector.pb.h"
#include "storage/image/image.h"

namespace codeset::client {

// The official id of a concept, `M99.86`, `M99-M99` or `13`, held in place.
class ConceptId {
 public:
  ConceptId() = default;
  // Of a key as images have it: `M9986`.
  explicit ConceptId(absl::string_view key);

  absl::string_view view() const { return {text_.data(), size_}; }
  bool empty() const { return size_ == 0; }
  friend bool operator==(const ConceptId& a, absl::string_view b) { return a.view() == b; }

 private:
  // A code of seven characters and its dot.
  std::array<char, 8> text_{};
  uint8_t size_ = 0;
};

// What is told of a concept without making a message. The views belong to the release. One line
// of a processor's cache, since what a look-up costs is how often it waits for memory.
struct alignas(64) LocalConcept {
  ConceptId id;
  // The order file's long title, or a chapter's or section's own.
  absl::string_view title;
  // Empty for chapters and sections, which have none.
  absl::string_view short_title;
  v1::ConceptKind kind = v1::CONCEPT_KIND_UNSPECIFIED;
  // Complete and valid for submission; false for chapters and sections.
  bool billable = false;
  // Empty where it has none, or its place is not known.
  ConceptId parent;
};

// All concepts of an image, place by place. Thread-safe because immutable.
struct LocalConcepts {
  explicit LocalConcepts(std::shared_ptr<const image::Image> of);

  std::shared_ptr<const image::Image> image;
  // As Image::nodes().
  std::vector<LocalConcept> concepts;
};

// See above.
class LocalRelease {
 public:
  LocalRelease(std::shared_ptr<const LocalConcepts> concepts, v1::ResolvedRelease resolved)
      : concepts_(std::move(concepts)), resolved_(std::move(resolved)) {}

  // The concept of an id in any spelling that a server reads: with or without dot, in any case,
  // with spaces around. It is there as long as the release. Null where the release has none, and
  // for what is no id; GetConcept says which, and why. Allocates nothing for what is an id.
  const LocalConcept* Find(absl::string_view id) const;

  // All of them, in tabular order; those of categories that could not be placed come last.
  const std::vector<LocalConcept>& concepts() const { return concepts_->concepts; }
  // Which release it is.
  const v1::ResolvedRelease& resolved() const { return resolved_; }
  // The image, for questions of storage/query.
  const image::Image& image() const { return *concepts_->image; }

 private:
  std::shared_ptr<const LocalConcepts> concepts_;
  v1::ResolvedRelease resolved_;
};

}  // namespace codeset::client
