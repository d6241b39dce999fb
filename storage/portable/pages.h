// Content pages in memory, each once under its digest.
//
// Thread-safe once filled: reading changes nothing. A copy shares the texts.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/image/page.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::portable {

// See above.
class Pages final : public image::PageReader {
 public:
  using Text = std::shared_ptr<const std::string>;
  using OfGroup = absl::flat_hash_map<model::Digest, Text>;

  // Adds a page whose digest has been computed from its text; one that is there is left alone.
  void Add(model::FacetGroup group, const model::Digest& digest, const Text& text);

  // The text of a page; null if it is not there.
  Text Find(model::FacetGroup group, const model::Digest& digest) const;

  const OfGroup& of(model::FacetGroup group) const { return groups_[Place(group)]; }

  // How many pages there are, and the bytes of their texts.
  size_t count() const;
  size_t bytes() const;

  absl::StatusOr<std::vector<std::string>> Read(
      model::FacetGroup group, absl::Span<const model::Digest> digests) const override;

 private:
  static size_t Place(model::FacetGroup group) { return static_cast<size_t>(group) - 1; }

  std::array<OfGroup, std::size(model::kFacetGroups)> groups_;
};

}  // namespace codeset::portable
